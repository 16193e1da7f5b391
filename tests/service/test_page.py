"""The plain page in a real browser: streaming, sources, refusals, Japanese input, reload, keys, and hostile answers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from fakes import FakeFinder, FakeModel, passage
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pydantic import SecretStr

from service.answering.texts.inert import inert

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_MS = 15_000  # of a machine that does other things as well
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="chromium is not installed (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Open a counter's page; what the browser complains about fails the test."""
    opened, complaints = [], []

    def open_page(address: object, locale: str = "ja-JP", **options: object) -> Page:
        context = browser.new_context(locale=locale, **options)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(str(address))
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def test_an_answer_streams_in_and_its_source_opens_and_shuts(counter, open_page):
    page = open_page(counter(model=FakeModel("返品は", "30日以内です[1]。", pause_s=0.05)).base_url)
    expect(page.get_by_role("heading", name="ご質問をどうぞ")).to_be_visible()
    ask(page, "返品の期限は?")
    expect(page.locator(".words")).to_have_text("返品は30日以内です1。")
    opener = page.get_by_role("button", name="出典 1 を表示")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.locator("blockquote")).to_contain_text("返品は商品の到着から30日以内に")
    expect(page.get_by_role("link", name="開く")).to_have_attribute("href", "https://shop.example/returns")
    opener.click()
    expect(page.locator("blockquote")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("返品は30日以内です。")


def test_a_place_in_a_presentation_is_a_slide(counter, open_page):
    for locale, told in (("ja-JP", "スライド 3"), ("en-US", "Slide 3")):
        source = passage("返品は30日以内です。", source="manuals/mill.pptx", page=3)
        page = open_page(counter(FakeFinder(source)).base_url, locale)
        ask(page, "返品の期限は?")
        page.locator(".source").first.click()
        expect(page.locator(".passage footer")).to_contain_text(told)


def test_lists_headings_and_bold_words_of_an_answer_are_shown_as_such(counter, open_page):
    text = (
        "# 返品\n返品は30日以内です[1]。\n2行目です。\n\n- 商品の到着から\n- **30日以内**に[1]\n\n"
        "1. 箱\n\n2. 伝票\n\n返品は30日以内です[1]。"
    )
    page = open_page(counter(FakeFinder(passage(text))).base_url)
    ask(page, "返品の期限は?")
    words = page.locator(".words")
    expect(words.locator("p")).to_contain_text(["返品", "返品は30日以内です", "返品は30日以内です"])
    expect(words.locator("ul > li")).to_have_text(["商品の到着から", re.compile("^30日以内に")])
    expect(words.locator("ol > li")).to_have_text(["箱", "伝票"])
    expect(words.locator("li strong")).to_have_text("30日以内")
    assert "**" not in words.inner_text()


WATCHING = """() => {  // keeps all that the words of an answer ever were
    window.seen = new Set();
    const look = () => seen.add(document.querySelector(".words")?.textContent ?? "");
    new MutationObserver(look).observe(document, { subtree: true, childList: true });
}"""


def test_a_table_is_shown_as_one_and_scrolls_by_itself(counter, open_page):
    names = "| お届け先 | 送料 |\n|:---|---:|\n"
    model = FakeModel("返品は30日以内です[1]。\n\n", *names, *"| 到着から | **30日**以内[1] |\n\n", pause_s=0.005)
    page = open_page(counter(model=model).base_url, viewport={"width": 320, "height": 640})
    page.evaluate(WATCHING)
    ask(page, "返品の期限は?")
    expect(page.locator(".sources")).to_be_visible()
    expect(page.locator(".words th")).to_have_text(["お届け先", "送料"])
    expect(page.locator(".words td")).to_have_text(["到着から", "30日以内1"])
    expect(page.locator(".words td strong")).to_have_text("30日")
    assert not any("|" in words for words in page.evaluate("[...seen]"))
    expect(page.get_by_role("status")).to_contain_text("お届け先, 送料")
    assert "|" not in page.get_by_role("status").text_content()
    wide = "| " + " | ".join(f"お届け先の地域{n}" for n in range(9)) + " |"
    page = open_page(counter(FakeFinder(passage(f"{wide}\n\na | b"))).base_url, viewport={"width": 320, "height": 640})
    ask(page, "返品の期限は?")
    expect(page.locator(".words td")).to_have_count(9)
    expect(page.locator(".words p")).to_contain_text("a | b")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_what_is_not_known_looks_different_and_a_person_can_be_asked_for(counter, open_page):
    page = open_page(counter(FakeFinder(confidence=0.1)).base_url, locale="en-US")
    ask(page, "What is the weather on Mars?")
    expect(page.locator(".answer.refused .state")).to_have_text("Not in our documents")
    ask(page, "I want to talk to a human")
    expect(page.locator(".answer.handoff .state")).to_have_text("Passing you on")


def test_enter_while_a_japanese_word_is_composed_does_not_send(counter, open_page):
    finder = FakeFinder()
    page = open_page(counter(finder).base_url)
    box = page.get_by_role("textbox")
    box.fill("へんぴん")
    for init in ({"isComposing": True}, {"keyCode": 229}):
        box.dispatch_event("keydown", {"key": "Enter", **init})
    page.keyboard.press("Shift+Enter")
    assert finder.questions == []
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)


def test_the_conversation_is_there_after_a_reload_until_a_new_one_begins(counter, open_page):
    page = open_page(counter().base_url)
    ask(page, "返品の期限は?")
    expect(page.locator(".sources")).to_be_visible()
    page.reload()
    expect(page.locator(".asked")).to_have_text("返品の期限は?")
    expect(page.locator(".sources")).to_be_visible()
    page.get_by_role("button", name="新しい会話").click()
    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="ご質問をどうぞ")).to_be_visible()


def test_an_error_can_be_tried_again(counter, open_page):
    finder = FakeFinder()
    finder.trouble = ZeroDivisionError("on purpose")
    page = open_page(counter(finder).base_url)
    ask(page, "返品の期限は?")
    expect(page.locator(".failed")).to_be_visible()
    finder.trouble = None
    page.get_by_role("button", name="もう一度").click()
    expect(page.locator(".sources")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)


@pytest.mark.parametrize(
    ("locale", "lost", "longer", "keyless"),
    [
        ("ja-JP", "問題が起きました。", "ご質問が長すぎます。", "アクセスキーが必要です。"),
        ("en-US", "Something went wrong.", "The question is too long.", "An access key is needed."),
    ],
)
def test_what_went_wrong_is_told_in_the_customers_language(counter, open_page, locale, lost, longer, keyless):
    finder = FakeFinder()
    finder.trouble = ZeroDivisionError("on purpose")
    page = open_page(counter(finder, max_message_chars=100).base_url, locale)
    heard: list[str] = []
    page.on("console", lambda line: heard.append(line.text))
    ask(page, "返品の期限は?")
    expect(page.locator(".failed .note").last).to_contain_text(lost)
    ask(page, "返品の期限は?" * 20)
    expect(page.locator(".failed .note").last).to_contain_text(longer)
    expect(page.get_by_role("textbox")).to_have_value("返品の期限は?" * 20)  # to be shortened, not written again
    assert any("The message is too long." in line for line in heard)  # for who runs it
    page = open_page(counter(admin_key=SecretStr("correct-horse-battery")).base_url, locale)
    ask(page, "返品の期限は?")
    expect(page.locator(".failed .note")).to_contain_text(keyless)


def test_what_is_read_aloud_has_no_signs_in_it(counter, open_page):
    text = "# 返品\n返品は30日以内です。\n\n- 商品の到着から\n- **30日以内**に"
    page = open_page(counter(FakeFinder(passage(text))).base_url)
    ask(page, "返品の期限は?")
    expect(page.locator(".sources")).to_be_visible()
    aloud = page.locator("#announcement").text_content()
    assert aloud.startswith("返品\n返品は30日以内です。\n\n商品の到着から\n30日以内に")


def test_a_key_is_asked_for_when_one_is_needed(counter, open_page):
    page = open_page(counter(admin_key=SecretStr("correct-horse-battery")).base_url)
    ask(page, "返品の期限は?")
    page.get_by_label("アクセスキー").fill("correct-horse-battery")
    page.keyboard.press("Enter")
    ask(page, "返品の期限は?")
    expect(page.locator(".sources")).to_be_visible()


def test_it_works_where_the_browser_keeps_nothing_and_is_older(counter, open_page):
    page = open_page("about:blank")
    page.add_init_script(
        """for (const place of ["localStorage", "sessionStorage"]) {
            Object.defineProperty(window, place, { get() { throw new DOMException("blocked", "SecurityError"); } });
        }
        delete window.TextDecoderStream;"""
    )
    page.goto(str(counter(model=FakeModel("返品は", "30日以内です[1]。")).base_url))
    expect(page.get_by_role("heading", name="ご質問をどうぞ")).to_be_visible()
    ask(page, "返品の期限は?")
    expect(page.locator(".words")).to_have_text("返品は30日以内です1。")
    ask(page, "延長は?")
    expect(page.locator(".turn .words")).to_have_count(2)


def test_the_language_is_switched_and_kept(counter, open_page):
    page = open_page(counter().base_url)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"


HOSTILE = (
    '<img src="https://evil.example/x.png" onerror="alert(1)"><script>alert(1)</script>'
    "![x](https://evil.example/y.png) [1](javascript:alert(1)) <a href='javascript:alert(1)'>x</a>[1]"
)


def test_hostile_words_stay_words_and_nothing_is_fetched_from_elsewhere(counter, open_page):
    source = passage(HOSTILE, question=HOSTILE, url="javascript:alert(1)", anchor=HOSTILE)
    model = FakeModel(*HOSTILE)
    page = open_page("about:blank")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("dialog", lambda dialog: fetched.append(f"dialog {dialog.message}"))
    address = str(counter(FakeFinder(source), model).base_url)
    page.goto(address)
    ask(page, HOSTILE)
    page.locator(".source").click()
    expect(page.locator("blockquote")).to_have_text(inert(HOSTILE))
    assert page.locator("#log img:not(#greeting img), #log script, #log a").count() == 0
    assert all(url.startswith(address) for url in fetched), fetched


@pytest.mark.parametrize("width", [320, 375, 1100])
def test_nothing_sticks_out_sideways(counter, open_page, width):
    page = open_page(counter().base_url, locale="en-US", viewport={"width": width, "height": 640})
    ask(page, "Does " + "averylongwordwithoutspaces" * 5 + " fit? 返品")
    page.locator(".source").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_api_description_is_readable_without_anything_from_afar(counter, open_page):
    address = str(counter().base_url)
    page = open_page(f"{address}/docs")
    expect(page.get_by_role("heading", name="POST /api/chat", exact=True)).to_be_visible()
    expect(page.locator("pre").first).to_contain_text("curl")
