"""What goes wrong on the way: cuts, a service that is down, too many questions, an expired session, a reload."""

from __future__ import annotations

import pytest
from doing import answers, ask, open_counter
from fake_counter import SHIPPING_JA, SITE_KEY, Said, citation, page
from playwright.sync_api import expect

FEE = "".join(SHIPPING_JA.pieces).split("[1]", maxsplit=1)[0].replace("**", "")
SLOW = Said(SHIPPING_JA.pieces, SHIPPING_JA.citations, pause_s=0.4)


@pytest.mark.parametrize("events", [1, 2, 3, 4])
def test_a_cut_stream_goes_on_where_it_was_cut(counter, shop, open_page, events):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.cut_after = events
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".words p").first).to_contain_text(FEE)
    expect(view.locator(".words li")).to_have_count(2)
    assert len(counter.asked) == 1, "one answer, made once"
    assert [last.rpartition(":")[2] for last in counter.resumed] == [str(events - 1)]
    expect(view.locator(".notice")).to_be_empty()


def test_an_answer_that_cannot_be_gone_on_with_begins_again_under_the_same_key(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.cut_after, counter.resumable = 3, False
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    assert view.locator(".words").inner_text().count("全国一律") == 1
    assert len(counter.asked) == 1


def test_a_reload_in_the_middle_of_an_answer_loses_neither_question_nor_answer(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.queue = [SLOW]
    ask(view, "送料は？")
    expect(view.locator(".writing .words")).to_contain_text("送料は全国一律")
    view.reload()
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".asked")).to_have_text("お客様: 送料は？")
    assert len(counter.asked) == 1


def test_a_service_that_is_down_is_said_and_tried_again(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    counter.down = True
    ask(view, "返品は？")
    expect(view.locator(".failed .note")).to_have_text("ただいま接続できません。")
    counter.down = False
    view.get_by_role("button", name="もう一度").click()
    expect(answers(view)).to_have_count(2)
    expect(view.locator(".failed")).to_have_count(0)
    assert [asked["message"] for asked in counter.asked] == ["送料は？", "返品は？"]


def test_a_service_that_is_down_from_the_first_is_said_too(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter, "en")), "en-US")
    view.locator(".launcher").hover()
    view.wait_for_function("document.querySelector('madoguchi-counter').shadowRoot.querySelector('.panel')")
    counter.down = True
    open_counter(view)
    expect(view.locator(".notice")).to_have_text("We cannot be reached right now.")
    counter.down = False
    ask(view, "How much is shipping?")
    expect(answers(view)).to_have_count(1)
    expect(view.locator(".notice")).to_be_empty()


def test_a_panel_that_does_not_load_is_loaded_by_the_next_press(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    expect(view.locator(".launcher")).to_be_visible()
    counter.down = True
    view.locator(".launcher").click()
    expect(view.get_by_role("alert")).to_have_text("読み込めませんでした。もう一度押してください。")
    counter.down = False
    open_counter(view)
    expect(view.locator(".trouble")).to_be_empty()


def test_being_offline_is_said_and_passes(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    view.context.set_offline(True)
    expect(view.locator(".notice")).to_have_text("インターネットに接続されていません。")
    ask(view, "返品は？")
    expect(view.locator(".failed")).to_be_visible()
    view.context.set_offline(False)
    expect(view.locator(".notice")).to_be_empty()


def test_too_many_questions_count_down_until_they_can_be_asked(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.limit_s = 2
    ask(view, "送料は？")
    again = view.get_by_role("button", name="もう一度")
    expect(again).to_be_disabled()
    expect(view.locator(".clock")).to_contain_text("秒でもう一度お試しいただけます")
    expect(again).to_be_enabled()
    again.click()
    expect(view.locator(".answered")).to_have_count(1)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(2500, "You can try again in 42 minutes"), (30, "You can try again in 30 seconds")],
)
def test_a_long_wait_is_told_in_minutes(counter, shop, open_page, seconds, told):
    view = open_page(shop.put("/", page(counter, "en")), "en-US")
    open_counter(view)
    counter.limit_s = seconds
    ask(view, "How much is shipping?")
    expect(view.locator(".clock")).to_have_text(told)


def test_an_error_in_the_stream_is_an_error_on_the_page(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    counter.fail["/api/chat"] = 500
    ask(view, "送料は？")
    expect(view.locator(".failed .state")).to_have_text("お答えできませんでした")


def test_a_message_that_is_too_long_comes_back_to_be_shortened(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    problem = '{"type": "urn:madoguchi:problem:message-too-long", "status": 422, "title": "The message is too long."}'
    headers = {"Access-Control-Allow-Origin": shop.url}
    view.route("**/api/chat", lambda route: route.fulfill(status=422, body=problem, headers=headers))
    ask(view, "長い話")
    expect(view.locator(".failed .note")).to_have_text("文章が長すぎます。短くしてお試しください。")
    expect(view.locator("#ask")).to_have_value("長い話")


def test_an_expired_token_is_renewed_without_a_word(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    counter.fail["/api/chat"] = 401
    ask(view, "返品は？")
    expect(answers(view)).to_have_count(2)
    assert counter.opened[-1]["session_id"] == counter.opened[0].get("session_id", "s1")


def test_a_forgotten_conversation_gives_way_to_a_new_one(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    expect(answers(view)).to_have_count(1)
    counter.sessions.clear()
    view.reload()
    expect(view.locator(".suggestion").first).to_be_visible()
    ask(view, "返品は？")
    expect(answers(view)).to_have_count(1)


def test_a_page_that_may_not_show_it_says_so_to_the_customer_and_why_to_the_engineer(counter, shop, open_page):
    counter.allowed.clear()
    view = open_page(shop.put("/", page(counter)))
    warned: list[str] = []
    view.on("console", lambda line: warned.append(line.text))
    open_counter(view)
    expect(view.locator(".notice")).to_have_text("このページでは、ただいまご利用いただけません。")
    assert any(f"{shop.url}, site key {SITE_KEY}" in line for line in warned)
    counter.allowed.add(shop.url)
    view = open_page(shop.put("/", page(counter).replace(SITE_KEY, "pk_wrong")))
    view.on("console", lambda line: warned.append(line.text))
    open_counter(view)
    expect(view.locator(".notice")).to_have_text("このページでは、ただいまご利用いただけません。")
    assert any(f"{shop.url}, site key pk_wrong" in line for line in warned)


def test_a_comment_or_a_message_that_does_not_get_through_stays_written(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    view.get_by_role("button", name="担当者に相談").click()
    view.locator(".person .main").click()
    expect(view.locator("#email")).to_be_focused()
    expect(view.locator("#email-wrong")).to_have_text("メールアドレスを入力してください。")
    view.locator("#email").fill("hanako@")
    view.locator(".person .main").click()
    expect(view.locator("#email-wrong")).to_contain_text("例：hanako@example.jp")
    view.locator("#email").fill("hanako@example.jp")
    view.locator("#message").fill("届いた鍋が割れていました。")
    counter.fail["/api/handoff"] = 503
    view.locator(".person .main").click()
    expect(view.get_by_role("alert").last).to_contain_text("入力いただいた内容は残っています")
    assert view.locator("#message").input_value() == "届いた鍋が割れていました。"
    view.locator(".person .main").click()
    expect(view.locator(".person h3")).to_have_text("担当者にお伝えしました")
    assert [handed["message"] for handed in counter.handoffs] == ["届いた鍋が割れていました。"]


def test_a_source_without_address_or_with_a_hostile_one_has_no_link(counter, shop, open_page):
    counter.say = Said(["はい[1]。"], [citation(url="javascript:alert(1)")])
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    ask(view, "送料は？")
    view.locator(".source").click()
    expect(view.locator("blockquote")).to_be_visible()
    assert view.locator(".panel a").count() == 0
