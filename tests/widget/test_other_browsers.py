"""What browsers other than today's Chromium do, shown in Chromium: the events of Safari, and what older ones lack."""

from __future__ import annotations

import re

import pytest
from doing import answers, ask, open_counter
from fake_counter import STATIC, page
from playwright.sync_api import expect

# Chromium 108, Firefox 108 and Safari 15.4 lack one or several of these.
OLDER = """
delete Array.prototype.toSorted; delete Array.prototype.toReversed; delete Array.prototype.with;
delete Element.prototype.checkVisibility; delete Element.prototype.role; delete Element.prototype.ariaLabel;
delete HTMLElement.prototype.popover; delete HTMLElement.prototype.showPopover;
delete window.TextDecoderStream; delete Promise.withResolvers; delete crypto.randomUUID;
window.CSSStyleSheet = class { constructor() { throw new TypeError("Illegal constructor"); } };
"""
KEPT = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"  # as a browser says of going back
SCRIPTS = ("widget.js", "widget-app.js", "chat.js", "docs.js")


def test_a_browser_of_four_years_ago_answers(counter, shop, open_page):
    view = open_page("about:blank", "en-US", viewport={"width": 390, "height": 700})
    view.add_init_script(OLDER)
    view.goto(shop.put("/", page(counter, "en")))
    expect(view.get_by_role("complementary", name="Help")).to_have_count(1)
    assert view.locator(".launcher").evaluate("button => getComputedStyle(button).borderRadius") == "50%"
    open_counter(view)
    ask(view, "How much is shipping?")
    expect(answers(view)).to_contain_text("Shipping is a flat ¥600")
    view.get_by_role("button", name="Talk to a person").last.focus()
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.shadowRoot.activeElement.className") == "head"
    assert view.locator(".panel").evaluate("panel => getComputedStyle(panel).display") == "flex"


def test_without_constructed_sheets_the_nonce_of_the_page_is_enough(counter, shop, open_page):
    view = open_page("about:blank")
    view.add_init_script(OLDER)
    own = "default-src 'none'; script-src 'nonce-n0' 'strict-dynamic'; style-src 'nonce-n0'"
    policy = f"{own}; connect-src {counter.url}"
    html = page(counter).replace("<script ", "<script nonce=n0 ")
    view.goto(shop.put("/", html, **{"Content-Security-Policy": policy}))
    open_counter(view)
    assert view.locator(".panel").evaluate("panel => getComputedStyle(panel).display") == "flex"


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_has_what_older_browsers_cannot_read(name):
    script = (STATIC / name).read_text("utf-8")
    assert re.findall(r"\(\?<[=!]", script) == []  # Safari before 16.4 refuses the whole file
    newer = r"\.(?:to(?:Sorted|Reversed|Spliced)|findLast|checkVisibility|groupBy|withResolvers|isSubsetOf)\("
    assert re.findall(newer, script) == []


def test_where_storage_is_blocked_as_by_firefox_it_opens_and_answers(counter, shop, open_page):
    view = open_page("about:blank")
    view.add_init_script(
        """const blocked = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
        for (const place of ["localStorage", "sessionStorage"]) Object.defineProperty(window, place, { get: blocked });
        window.BroadcastChannel = class { constructor() { blocked(); } };"""
    )
    view.goto(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_contain_text("600円")
    ask(view, "沖縄は？")
    expect(answers(view)).to_have_count(2)
    assert len({asked["session_id"] for asked in counter.asked}) == 1


def test_escape_that_ends_a_composition_closes_nothing(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    # Safari: the composition ends first, and the key that ended it no longer says that it was composing.
    view.locator("#ask").evaluate(
        """box => {
            box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", keyCode: 229, bubbles: true }));
        }"""
    )
    expect(view.locator(".panel")).to_be_visible()
    view.wait_for_timeout(100)
    view.keyboard.press("Escape")
    expect(view.locator(".panel")).to_be_hidden()


def test_a_page_that_was_kept_shows_nothing_of_a_conversation_that_ended(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.evaluate("localStorage.clear()")  # on a later page, where the customer signed out
    view.evaluate(KEPT)
    expect(view.locator(".turn")).to_have_count(0)


def test_a_page_that_was_kept_shows_what_was_asked_on_others(counter, shop, open_page):
    view = open_page("about:blank")
    view.add_init_script("delete window.BroadcastChannel")  # a page that is kept hears nothing
    view.goto(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    later = open_page(f"{shop.url}/", beside=view)
    open_counter(later)
    expect(answers(later)).to_have_count(1)
    ask(later, "沖縄は？")
    expect(answers(later)).to_have_count(2)
    expect(answers(view)).to_have_count(1)
    view.evaluate(KEPT)
    expect(answers(view)).to_have_count(2)


def test_a_suggestion_keeps_its_direction_on_a_page_of_the_other_one(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, "en", html='dir="rtl"')))
    open_counter(view)
    # The place of the question mark, its last sign.
    right_of_the_words = """button => {
        const text = document.createTreeWalker(button, NodeFilter.SHOW_TEXT).nextNode();
        const sign = (at) => {
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect();
        };
        return sign(text.length - 1).left > sign(0).left;
    }"""
    expect(view.locator(".suggestion")).to_have_count(3)
    assert view.locator(".suggestion").first.evaluate(right_of_the_words)
