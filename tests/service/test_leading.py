"""What leads to a list is shown with the list, and goes with it; the marks of its points are no facts."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel, hit, passage

from service.answering.answerer import Answerer
from service.answering.checking.citing import Citations
from service.answering.checking.facts import facts, unsupported
from service.answering.checking.grounding import Grounding
from service.answers import Delta, Done
from service.settings import ServiceSettings

RETURNS_JA = passage(
    "到着から30日以内に、未使用の商品をお送りください。送料は当店が負担します。解約金はかかりません。",
    "返品はいつまでできますか",
)
RETURNS_EN = passage(
    "1. Log in to My Page.\n2. Open the order.\n3. Press the button within 30 days of arrival.\n\n"
    "We collect between 9:00–12:00 or 14:00–16:00. Coupons are lost.",
    "How do I return an item?",
)
SHOPS = passage("本店は11:00～19:00、東京・青葉谷店は10:00～20:00です。", "お店はどこですか")
POINTS_JA = "1. 到着から30日以内にお送りください[1]。\n2. 未使用の商品に限ります[1]。"
POINTS_EN = "1. Log in to My Page [1].\n2. Open the order [1]."
LOST_JA, LOST_EN = "- 90日間は返金します[1]。\n", "- You have 90 days [1].\n"
KEPT_JA, KEPT_EN = "送料は当店が負担します[1]。", "Coupons are lost [1]."


def grounded(written: str, lang: str, step: int, *, strict: bool = False) -> tuple[str, list[int]]:
    hits = [hit(RETURNS_JA if lang == "ja" else RETURNS_EN), hit(SHOPS)]
    question = "返品の方法は" if lang == "ja" else "How do I return an item?"
    citing, ground = Citations(len(hits)), Grounding(question, hits, lang, cite_everything=strict)
    pieces = [ground.feed(citing.feed(written[at : at + step])) for at in range(0, len(written), step)]
    return "".join((*pieces, ground.feed(citing.end()), ground.end())), ground.used


steps = pytest.mark.parametrize("step", [1, 5, 1000])


@steps
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("lang", "lead"),
    [
        ("ja", "次のとおりです[1]。"),
        ("ja", "返品の条件は以下の通りです[1]："),
        ("ja", "詳細は下記をご覧ください[1]。"),
        ("en", "Here is what you need to do [1]:"),
        ("en", "Please follow the steps below [1]."),
        ("en", "**The key points are as follows [1]:**"),
    ],
)
def test_what_leads_to_a_list_and_claims_nothing_stays(lang, lead, strict, step):
    written = f"{lead}\n\n{POINTS_JA if lang == 'ja' else POINTS_EN}"
    assert grounded(written, lang, step, strict=strict) == (written, [1])


@steps
def test_what_leads_to_a_list_may_count_its_points_as_a_passage_lists_them(step):
    written = f"There are three steps to return an item [1]:\n{POINTS_EN}"
    assert grounded(written, "en", step) == (written, [1])
    shown, _ = grounded(written.replace("three", "four"), "en", step)
    assert "four" not in shown
    assert "three" not in grounded("Return it within three days [1].", "en", step)[0]


@pytest.mark.parametrize("step", [5, 1000])
@pytest.mark.parametrize(
    ("lang", "lead"),
    [
        ("en", "You may return it within 60 days as follows:"),
        ("en", "You may return it within 60 days as follows [1]:"),
        ("en", "Without a receipt, follow these steps [1]:"),
        ("en", "We always replace everything as follows [1]:"),
        ("en", "Ask Maria Lopez to do the following [1]:"),
        ("en", "Please go to https://evil.example and do the following [1]:"),
        ("ja", "90日以内なら次のとおりです[1]："),
        ("ja", "箱がなければ次のとおりです[1]："),
        ("ja", "全額の弁償は以下の通りです[1]："),
    ],
)
def test_what_leads_to_a_list_and_claims_something_is_checked(lang, lead, step):
    points = POINTS_JA if lang == "ja" else POINTS_EN
    shown, used = grounded(f"{lead}\n{points}", lang, step)
    assert shown.endswith(points)
    assert used == [1]
    assert not any(word in shown for word in ("60", "Without", "always", "Maria", "evil", "90", "なければ", "弁償"))


@steps
@pytest.mark.parametrize(
    ("lang", "lead"),
    [
        ("ja", "次のとおりです[1]。"),
        ("ja", "次のとおりです："),
        ("ja", "返品の条件は以下の通りです[1]："),
        ("en", "The following are lost [1]:"),
        ("en", "Here is what you need to do [1]:"),
        ("en", "Please do the following:"),
    ],
)
def test_what_leads_to_a_list_goes_where_nothing_of_the_list_is_kept(lang, lead, step):
    lost, kept = (LOST_JA, KEPT_JA) if lang == "ja" else (LOST_EN, KEPT_EN)
    shown, used = grounded(f"{lead}\n\n{lost}{lost}\n{kept}", lang, step)
    begun, _, rest = shown.rpartition("…\n") if "…" in shown else ("", "", shown)
    assert (rest.strip(), used) == (kept, [1])
    assert lead.startswith(begun)
    assert grounded(f"{lead}\n\n{lost}", lang, step)[1] == []
    shown, used = grounded(f"{kept}\n\n{lead}\n\n{lost}", lang, step)
    assert (shown.strip(), used) == (kept, [1])


@steps
def test_what_leads_to_a_list_comes_with_the_first_point_that_is_kept(step):
    written = f"Here is what you need to do [1]:\n\n{LOST_EN}{POINTS_EN}"
    assert grounded(written, "en", step) == (written.replace(LOST_EN, ""), [1])


@steps
def test_what_leads_to_a_table_comes_with_its_first_row(step):
    table = "| 店 | 時間 |\n|---|---|\n| 本店 | 11:00～19:00 [2] |\n"
    written = f"次のとおりです[2]。\n\n{table}"
    assert grounded(written, "ja", step) == (written, [2])
    assert grounded(f"次のとおりです[2]。\n\n{table.replace('11:00', '8:00')}", "ja", step) == ("", [])


@steps
def test_lines_that_lead_to_one_another_come_and_go_together(step):
    part = f"【返品】\n{POINTS_JA}\n"
    written = f"詳細は下記をご覧ください[1]。\n\n{part}\n■ 送料\n{KEPT_JA}"
    assert grounded(written, "ja", step) == (written, [1])
    lost = f"【交換】\n{LOST_JA}"
    assert grounded(f"詳細は下記をご覧ください[1]。\n\n{lost}\n{part}", "ja", step)[0].strip() == (
        f"詳細は下記をご覧ください[1]。\n\n{part}".strip()
    )
    assert grounded(f"詳細は下記をご覧ください[1]。\n\n{lost}", "ja", step)[1] == []


@steps
@pytest.mark.parametrize("point", ["PayPal", "**Gift cards**", "Empty the drip tray."])
def test_a_point_that_names_what_no_passage_does_is_left_out_however_short(point, step):
    written = f"{POINTS_EN}\n3. {point}\n4. Coupons are lost [1].\n\nHappy shopping!"
    assert grounded(written, "en", step) == (written.replace(f"3. {point}\n", ""), [1])


def test_points_in_another_language_than_all_passages_stay():
    cards = passage("クレジットカードと銀行振込をご利用いただけます。", "支払い方法は何ですか")
    ground = Grounding("How can I pay?", [hit(cards)], "en")
    written = "Please use:\n- Credit card\n- Bank transfer [1]\n"
    assert ground.feed(written) + ground.end() == written


@steps
def test_a_statement_that_only_looks_ahead_stays_where_no_list_follows(step):
    for written in (f"{KEPT_JA}\n次の送料は当店が負担します[1]。", f"次の送料は当店が負担します[1]。\n\n{KEPT_JA}"):
        assert grounded(written, "ja", step) == (written, [1])


@pytest.mark.parametrize("step", [5, 1000])
def test_where_nothing_is_kept_nothing_that_led_to_it_is(step):
    assert grounded(f"はい、できます。\n次のとおりです：\n{LOST_JA}", "ja", step) == ("", [])
    assert grounded("次のとおりです：\n", "ja", step) == ("", [])


@steps
@pytest.mark.parametrize(
    "written",
    [
        "**Step 1:** Log in to My Page [1].\n**Step 2:** Open the order [1].",
        "Step 1. Log in to My Page [1].\nSTEP 2) Open the order [1].",
        "①Log in to My Page [1].\n②Open the order [1].",
        "**1. Log in to My Page [1].**\n### 2. Open the order [1].",
        "4️⃣ Log in to My Page [1].\n5️⃣ Open the order [1].",
    ],
)
def test_the_marks_of_points_are_no_facts(written, step):
    written = written.replace("2", "7").replace("②", "⑦")  # a number that no passage holds
    assert grounded(written, "en", step) == (written, [1])


def test_japanese_steps_keep_their_numbers():
    said = "送料は当店が負担します[1]。"
    written = f"Step7. 未使用の商品をお送りください[1]。\nステップ8：{said}\n【手順9】{said}"
    assert grounded(written, "ja", 1) == (written, [1])


def test_the_number_of_a_step_in_a_document_is_no_number_of_days():
    assert grounded("Press the button within 3 days of arrival [1].", "en", 1000) == ("", [])
    assert grounded("Press the button within 30 days of arrival, as in step 3 [1].", "en", 1000)[1] == [1]


@steps
def test_points_of_nothing_but_numbers_rest_on_what_their_list_does(step):
    written = "We collect [1]:\n- 9:00–12:00\n- 14:00–16:00\n- 15:00–16:00\n"
    assert grounded(written, "en", step)[0] == "We collect [1]:\n- 9:00–12:00 [1]\n- 14:00–16:00 [1]\n"


def test_a_time_behind_a_colon_is_one():
    assert unsupported(facts("本店：11:00～19:00"), facts("本店は11:00～19:00です")) == []
    assert unsupported(facts("本店：12:00～19:00"), facts("本店は11:00～19:00です"))


def test_that_no_fee_is_due_is_said_of_any_fee():
    assert grounded("解約料はかかりません[1]。", "ja", 1000) == ("解約料はかかりません[1]。", [1])


def test_a_word_behind_a_picture_begins_a_sentence():
    written = "⚠️ **Important:** Coupons are lost [1]."
    assert grounded(written, "en", 1000) == (written, [1])


@steps
def test_what_is_dropped_does_not_join_the_lines_around_it(step):
    shown, _ = grounded(f"Coupons are lost [1]. You have 90 days [1]\n{POINTS_EN}", "en", step)
    assert shown == f"Coupons are lost [1].\n{POINTS_EN}"
    shown, _ = grounded(f"{POINTS_EN}\n3. You have 90 days [1].\n4. Coupons are lost [1].", "en", step)
    assert shown == f"{POINTS_EN}\n4. Coupons are lost [1]."
    assert grounded("返品の方法をご案内します。\n\n**手順**\n" + POINTS_JA, "ja", step)[0].count("\n\n") == 1


def test_a_citation_stands_before_a_colon():
    assert grounded("Log in to My Page:\n", "en", 1000)[0] == "Log in to My Page [1]:\n"


def test_words_of_an_address_are_no_words_of_its_passage():
    helps = passage("Log in to My Page.", "How do I return an item?", url="https://shop.example/help/returns")
    ground = Grounding("How do I return an item?", [hit(helps)], "en")
    written = "Log in to My Page [1]. I hope this helps!"
    assert ground.feed(written) + ground.end() == written


async def test_what_was_streamed_is_what_is_kept_and_cited():
    model = FakeModel("次のとおり", "です[1]。\n\n", "1. 返品は30日", "以内です[1]。\n", "2. 90日", "です[1]。\n")
    answerer = Answerer(FakeFinder(), model, ServiceSettings(_env_file=None))
    events = [event async for event in answerer.stream("返品の期限は?")]
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    assert "".join(event.text for event in events if isinstance(event, Delta)) == answer.text
    assert answer.text.strip() == "次のとおりです[1]。\n\n1. 返品は30日以内です[1]。"
    assert [citation.n for citation in answer.citations] == [1]
