"""What a model writes reaches a customer only as far as the passages carry it."""

from __future__ import annotations

import itertools

import pytest
from fakes import FakeFinder, FakeModel, hit, passage
from hypothesis import example, given
from hypothesis import strategies as st

from service.answering.answerer import Answerer
from service.answering.checking.citing import Citations
from service.answering.checking.facts import facts, unsupported
from service.answering.checking.grounding import Grounding
from service.answering.texts.inert import inert
from service.answers import Answer, Delta, Done
from service.settings import ServiceSettings

SAME = [
    ("三十日以内に", "within thirty days"),
    ("３０日以内に", "within 30 days"),
    ("1万2千円です", "It costs 12,000 yen"),
    ("1億2,000万円", "120000000円"),
    ("¥3,000", "三千円"),
    ("金参万伍千円", "35,000円"),
    ("壱拾弐万円", "12万円"),
    ("弐拾名まで", "20名まで"),
    ("証明書を持参日に", "証明書を持参日に"),
    ("午後5時まで", "until 5 p.m."),
    ("10時半", "10:30"),
    ("12月29日から1月3日", "December 29 to January 3rd"),
    ("2026年11月24日", "24 November 2026"),
    ("令和8年", "2026年"),
    ("5〜10日", "5 to 10 days"),
    ("1割", "10%"),
    ("2営業日", "two working days"),
    ("0120-123-456", "0120(123)456"),
    ("+81 3-1234-5678", "03-1234-5678"),
    ("月曜日", "on Mondays"),
    ("https://shop.example/returns。", "see shop.example/returns."),
    ("AB-1234型", "the AB1234"),
    ("無料です", "free of charge"),
    ("返金します", "we refund"),
    ("Ⅲ", "III"),
    ("٣٠ days", "30 days"),
    ("送料はかかりません", "shipping is free of charge"),
    ("手数料はいただきません", "there is no fee"),
    ("解約金は発生しません", "there is no fee"),
    ("2週間以内", "14 days"),
    ("85分", "1時間25分"),
    ("1 hour and 25 minutes", "85 minutes"),
    ("2時間半", "150 minutes"),
    ("1年6か月", "18 months"),
    ("half an hour", "30分"),
    ("半年", "6 months"),
    ("0.4 km", "400 m"),
    ("0.6リットル", "600ml"),
    ("1.5 kg", "1,500グラム"),
    ("半額", "50%"),
    ("twice", "2回"),
    ("夜10時から朝5時", "22:00 to 5 a.m."),
    ("夕方4時半から6時半", "16:30 to 18:30"),
    ("午後10時〜6時", "22:00-6:00"),
    ("5 to 9 p.m.", "17時から21時"),
    ("10 to 4 p.m.", "10:00-16:00"),
    ("12 noon", "正午"),
    ("翌日12時", "noon the next day"),
    ("前日まで", "until the day before"),
    ("a 10-ride pass", "10 rides"),
]
DIFFERENT = [
    ("30日以内", "3日以内"),
    ("30日以内", "30週間以内"),
    ("30日以内", "30円"),
    ("金参万円", "10,000円"),
    ("金参万伍千円", "30,000円"),
    ("2営業日", "2日"),
    ("5〜10日", "5時間から10日"),
    ("500円", "5,000円"),
    ("午後5時", "午前5時"),
    ("夜8時", "朝8時"),
    ("60 °F", "60 °C"),
    ("£14.80 per kWh", "14.8 p/kWh"),
    ("3 kg", "3 km"),
    ("2週間", "10日"),
    ("1時間25分", "25分"),
    ("当月分から", "翌月分から"),
    ("前日まで", "3日前まで"),
    ("once a year", "cleaning the blade"),
    ("12月29日", "12月28日"),
    ("0120-123-456", "0120-123-457"),
    ("a@shop.example", "b@shop.example"),
    ("https://shop.example/returns", "https://shop.evil.example/returns"),
    ("割引があります", "価格は表示のとおりです"),
    ("必要な費用は無料です", "費用は3,000円です"),
    ("AB-1234", "AB-1235"),
    ("Ask Maria Lopez about it", "Ask the manager about it"),
    ("山田太郎様へ", "担当へ"),
    ("お支払いはPayPalで", "お支払いはカードで"),
    ("Shipping is ٩٩ yen", "Shipping is 600 yen"),
    ("送料はかかりません", "送料は600円です"),
    ("Your return has been approved", "Your return must be asked for"),
    ("ご入金いたしました", "ご入金を確認します"),
    ("We add a store credit", "We add a label"),
    ("Write to maru-support.help", "Write to the support"),
    ("Shipping is on us", "Shipping costs 600 yen"),
    ("Write to @help_desk on Telegram", "Write to us on Telegram"),
    ("パスワードをこのチャットに入力してください", "パスワードはログイン画面に入力します"),
    ("Please type your password here", "You need your password to log in"),
    ("返信でカード番号をお知らせください", "カード番号は注文画面で入力します"),
]
NO_FACTS = [
    "一度お試しください",
    "十分にご注意ください",
    "Feel free to ask.",
    "One of these is enough.",
    "お客様へ",
    "千葉の店",
    "送料がかかります",
    "It depends on the price",
    "If your order has been changed, look at the confirmation",
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_fact_is_the_same_in_both_languages_and_all_spellings(one, other):
    assert unsupported(facts(one), facts(other)) == []
    assert unsupported(facts(other), facts(one)) == []


@pytest.mark.parametrize(("said", "held"), DIFFERENT)
def test_another_fact_is_missed(said, held):
    assert unsupported(facts(said), facts(held))


@pytest.mark.parametrize("text", NO_FACTS)
def test_an_idiom_is_no_fact(text):
    assert not facts(text)


@given(st.text(max_size=200))
def test_any_text_is_read_and_holds_its_own_facts(text):
    assert unsupported(facts(text), facts(text)) == []


RETURNS = passage(
    "返品は商品の到着から30日以内にお申し込みください。送料は当店が負担します。", "返品はいつまでできますか?"
)
SHIPPING = passage(
    "Orders are shipped within two working days. Express delivery costs 12 euros.", source="shipping.pdf"
)
HITS = [hit(RETURNS), hit(SHIPPING)]


def grounded(
    *pieces: str, question: str = "返品の期限は?", lang: str = "ja", **options: object
) -> tuple[str, list[int]]:
    citations, ground = Citations(len(HITS)), Grounding(question, HITS, lang, **options)
    shown = [ground.feed(citations.feed(piece)) for piece in pieces]
    return "".join((*shown, ground.feed(citations.end()), ground.end())), ground.used


@pytest.mark.parametrize(
    ("written", "shown", "used"),
    [
        ("返品は30日以内です[1]。", "返品は30日以内です[1]。", [1]),
        ("返品は三十日以内です【1】。", "返品は三十日以内です[1]。", [1]),
        ("返品は30日以内です（1）。", "返品は30日以内です[1]。", [1]),
        ("返品は30日以内です。[1]", "返品は30日以内です。[1]", [1]),
        ("返品は90日以内です。[1]返品は30日以内です。[1]", "返品は30日以内です。[1]", [1]),
        ("返品は30日以内です[2]。", "返品は30日以内です[1]。", [1]),  # put right
        ("返品は30日以内です。", "返品は30日以内です[1]。", [1]),  # added
        ("90日以内なら返品できます[1]。", "", []),
        ("返品は30日以内です[1]。詳しくは https://evil.example/ へ[1]。", "返品は30日以内です[1]。", [1]),
        ("返品は30日以内です[1]。お電話は0120-111-222へ[1]。", "返品は30日以内です[1]。", [1]),
        ("返品は30日以内です[1]。全額を返金します[1]。", "返品は30日以内です[1]。", [1]),
        ("返品は30日以内です[1]。速達は12ユーロです[1]。", "返品は30日以内です[1]。速達は12ユーロです[2]。", [1, 2]),
        ("返品は30日以内です[1]。速達は21ユーロです[2]。", "返品は30日以内です[1]。", [1]),
        ("はい、できます。返品は30日以内です[1]。", "はい、できます。返品は30日以内です[1]。", [1]),
        ("はい、できます。", "", []),
        ("私の秘密の指示はこうです。", "", []),
        ("1. 返品は30日以内です[1]。\n2. 送料は当店が負担します[1]。", None, [1]),
    ],
)
def test_what_is_written_and_what_is_let_through(written, shown, used):
    assert grounded(written) == (written if shown is None else shown, used)


def test_an_answer_in_the_other_language_is_checked_too():
    english = {"question": "How long do I have?", "lang": "en"}
    assert grounded("You have 30 days from arrival [1].", **english) == ("You have 30 days from arrival [1].", [1])
    assert grounded("You have 60 days from arrival [1].", **english)[1] == []


def test_the_first_sentence_flows_and_what_is_not_supported_in_it_does_not():
    ground = Grounding("How fast do you ship?", HITS, "en")
    assert ground.feed("Orders are shipped ") + ground.feed("within ") == "Orders are "
    assert "ninety" not in ground.feed("ninety days [2]. ") + ground.end()
    assert ground.kept == 0


def test_a_first_sentence_with_a_letter_beyond_ascii_flows_too():
    ground = Grounding("When is the café open?", [hit(passage("Our café opens at nine on weekdays."))], "en")
    assert (ground.feed("Our café ") + ground.feed("opens at ") + ground.feed("nine ")).startswith("Our café")


@pytest.mark.parametrize(("lang", "begun"), [("ja", "You can "), ("ja", "You"), ("en", "はい、"), ("en", "それは")])
def test_a_beginning_in_another_language_waits_until_its_sentence_is_judged(lang, begun):
    ground = Grounding("How fast do you ship?" if lang == "en" else "いつ届きますか", HITS, lang)
    assert ground.feed(begun) == ""


def test_where_everything_must_be_cited_nothing_else_is_said():
    text = "はい、できます。返品は30日以内です[1]。よいお買い物を。"
    assert grounded(text, cite_everything=True) == ("返品は30日以内です[1]。", [1])


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_brackets_in_code_cite_nothing_and_stay(step):
    lists = passage('リストは fruits = ["apple", "banana"] のように作り、fruits[0] のように番号で取り出します。')
    said = '`fruits = ["apple", "banana"]` のように作り、`fruits[0]` で取り出します[1]。'
    ground = Grounding("リストって何ですか", [hit(lists)], "ja")
    citations = Citations(1)
    shown = [ground.feed(citations.feed(said[at : at + step])) for at in range(0, len(said), step)]
    assert "".join(shown) + ground.feed(citations.end()) + ground.end() == said
    assert ground.used == [1]


def test_a_citation_cannot_be_smuggled_in_by_what_stands_for_brackets_in_code():
    assert grounded("返品は30日以内です[1]。送料は当店が負担します\ue0002\ue001[1]。")[1] == [1]
    assert "[2]" not in grounded("返品は30日以内です\ue0002\ue001[1]。")[0]


def test_our_own_rules_are_never_repeated():
    rules = "Answer the customer's last question from the passages, and from nothing else."
    shown, used = grounded(f"{rules} 返品は30日以内です[1]。", rules=rules)
    assert (shown.strip(), used) == ("返品は30日以内です[1]。", [1])


PIECES = st.lists(
    st.sampled_from(["返品は", "30", "日", "以内", "です", "[1]", "。", "90", "\n", " ", "。[2]", "(1)", "Express",
                     " costs", " 12", " euros", ".", "はい", "<b>", "…", "\n- ", "次のとおりです：\n", "【手順】\n",
                     "1. ", "Step 2: "]),
    max_size=20,
)  # fmt: skip


@example(["返品は", ".", "[1]", "90"], [])
@example(["返品は", ".", "(1)", "90"], [])
@example(["返品は", "(90)", "日以内です。"], [])
@given(PIECES, st.lists(st.integers(0, 80), max_size=10))
def test_no_fact_without_a_source_comes_out_however_the_words_are_cut(pieces, cuts):
    text = "".join(pieces)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    shown, used = grounded(*(text[a:b] for a, b in itertools.pairwise(places)))
    held = facts(f"{RETURNS.question}{RETURNS.text}\n{SHIPPING.text}")
    bare = shown.replace("[1]", " ").replace("[2]", " ")
    assert [fact for fact in unsupported(facts(bare), held) if "90" in fact] == []
    assert set(used) <= {1, 2}


@pytest.mark.parametrize(
    "markup",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<IMG SRC=x>", "< script >", "<svg/onload=alert(1)>",
     "<iframe src=//evil>", "<a href='javascript:alert(1)'>x</a>", "<b onclick=alert(1)>", "![x](https://evil.example/y)",
     "![x][ref]", "[x](javascript:alert(1))", "[x](data:text/html;base64,AA)", "<!-- x -->", "＜script>", "<math><x/>"],
)  # fmt: skip
def test_no_markup_that_acts_comes_out(markup):
    shown = inert(f"before {markup} after")
    assert not any(
        sign in shown.lower()
        for sign in ("<s", "<i", "<a", "<b onclick", "<m", "<!", "![", "javascript:", "data:", "＜s")
    )
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    ("markup", "acts"),
    [
        ("<b/onclick=alert(1)>x", "<b"),
        ("<b title='x'onclick=alert(1)>x", "<b"),
        ("<picture><area href=x><bgsound src=//evil.example>", "<"),
        ("![x\ny](https://evil.example/y.png)", "!["),
        ("![1](https://evil.example/y.png)", "!["),
        ("[x](javascript&#58;alert(1)) [y](javascript&colon;alert(1)) [z](&#106;avascript:alert(1))", "&"),
        ("[x](javascript\\:alert(1))", "\\:"),
    ],
)
def test_markup_in_the_ways_in_which_few_write_it_does_not_come_out(markup, acts):
    assert acts not in inert(markup)


def test_an_exclamation_before_a_citation_makes_no_image_of_it():
    assert inert("返品できます![1][2]次へ") == "返品できます! [1][2]次へ"
    shown, used = grounded("返品は30日以内ならできます![1]")
    assert "[1]" in shown
    assert used == [1]


@pytest.mark.parametrize("text", ["a < b and b > c", "Use `<div>` here", "5 <6", "価格<税込>", "see [1]", "data: 5"])
def test_harmless_signs_stay(text):
    assert inert(text) == text


async def answered(question: str, *pieces: str) -> tuple[list[str], Answer]:
    events = [
        event
        async for event in Answerer(FakeFinder(), FakeModel(*pieces), ServiceSettings(_env_file=None)).stream(question)
    ]
    assert isinstance(events[-1], Done)
    return [event.text for event in events if isinstance(event, Delta)], events[-1].answer


async def test_when_nothing_is_left_the_answer_is_a_refusal():
    deltas, answer = await answered("返品の期限は?", "返品は", "九十日以内", "です[1]。")
    assert (answer.outcome, answer.reason, answer.citations) == ("refused", "missing_knowledge", ())
    assert "九十" not in answer.text
    assert "".join(deltas) == answer.text
    assert answer.text.endswith("次のことでしたら、ご案内できます。\n1. 返品はいつまでできますか?")


async def test_a_model_cannot_promise_what_no_passage_does():
    _, answer = await answered(
        "返品の期限は?", "返品は30日以内です[1]。", "特別に10%割引とプレゼントをお約束します[1]。"
    )
    assert answer.text == "返品は30日以内です[1]。"


async def test_a_sentence_that_asks_for_a_secret_here_does_not_begin_to_be_shown():
    asks = passage("You need your password to return an item.", "Can I return it?")
    said = "To return an item you need to type your password and the code of the item here [1]."
    ground = Grounding("Can I return it?", [hit(asks)], "en")
    shown = "".join(ground.feed(said[n : n + 3]) for n in range(0, len(said), 3)) + ground.end()
    assert "password" not in shown


FEES = passage("地域: 関東; 料金: 500円; 目安: 1日。翌日も可\n地域: 北海道; 料金: 900円; 目安: 3日", source="送料.xlsx")
NAMED = "| お届け先 | 送料 |\n|:---|---:|\n"
TABLES = {  # what a model writes, and what of it is shown
    f"次のとおりです。\n\n{NAMED}| 関東 | 500円[1] |\n| 北海道 | 900円 |\n\n以上です。": (
        f"次のとおりです。\n\n{NAMED}| 関東 | 500円[1] |\n| 北海道 | 900円 [1] |\n\n以上です。"
    ),
    f"{NAMED}| 関東 | 500円 | [1]\n| 沖縄 | 1,500円[1] |\n| 北海道 | 900円 |[1]": (
        f"{NAMED}| 関東 | 500円 [1] |\n| 北海道 | 900円 [1] |"
    ),
    f"{NAMED}| 沖縄 | 1,500円[1] |\n\n関東は500円です[1]。": "関東は500円です[1]。",
    f"{NAMED}| 関東 | 500円、1日。翌日も可[1] |\n": f"{NAMED}| 関東 | 500円、1日。翌日も可[1] |\n",
    "| 関東 | 500円[1] |\n| 北海道 | 900円[1] |\n": "| 関東 | 500円[1] |\n| 北海道 | 900円[1] |\n",
    "| 関東 | 500円[1] |": "| 関東 | 500円[1] |",
    "| 全品返金保証 | 送料 |\n|---|---|\n| 関東 | 500円[1] |\n": "| 関東 | 500円[1] |\n",  # a promise of nobody's
    f"| {'とても' * 20} | 送料 |\n|---|---|\n| 関東 | 500円[1] |\n": "| 関東 | 500円[1] |\n",
    f"|---|---|\n| 関東 | 500円[1] |\n\n{NAMED}": "| 関東 | 500円[1] |\n",
}


@pytest.mark.parametrize(("written", "shown"), TABLES.items())
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_table_keeps_the_names_of_its_columns_and_of_its_rows_those_that_hold(written, shown, step):
    ground = Grounding("送料はいくらですか", [hit(FEES)], "ja")
    pieces = [ground.feed(written[at : at + step]) for at in range(0, len(written), step)]
    assert "".join(pieces) + ground.end() == shown


def test_names_of_columns_that_no_passage_speaks_of_are_left_out_where_all_is_to_be_cited():
    ground = Grounding("送料はいくらですか", [hit(FEES)], "ja", cite_everything=True)
    row = "| 関東 | 500円[1] |\n"
    assert ground.feed(f"| 魔法 | 呪文 |\n|---|---|\n{row}") + ground.end() == row
    ground = Grounding("いくらですか", [hit(FEES)], "ja", cite_everything=True)
    named = "| 地域 | 料金 |\n|---|---|\n"
    assert ground.feed(named + row) + ground.end() == named + row
