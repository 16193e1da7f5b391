"""The whole conversation, in both languages, on six kinds of pages: nothing that a page does may break it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from doing import answers, ask, open_counter, told
from fake_counter import PERSON, SHIPPING_EN, SHIPPING_JA, FakeCounter, FakeShop, Said, citation, page, tag
from playwright.sync_api import Frame, Page, expect

STRICT = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'nonce-abc'; connect-src {counter}; "
    "base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HOSTILE = """<style>
* { all: unset !important; display: inline !important; font: 3px serif !important; color: yellow !important;
    background: yellow !important; position: static !important; transform: scale(3) rotate(9deg) !important;
    visibility: hidden !important; opacity: .1 !important; letter-spacing: 2em !important;
    pointer-events: none !important }
html { font-size: 61px !important; line-height: 5 !important; word-spacing: 3em !important;
    text-transform: uppercase !important }
madoguchi-counter { display: none !important; width: 3px !important; zoom: 4 !important }
button, textarea, h2, p { display: none !important; border: 9px solid red !important }
</style>"""


SPA = """<script>function go(path) {
    history.pushState({}, "", "/?" + path);
    const body = document.createElement("body");
    body.append("Page " + path);
    document.body.replaceWith(body);
}</script>"""


def host_page(kind: str, lang: str, counter: FakeCounter, shop: FakeShop) -> str:
    """Publish a page of a kind; its address."""
    match kind:
        case "spa":
            return shop.put("/", page(counter, lang, head=SPA))
        case "csp":
            head = f"<head><title>Shop</title>{tag(counter, nonce='abc')}</head>"
            html = f'<!doctype html><html lang="{lang}">{head}<body><p>Shop</p></body></html>'
            return shop.put("/", html, Content_Security_Policy=STRICT.format(counter=counter.url))
        case "iframe":
            shop.put("/inner", page(counter, lang))
            frame = '<iframe src="/inner" width="800" height="700"></iframe>'
            return shop.put("/", f'<!doctype html><html lang="fr"><title>Frame</title>{frame}')
        case "rtl":
            return shop.put("/", page(counter, lang, html='dir="rtl"'))
        case "hostile":
            return shop.put("/", page(counter, lang, head=HOSTILE))
    return shop.put("/", page(counter, lang))


@dataclass(frozen=True)
class Talk:
    """What is said in a language."""

    lang: str
    locale: str
    greeting: str
    suggestion: str
    first: str
    question: str
    chip: str
    quote: str


JAPANESE = Talk(
    lang="ja",
    locale="ja-JP",
    greeting="こんにちは。",
    suggestion="送料はいくらかかりますか。",
    first="600円",
    question="送料は？",
    chip="出典 1 を表示",
    quote="全国一律600円（税込）です。",
)
ENGLISH = Talk(
    lang="en",
    locale="en-US",
    greeting="Hello, what are you looking for?",
    suggestion="How much is shipping?",
    first="¥600",
    question="And how much is shipping?",
    chip="Show source 1",
    quote="A flat ¥600",
)
SENT = {"ja": "担当者にお伝えしました", "en": "Passed to our team"}
KINDS = ("plain", "spa", "csp", "iframe", "rtl", "hostile")
QUICK = {("plain", "ja"), ("spa", "en"), ("csp", "ja"), ("iframe", "en"), ("rtl", "en"), ("hostile", "ja")}


@pytest.mark.parametrize(
    ("kind", "talk"),
    [
        pytest.param(kind, talk, id=f"{kind}-{talk.lang}", marks=() if (kind, talk.lang) in QUICK else pytest.mark.slow)
        for kind in KINDS
        for talk in (JAPANESE, ENGLISH)
    ],
)
def test_a_whole_conversation(kind, talk, counter, shop, open_page):
    top = open_page(host_page(kind, talk.lang, counter, shop), talk.locale)
    view: Page | Frame = top.frames[1] if kind == "iframe" else top
    open_counter(view)
    expect(view.get_by_role("heading", name=talk.greeting)).to_be_visible()
    assert view.evaluate("localStorage.length") == 0, "nothing is kept before the first question"

    view.get_by_role("button", name=talk.suggestion).click()
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".words strong").first).to_have_text(talk.first)
    expect(view.locator(".words")).to_be_in_viewport()
    assert view.locator(".answer").get_attribute("lang") == talk.lang
    assert not any("**" in sentence or "[1]" in sentence for sentence in told(view))
    assert len(told(view)) >= 2, "sentence by sentence"

    if kind == "spa":
        view.evaluate("go('cart')")
        expect(view.locator(".words").first).to_be_visible()
    chip = view.get_by_role("button", name=talk.chip).first
    chip.click()
    expect(view.locator("blockquote")).to_contain_text(talk.quote)
    link = view.locator(".passage a")
    assert link.get_attribute("rel") == "noopener noreferrer nofollow ugc"
    assert link.get_attribute("href") == (SHIPPING_JA if talk is JAPANESE else SHIPPING_EN).citations[0]["url"]
    view.locator("blockquote").press("Escape")
    expect(view.locator("blockquote")).to_have_count(0)

    view.locator(".tool[aria-pressed]").nth(1).click()
    view.locator(".comment textarea").fill("…")
    view.locator(".comment button").click()
    expect(view.locator(".comment")).to_have_count(0)
    assert [(one["rating"], one.get("comment")) for one in counter.feedback] == [("down", None), ("down", "…")]

    counter.queue = [PERSON]
    ask(view, talk.question)
    expect(answers(view)).to_have_count(2)
    assert counter.asked[-1]["message"] == talk.question
    view.locator(".wide").click()
    view.locator("#email").fill("hanako@example.jp")
    assert view.locator("#message").input_value() == talk.question
    view.locator(".person .main").click()
    expect(view.locator(".person h3")).to_have_text(SENT[view.locator("madoguchi-counter").get_attribute("lang")])
    assert counter.handoffs[0]["contact"] == {"email": "hanako@example.jp"}
    assert counter.handoffs[0]["reason"] == "customer_request"

    top.reload()
    view = top.frames[1] if kind == "iframe" else top
    expect(answers(view)).to_have_count(2)
    expect(view.locator(".words").first).to_contain_text(talk.first)
    view.locator("#ask").press("Escape")
    expect(view.locator(".panel")).to_be_hidden()
    expect(view.locator(".launcher")).to_be_focused()
    if kind == "hostile":
        box = view.locator(".launcher").bounding_box()
        assert 50 <= box["width"] <= 60
        assert 50 <= box["height"] <= 60
    if kind == "rtl":
        assert view.locator(".launcher").bounding_box()["x"] < 200
        open_counter(view)
        asked, answer = (view.locator(part).first.bounding_box() for part in (".asked", ".answer"))
        assert abs(asked["x"] - answer["x"]) < 2, "at the end of the lines, which is the left here"


def test_the_widget_follows_the_language_that_the_customer_writes(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, "ja")))
    open_counter(view)
    ask(view, "YC-40")
    expect(answers(view)).to_have_count(1)
    expect(view.locator("#ask")).to_have_attribute("placeholder", "質問を入力")  # a model number tells nothing
    ask(view, "How much is shipping?")
    expect(answers(view)).to_have_count(2)
    expect(view.locator("#ask")).to_have_attribute("placeholder", "Type your question")
    view.reload()
    expect(view.locator("#ask")).to_have_attribute("placeholder", "Type your question")


def test_the_answer_is_copied_without_its_numbers(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_counter(view)
    ask(view, "送料は？")
    view.get_by_role("button", name="コピー").click()
    expect(view.locator(".told")).to_have_text("コピーしました")
    copied = view.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "送料は全国一律600円（税込）です。5,500円以上のご注文なら無料です。"


def test_a_copy_keeps_the_numbers_of_steps_and_what_stands_in_a_table(counter, shop, open_page):
    counter.say = Said(
        [
            "## How to *return* it\n1. Tell us the **order number**[1]\n   - by mail\n2. Send 2*3 parcels [1]\n",
            "Cabin: Economy; Pieces: 2; Weight: 23 kg[1]",
        ],
        lang="en",
    )
    view = open_page(shop.put("/", page(counter, "en")), "en-US")
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_counter(view)
    ask(view, "How do I return it?")
    view.get_by_role("button", name="Copy").click()
    expect(view.locator(".told")).to_have_text("Copied")
    assert view.evaluate("navigator.clipboard.readText()").splitlines() == [
        "How to return it",
        "1. Tell us the order number",
        "   - by mail",
        "2. Send 2*3 parcels",
        "Cabin: Economy; Pieces: 2; Weight: 23 kg",
    ]


@pytest.mark.parametrize("outcome", ["clarify", "refused"])
def test_what_a_question_back_or_a_refusal_lists_is_asked_by_pressing_it(counter, shop, open_page, outcome: str):
    counter.queue = [Said(["次のどれについてのお尋ねでしょうか。\n1. 保証の内容\n2. 保証の期間"], [], outcome)]
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "保証")
    view.get_by_role("button", name="保証の期間").click()
    expect(answers(view)).to_have_count(2)
    assert [asked["message"] for asked in counter.asked] == ["保証", "保証の期間"]


def test_who_was_passed_on_sees_so_in_the_conversation(counter, shop, open_page):
    counter.queue = [PERSON]
    view = open_page(shop.put("/", page(counter, "en")), "en-US")
    open_counter(view)
    ask(view, "Can I talk to somebody?")
    expect(view.locator(".handoff .note")).to_have_text("Press the button and tell us where to reply.")
    view.locator(".wide").click()
    view.locator("#email").fill("taro@example.com")
    view.locator(".person .main").click()
    expect(view.locator(".sent")).to_be_visible()  # the button to go back is another one then
    view.get_by_role("button", name="Back to the conversation").click()
    expect(view.locator(".turn .passed")).to_have_text("Passed to our team")
    expect(view.locator(".wide")).to_have_count(0)


def test_days_are_written_as_in_the_customers_own_country(counter, shop, open_page):
    counter.say = Said(["It is 600 yen[1]."], [citation(updated="2024-05-01")], lang="en")
    view = open_page(shop.put("/", page(counter, "en")), "en-GB")
    open_counter(view)
    ask(view, "And how much is shipping?")
    view.locator(".source").click()
    expect(view.locator(".place span").last).to_have_text("Updated 1 May 2024")


@pytest.mark.parametrize(
    ("question", "lang", "day", "shown"),
    [
        ("送料は？", "ja", "2024-05-01", "更新日 2024年5月1日"),
        ("And how much is shipping?", "en", "2024-05-01", "Updated May 1, 2024"),
        ("送料は？", "ja", None, None),
        ("送料は？", "ja", "2024-13-45<b>", None),
    ],
)
def test_a_source_tells_when_it_was_updated_where_that_is_known(counter, shop, open_page, question, lang, day, shown):
    counter.say = Said(["It is 600 yen[1]."], [citation(updated=day)], lang=lang)
    view = open_page(shop.put("/", page(counter, lang)), {"ja": "ja-JP", "en": "en-US"}[lang])
    open_counter(view)
    ask(view, question)
    view.locator(".source").click()
    expect(view.locator(".place span")).to_have_text(["faq/faq_ja.csv", *([shown] if shown else [])])


@pytest.mark.parametrize(
    ("lang", "fields", "shown"),
    [
        ("ja", {"source": "manuals/mill.pptx"}, "スライド 3"),
        ("en", {"source": "all.zip", "anchor": "manuals/mill.PPSX"}, "Slide 3"),
        ("en", {"source": "https://shop.example/mill.pptx?v=2"}, "Slide 3"),
        ("ja", {"source": "pptx.pdf"}, "3 ページ"),
    ],
)
def test_a_place_in_a_presentation_is_a_slide(counter, shop, open_page, lang, fields, shown):
    counter.say = Said(["It is 600 yen[1]."], [citation(page=3, **fields)], lang=lang)
    view = open_page(shop.put("/", page(counter, lang)), {"ja": "ja-JP", "en": "en-US"}[lang])
    open_counter(view)
    ask(view, {"ja": "送料は？", "en": "And how much is shipping?"}[lang])
    view.locator(".source").click()
    expect(view.locator(".place span").last).to_have_text(shown)


def test_sources_that_are_called_alike_are_named_once_and_open_one_by_one(counter, shop, open_page):
    rows = [citation(n, quote=f"row {n}") for n in (1, 2, 3)]
    counter.say = Said(["Soup[1], rice[2] and tofu[3]. Ask us[4]."], [*rows, citation(4, title="Help")], lang="en")
    view = open_page(shop.put("/", page(counter, "en")))
    open_counter(view)
    ask(view, "Which are without egg?")
    names = view.locator(".source span:not(.unseen)")
    expect(names).to_have_text(["送料はいくらかかりますか。", "Help"])
    expect(view.locator(".source b")).to_have_text(["1", "2", "3", "4"])
    view.locator(".source").nth(2).click()
    expect(view.locator(".passage blockquote")).to_have_text("row 3")
    expect(view.get_by_role("button", name="3 送料はいくらかかりますか。")).to_have_attribute("aria-expanded", "true")
