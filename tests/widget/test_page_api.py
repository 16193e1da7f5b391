"""What a page can do with the widget: one tag, early calls, looks, several tabs, signing in and out."""

from __future__ import annotations

import pytest
from doing import answers, ask, open_counter
from fake_counter import SHIPPING_JA, SITE_KEY, Said, page
from playwright.sync_api import expect

EARLY = """<script>
window.Madoguchi = window.Madoguchi || function () { (Madoguchi.q = Madoguchi.q || []).push(arguments) };
window.heard = [];
for (const name of ["ready", "open", "close", "message", "answer", "handoff", "error", "reset"])
    Madoguchi("on", name, detail => heard.push([name, detail ?? null]));
</script>"""
COUNTER = "document.querySelectorAll('madoguchi-counter').length"


def test_calls_made_before_the_script_arrived_are_kept(counter, shop, open_page):
    head = EARLY + "<script>Madoguchi('open'); Madoguchi('setLocale', 'en')</script>"
    view = open_page(shop.put("/", page(counter, head=head)))
    expect(view.locator(".panel")).to_be_visible()
    expect(view.locator("#ask")).to_have_attribute("placeholder", "Type your question")
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    expect(view.locator("#ask")).to_have_attribute("placeholder", "Type your question")  # chosen is chosen
    names = [name for name, _ in view.evaluate("heard")]
    assert names == ["open", "ready", "message", "answer"] or names == ["open", "message", "ready", "answer"]


def test_a_page_without_a_site_key_in_its_tag_boots_by_a_call(counter, shop, open_page):
    html = page(counter, head=EARLY).replace(f'data-site-key="{SITE_KEY}"', "")
    view = open_page(shop.put("/", html))
    view.wait_for_function("Madoguchi.version")
    assert view.evaluate(COUNTER) == 0
    looks = "position: 'left', theme: 'dark', greeting: 'いらっしゃいませ。'"
    view.evaluate(f"Madoguchi('boot', {{ siteKey: '{SITE_KEY}', {looks} }})")
    open_counter(view)
    expect(view.get_by_role("heading", name="いらっしゃいませ。")).to_be_visible()
    assert view.locator(".panel").bounding_box()["x"] < 100
    assert view.locator("madoguchi-counter").get_attribute("data-theme") == "dark"


def test_loading_and_booting_twice_is_harmless(counter, shop, open_page):
    again = f'<script async src="{counter.url}/widget.js?again" data-site-key="{SITE_KEY}"></script>'
    view = open_page(shop.put("/", page(counter, head=again)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.evaluate(f"Madoguchi('boot', {{ siteKey: '{SITE_KEY}' }})")
    view.evaluate(
        """([src, siteKey]) => new Promise(onload => {
            const tag = Object.assign(document.createElement("script"), { src, onload });
            tag.dataset.siteKey = siteKey;
            document.head.append(tag);
        })""",
        [f"{counter.url}/widget.js?third", SITE_KEY],
    )
    assert view.evaluate(COUNTER) == 1
    expect(answers(view)).to_have_count(1)


def test_tabs_share_one_conversation(counter, shop, open_page):
    first = open_page(shop.put("/", page(counter)))
    third = open_page(f"{shop.url}/", beside=first)
    for tab in (first, third):  # both have opened a session before either is asked
        open_counter(tab)
        expect(tab.locator(".suggestion").first).to_be_visible()
    ask(first, "送料は？")
    expect(answers(first)).to_have_count(1)
    expect(answers(third)).to_have_count(1)
    second = open_page(f"{shop.url}/", beside=first)
    open_counter(second)
    expect(answers(second)).to_have_count(1)
    third.evaluate("Madoguchi('open')")
    expect(answers(third)).to_have_count(1)
    ask(third, "営業時間は？")
    expect(answers(first)).to_have_count(2)
    expect(answers(second)).to_have_count(2)
    ask(second, "返品は？")
    expect(answers(first)).to_have_count(3)
    begun = {asked["session_id"] for asked in counter.asked}
    assert len(begun) == 1
    second.evaluate("Madoguchi('reset')")
    expect(first.locator(".turn")).to_have_count(0)
    ask(first, "修理は？")
    expect(answers(first)).to_have_count(1)
    assert counter.asked[-1]["session_id"] not in begun


@pytest.mark.parametrize("patient", [0, 1])
def test_tabs_that_ask_at_the_same_time_show_both_in_the_order_of_the_conversation(counter, shop, open_page, patient):
    first = open_page(shop.put("/", page(counter)))
    tabs = [first, open_page(f"{shop.url}/", beside=first)]
    for tab in tabs:
        open_counter(tab)
        expect(tab.locator(".suggestion").first).to_be_visible()
    # One of both is still being answered when the other has been.
    counter.queue = [Said(["一つ。", "二つ。", "三つ。"], pause_s=pause) for pause in (0.4 + patient, 1.4 - patient)]
    ask(tabs[0], "送料は？")
    expect(tabs[0].locator(".writing .words")).to_contain_text("一つ")
    ask(tabs[1], "返品は？")
    for tab in tabs:
        expect(answers(tab)).to_have_count(2)
        expect(tab.locator(".asked")).to_have_text(["お客様: 送料は？", "お客様: 返品は？"])


def test_a_page_that_replaces_all_of_itself_keeps_the_counter(counter, shop, open_page):
    """As React 18 does where what it finds is not what it would have drawn."""
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.evaluate(
        """() => {
            const page = document.createElement("html");
            page.lang = "en";
            document.documentElement.remove();
            document.append(page);
            page.append(document.createElement("head"), document.createElement("body"));
        }"""
    )
    expect(answers(view)).to_be_visible()
    view.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(answers(view)).to_be_visible()
    view.evaluate("document.documentElement.dir = 'rtl'")
    expect(view.locator("madoguchi-counter")).to_have_attribute("dir", "rtl")


def test_an_old_library_on_the_page_is_survived(counter, shop, open_page):
    """What Prototype.js 1.7 puts in the place of the browser's own."""
    head = """<script>
        Array.from = given => [].slice.call(given);
        Array.prototype.entries = Array.prototype.toArray = function () { return [].slice.call(this) };
        Element.prototype.remove = function () { this.parentNode.removeChild(this); return this };
    </script>"""
    view = open_page(shop.put("/", page(counter, head=head)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.locator(".source").first.click()
    expect(view.locator("blockquote")).to_be_visible()


def test_a_panel_that_opens_with_the_page_leaves_the_focus_to_it_and_stays_closed_once_closed(counter, shop, open_page):
    body = "<input id='search' autofocus>"
    view = open_page(shop.put("/", page(counter, attributes='data-open="true"', body=body)))
    expect(view.locator(".panel")).to_be_visible()
    expect(view.locator("#search")).to_be_focused()
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    shop.put("/next", page(counter, attributes='data-open="true"', body=body))
    view.goto(f"{shop.url}/next")
    expect(answers(view)).to_have_count(1)
    expect(view.locator("#search")).to_be_focused()
    view.locator(".top .head").last.click()
    view.goto(f"{shop.url}/")
    open_counter(view)  # it had not opened by itself
    expect(answers(view)).to_have_count(1)
    expect(view.locator("#ask")).to_be_focused()


def test_an_attribute_that_was_left_empty_is_as_good_as_none(counter, shop, open_page):
    names = ("api", "lang", "theme", "position", "color", "title", "greeting", "launcher", "open", "link-hosts")
    warned: list[str] = []
    view = open_page(shop.put("/", page(counter, attributes=" ".join(f'data-{name}=""' for name in names))))
    view.on("console", lambda line: warned.append(line.text))
    view.reload()
    open_counter(view)
    expect(view.locator(".top h2")).to_have_text("ユゲノワ サポート")
    expect(view.locator(".hello h3")).to_have_text("こんにちは。")
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    assert not [line for line in warned if "Madoguchi" in line]


def test_shutdown_leaves_nothing_behind(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    assert view.evaluate("localStorage.length") == 1
    view.evaluate("Madoguchi('shutdown')")
    assert view.evaluate(f"[{COUNTER}, localStorage.length, sessionStorage.length]") == [0, 0, 0]
    view.evaluate(f"Madoguchi('boot', {{ siteKey: '{SITE_KEY}', open: true }})")
    expect(view.locator(".suggestion").first).to_be_visible()
    expect(view.locator(".turn")).to_have_count(0)


def test_the_identity_is_what_the_sites_server_signed(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    expect(view.locator(".launcher")).to_be_visible()
    view.evaluate("let n = 0; Madoguchi('identify', async () => `signed.${++n}`)")
    open_counter(view)
    expect(view.locator(".suggestion").first).to_be_visible()
    assert [opened.get("identity") for opened in counter.opened] == ["signed.1"]
    view.evaluate("Madoguchi('identify', 'eyJ.other')")
    expect(view.locator(".suggestion").first).to_be_visible()
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    assert counter.opened[-1]["identity"] == "eyJ.other"
    assert "model" not in counter.asked[0]
    assert counter.asked[0].keys() == {"message", "session_id", "stream"}


def test_hidden_shown_and_looked_at_anew(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, attributes='data-launcher="false"')))
    view.wait_for_function("Madoguchi.version")
    expect(view.locator(".launcher")).to_be_hidden()
    view.evaluate("Madoguchi('open')")
    expect(view.locator(".panel")).to_be_visible()
    view.evaluate("Madoguchi('hide')")
    expect(view.locator(".panel")).to_be_hidden()
    view.evaluate("Madoguchi('update', { launcher: true, color: '#b00020' }); Madoguchi('show')")
    expect(view.locator(".launcher")).to_have_css("background-color", "rgb(176, 0, 32)")
    view.evaluate("document.documentElement.lang = 'en'")
    expect(view.locator(".launcher")).to_have_attribute("aria-label", "Ask us in chat")


def test_an_answer_that_comes_while_it_is_closed_is_marked(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.queue = [Said(SHIPPING_JA.pieces, SHIPPING_JA.citations, pause_s=0.2)]
    ask(view, "送料は？")
    view.locator("#ask").press("Escape")
    expect(view.locator("madoguchi-counter")).to_have_attribute("data-unread", "")
    open_counter(view)
    expect(answers(view)).to_have_count(1)
    assert view.locator("madoguchi-counter").get_attribute("data-unread") is None


def test_a_page_that_may_keep_nothing_still_chats(counter, shop, open_page):
    counter.allowed.add("null")
    shop.put("/inner", page(counter))
    html = '<!doctype html><iframe sandbox="allow-scripts" src="/inner" width="800" height="700"></iframe>'
    view = open_page(shop.put("/", html)).frames[1]
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    ask(view, "返品は？")
    expect(answers(view)).to_have_count(2)
    assert len({asked["session_id"] for asked in counter.asked}) == 1


@pytest.mark.parametrize("call", ["'fly'", "'boot', { siteKey: '' }", "'update', { position: 'top' }"])
def test_a_mistake_is_told_in_the_console_and_breaks_nothing(counter, shop, open_page, call):
    view = open_page(shop.put("/", page(counter)))
    told: list[str] = []
    view.on("console", lambda line: told.append(line.text))
    expect(view.locator(".launcher")).to_be_visible()
    view.evaluate(f"Madoguchi({call})")
    assert [line for line in told if line.startswith("Madoguchi: ")]
    open_counter(view)
