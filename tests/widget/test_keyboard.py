"""By keyboard and by input method: nothing needs a mouse, and Enter that chooses a Japanese word sends nothing."""

from __future__ import annotations

import pytest
from doing import answers, ask, open_counter
from fake_counter import PERSON, Said, citation, page
from playwright.sync_api import Page, expect


def focused(view: Page) -> str:
    at = "document.activeElement?.shadowRoot?.activeElement"
    return view.evaluate(f"{at}?.className || {at}?.id || ''")


def tab_to(view: Page, what: str, key: str = "Tab") -> None:
    for _ in range(40):
        view.keyboard.press(key)
        if focused(view) == what:
            return
    raise AssertionError(f"{what} is not reached by {key}")


def test_everything_by_keyboard(counter, shop, open_page):
    counter.queue = [PERSON]
    view = open_page(shop.put("/", page(counter, "en")), "en-US")
    expect(view.locator(".launcher")).to_be_visible()
    tab_to(view, "launcher")
    view.keyboard.press("Enter")
    expect(view.locator("#ask")).to_be_focused()
    view.keyboard.type("Can I talk to somebody?")
    view.keyboard.press("Shift+Enter")
    view.keyboard.type("Please.")
    view.keyboard.press("Enter")
    expect(answers(view)).to_have_count(1)
    assert counter.asked[0]["message"] == "Can I talk to somebody?\nPlease."
    view.keyboard.type("How much is shipping?")
    view.keyboard.press("Enter")
    expect(answers(view)).to_have_count(2)
    tab_to(view, "source", "Shift+Tab")
    view.keyboard.press("Enter")
    expect(view.locator(".passage")).to_be_focused()
    view.keyboard.press("Escape")
    assert focused(view) == "source"
    tab_to(view, "tool")
    tab_to(view, "tool")
    view.keyboard.press("Space")
    expect(view.locator(".told").last).to_have_text("Thank you.")
    tab_to(view, "wide", "Shift+Tab")
    view.keyboard.press("Enter")
    expect(view.locator(".person h3")).to_be_focused()
    tab_to(view, "email")
    view.keyboard.type("taro@example.com")
    tab_to(view, "main")
    view.keyboard.press("Enter")
    expect(view.locator(".sent h3")).to_be_focused()
    view.keyboard.press("Escape")
    expect(view.locator("#ask")).to_be_focused()
    view.keyboard.press("Escape")
    assert focused(view) == "launcher"


def test_focus_goes_back_to_what_opened_it(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, body="<button id=help onclick=\"Madoguchi('open')\">Help</button>")))
    view.locator("#help").press("Enter")
    expect(view.locator("#ask")).to_be_focused()
    view.keyboard.press("Escape")
    expect(view.locator("#help")).to_be_focused()


def test_a_suggestion_that_was_pressed_hands_the_focus_on(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    view.locator(".suggestion").first.click()
    expect(answers(view)).to_have_count(1)
    expect(view.locator("#ask")).to_be_focused()
    view.keyboard.press("Escape")
    expect(view.locator(".panel")).to_be_hidden()


def test_enter_that_chooses_a_word_does_not_send(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    box = view.locator("#ask")
    box.focus()
    devtools = view.context.new_cdp_session(view)
    devtools.send("Input.imeSetComposition", {"text": "そうりょうは", "selectionStart": 6, "selectionEnd": 6})
    assert box.input_value() == "そうりょうは"
    key = {"key": "Enter", "code": "Enter"}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **key})
    devtools.send("Input.insertText", {"text": "送料は"})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", "windowsVirtualKeyCode": 13, **key})
    for init in ({"isComposing": True}, {"keyCode": 229}):
        box.dispatch_event("keydown", {"key": "Enter", "bubbles": True, **init})
    # Safari: the composition ends, and then the key that ended it comes as if it were none of its.
    box.evaluate(
        """box => {
            box.dispatchEvent(new CompositionEvent("compositionend"));
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 13, cancelable: true }));
        }"""
    )
    assert box.input_value() == "送料は"
    assert counter.asked == []
    view.wait_for_timeout(100)
    box.press("Enter")
    expect(answers(view)).to_have_count(1)
    assert counter.asked[0]["message"] == "送料は"


def test_what_is_typed_is_none_of_the_pages_business(counter, shop, open_page):
    script = "<script>addEventListener('keydown', event => { document.title += event.key })</script>"
    view = open_page(shop.put("/", page(counter, head=script)))
    open_counter(view)
    view.keyboard.type("/s")
    assert view.title() == "Shop"


def test_a_window_of_the_page_that_holds_the_focus_lets_the_customer_type(counter, shop, open_page):
    """Bootstrap's, for one, takes the focus back to itself wherever else it goes."""
    body = """<button id="own">Own</button><script>document.addEventListener("focusin", event => {
        if (event.target !== own) own.focus();
    })</script>"""
    view = open_page(shop.put("/", page(counter, body=body)))
    open_counter(view)
    view.locator("#ask").click()
    view.keyboard.type("How much?")
    assert view.locator("#ask").input_value() == "How much?"


PHONE = {"viewport": {"width": 390, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def test_on_a_phone_it_takes_the_whole_screen_and_keeps_the_focus(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, body="<p style='height: 3000px'>long</p>")), **PHONE)
    view.locator(".launcher").tap()
    panel = view.locator(".panel")
    expect(panel).to_have_attribute("aria-modal", "true")
    view.wait_for_timeout(300)
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 740}
    expect(panel).to_be_focused()  # not the box: its keyboard would cover the greeting
    expect(view.locator(".launcher")).to_be_hidden()
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    for _ in range(25):
        view.keyboard.press("Tab")
        assert focused(view), "the focus leaves a panel that covers everything"
    assert view.evaluate("document.documentElement.style.overflow") == "hidden"
    view.locator(".top .head").last.tap()
    expect(panel).to_be_hidden()
    assert view.evaluate("document.documentElement.style.overflow") == ""


def test_the_keyboard_of_a_phone_covers_neither_words_nor_box(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)), reduced_motion="reduce", **PHONE)
    view.locator(".launcher").tap()
    view.evaluate(
        """() => {
            const view = window.visualViewport;
            Object.defineProperty(view, "height", { value: 400 });
            Object.defineProperty(view, "offsetTop", { value: 60 });
            view.dispatchEvent(new Event("resize"));
        }"""
    )
    view.wait_for_timeout(300)
    box = view.locator(".panel").bounding_box()
    assert (box["y"], box["height"]) == (60, 400)


def test_a_page_wider_than_the_phone_pushes_nothing_out_of_sight(counter, shop, open_page):
    body = "<p style='width: 440px'>wide</p>"
    view = open_page(shop.put("/", page(counter, body=body)), reduced_motion="reduce", **PHONE)
    assert view.evaluate("innerWidth > visualViewport.width")
    view.locator(".launcher").tap()
    assert view.locator(".panel").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 740}
    view.locator(".top .head").last.tap()
    view.evaluate("document.querySelector('main').style.width = '500px'; dispatchEvent(new Event('scroll'))")
    box = view.locator(".launcher").bounding_box()
    assert box["x"] + box["width"] < 390, "also when it becomes wider later"
    assert box["y"] + box["height"] < 740


@pytest.mark.parametrize("options", [{"viewport": {"width": 900, "height": 600}}, PHONE], ids=["desktop", "phone"])
def test_a_page_that_zooms_itself_keeps_the_panel_in_its_window(counter, shop, open_page, options):
    head = "<style>html { zoom: 1.5 }</style>"
    view = open_page(shop.put("/", page(counter, head=head)), reduced_motion="reduce", **options)
    open_counter(view)
    box = view.locator(".panel").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= options["viewport"]["width"] + 1
    assert box["y"] + box["height"] <= options["viewport"]["height"] + 1


SMALL = """() => {
    const root = document.querySelector("madoguchi-counter").shadowRoot;
    const met = (button, dx, dy) => {
        const { left, right, top, bottom } = button.getBoundingClientRect();
        const at = root.elementFromPoint((left + right) / 2 + dx, (top + bottom) / 2 + dy);
        return at === button || button.contains(at);
    };
    return [...root.querySelectorAll(".panel button")]
        .filter(button => button.checkVisibility() && !button.matches(".cite"))
        .filter(button => ![[-20, 0], [20, 0], [0, -20], [0, 20]].every(([dx, dy]) => met(button, dx, dy)))
        .map(button => `${button.className} ${button.textContent}`);
}"""


def test_a_finger_meets_every_button_of_a_phone(counter, shop, open_page):
    counter.say = Said(["See here[1], there[2] and there[3]."], [citation(n, title=f"Page {n}") for n in (1, 2, 3)])
    view = open_page(shop.put("/", page(counter, "en")), "en-US", reduced_motion="reduce", **PHONE)
    view.locator(".launcher").tap()
    expect(view.locator(".suggestion").first).to_be_visible()
    assert view.evaluate(SMALL) == []
    ask(view, "How much is shipping?")
    expect(answers(view)).to_have_count(1)
    assert view.evaluate(SMALL) == []
    view.locator(".foot .quiet").tap()
    assert view.evaluate(SMALL) == []
    view.locator(".person > .quiet").tap()
    expect(view.locator(".panel")).to_be_focused()  # not the box: its keyboard would cover the conversation


MISFITS = """() => {
    const root = document.querySelector("madoguchi-counter").shadowRoot, out = [];
    const panel = root.querySelector(".panel").getBoundingClientRect();
    if (panel.left < 0 || panel.right > innerWidth || panel.top < 0 || panel.bottom > innerHeight) out.push("panel");
    for (const element of root.querySelectorAll(".panel *")) {
        const box = element.getBoundingClientRect(), name = element.className;
        if (!box.width || element.closest(".unseen, svg")) continue;
        if (box.right > panel.right + 1 || box.left < panel.left - 1) out.push(`out: ${name}`);
        if (!element.matches("button, a, textarea")) continue;
        if (box.width < 24 || box.height < 24) out.push(`small: ${name} ${box.width} ${box.height}`);
    }
    return out;
}"""


@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 640), (640, 360), (1280, 800)])
def test_nothing_sticks_out_and_targets_are_large_enough(counter, shop, open_page, width, height):
    view = open_page(shop.put("/", page(counter, "en")), "en-US", viewport={"width": width, "height": height})
    open_counter(view)
    ask(view, "Does " + "averylongwordwithoutspaces" * 5 + " fit? How much is shipping?")
    expect(answers(view)).to_have_count(1)
    view.locator(".source").click()
    expect(view.locator("blockquote")).to_be_visible()
    found = view.evaluate(MISFITS)
    assert found == []
    view.locator("#ask").scroll_into_view_if_needed()
    expect(view.locator("#ask")).to_be_in_viewport()
