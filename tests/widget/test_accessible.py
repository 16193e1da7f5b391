"""Axe finds nothing to complain of, in any state, language and theme; colours of any site stay readable."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from doing import answers, ask, open_counter, told
from fake_counter import PERSON, UNKNOWN, Said, page
from playwright.sync_api import Page, expect

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def check(view: Page, state: str) -> None:
    found = Axe().run(view, context="madoguchi-counter", options=RULES).response["violations"]
    assert found == [], (state, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found])


SLOW = pytest.mark.slow
COLOURS = ("#ffe14d", "crimson", "#101010", "#fff", "rgb(0 160 140)")
STILL = {"reduced_motion": "reduce"}  # what is fading in has no contrast yet


@pytest.mark.parametrize(
    ("lang", "scheme"),
    [("ja", "light"), ("en", "dark"), pytest.param("ja", "dark", marks=SLOW), pytest.param("en", "light", marks=SLOW)],
)
def test_no_state_has_a_violation(counter, shop, open_page, lang, scheme):
    view = open_page(shop.put("/", page(counter, lang)), lang, color_scheme=scheme, **STILL)
    check(view, "closed")
    open_counter(view)
    expect(view.locator(".suggestion").first).to_be_visible()
    check(view, "greeting")
    question = {"ja": "送料はいくらですか", "en": "How much is shipping?"}[lang]
    counter.queue = [Said([""], [], lang=lang, pause_s=0.8)]
    ask(view, question)
    check(view, "thinking")
    expect(answers(view)).to_have_count(1)
    ask(view, question)
    expect(answers(view)).to_have_count(2)
    check(view, "answered")
    view.locator(".source").first.click()
    check(view, "source open")
    view.locator(".tool[aria-pressed]").last.click()
    expect(view.locator(".comment")).to_be_visible()
    check(view, "comment")
    counter.queue = [UNKNOWN, PERSON]
    ask(view, question)
    expect(answers(view)).to_have_count(3)
    ask(view, question)
    expect(answers(view)).to_have_count(4)
    check(view, "refused and handed over")
    counter.limit_s = 60
    ask(view, question)
    expect(view.locator(".clock")).to_be_visible()
    check(view, "rate-limited")
    counter.fail["/api/chat"] = 500
    ask(view, question)
    expect(view.locator(".failed")).to_be_visible()
    view.context.set_offline(True)
    check(view, "failed and offline")
    view.context.set_offline(False)
    view.locator(".foot .quiet").click()
    check(view, "person")
    view.locator(".person .main").click()
    check(view, "person, wrong")
    view.locator("#email").fill("a@example.jp")
    view.locator(".person .main").click()
    expect(view.locator(".sent")).to_be_visible()
    check(view, "person, sent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", ["#7a7a7a", *(pytest.param(color, marks=SLOW) for color in COLOURS)])
def test_any_colour_of_a_site_stays_readable(counter, shop, open_page, color, scheme):
    view = open_page(shop.put("/", page(counter, attributes=f'data-color="{color}"')), color_scheme=scheme, **STILL)
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.locator(".source").first.click()
    check(view, color)


def test_sentences_are_announced_once_each_when_they_are_whole(counter, shop, open_page):
    counter.say = Said(["送料は", "600円です", "[1]。5,500", "円以上は**無料**で", "す[1]。\n\n- 店", "舗受取も無料"])
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    assert told(view) == ["送料は600円です。", "5,500円以上は無料です。", "店舗受取も無料"]
    assert view.locator(".log").get_attribute("role") == "log"
    assert view.locator(".log").get_attribute("aria-live") == "off"


def test_motion_is_spared_where_it_is_not_wanted(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)), reduced_motion="reduce")
    open_counter(view)
    moving = view.evaluate("document.querySelector('madoguchi-counter').shadowRoot.getAnimations().length")
    assert moving == 0


def test_forced_colours_keep_borders(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)), forced_colors="active")
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.locator(".tool[aria-pressed]").last.click()
    for what in (".cite", ".comment button"):
        assert view.locator(what).first.evaluate("button => getComputedStyle(button).borderTopWidth") == "1px", what
