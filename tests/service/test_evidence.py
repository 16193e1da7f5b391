"""What passages carry though they say it otherwise, and what they do not though the words are theirs."""

from __future__ import annotations

import pytest
from fakes import hit, passage

from service.answering.checking.grounding import Grounding


def shown(question: str, lang: str, sentence: str, *texts: str) -> str:
    """What is let through of a sentence about passages, each "title: text"."""
    passages = [
        passage(text.partition(": ")[2], title=text.partition(": ")[0], source=f"{text[:9]}.md") for text in texts
    ]
    ground = Grounding(question, [hit(each) for each in passages], lang)
    return ground.feed(sentence) + ground.end()


FARES = "Fares: Adults pay $24, children $12. A family ticket is $60. A bicycle is $5 extra."
INN = "宿泊料金: 大人は14,300円、小学生は10,010円です。入湯税は150円です。"
PLANS = "プラン: ライト:月500円、1GBまで。スタンダード:月1,200円、10GBまで。プレミアム:月2,400円、無制限。"
PAYING = "支払い方法: 現金、カード、振込が使えます。"
BOOKING = "機能: 予約機能はライトプランでは利用できません。"
HOOKS = "Plans: Webhooks are available only on Enterprise."
GUESTS = "Guests: Guests are not admitted on weekends or holidays."
BAGS = "荷物: 荷物は20kgまで無料、超過分は1kgにつき500円です。"
RATES = "会議室: A室：土日祝2,000円。B室（20名）：土日祝4,000円。"
POOL = "Pool: Sun 9:00-17:00. Last entry 45 minutes before closing. Children under 14 must come with an adult."
FIRST = "初診: 初診の方は予約時刻の20分前にご来院ください。18歳未満の方は保護者の同伴が必要です。"
FEES = "Fees: Adult passport $130. Expedited service: additional $60. Residents get a 20% discount."
LATE = "返却: 片道の送料は700円です。延滞は1時間ごとに1,320円、土曜日は17時まで。"
MODELS = "Filters: Model | Filter | Price\nAqua 300 | F-31 | $21.50\nAqua 300 Pro | F-32 | $27.00"


@pytest.mark.parametrize(
    ("question", "lang", "sentence", "text"),
    [
        ("営業時間は？", "ja", "営業は平日が10時から18時までです[1]。", "営業時間: 月〜金:10:00-18:00、土日休み。"),
        (
            "When are you open?",
            "en",
            "We are open Monday to Friday from 9 a.m. to 5 p.m. [1].",
            "Hours: Open Mon-Fri 9-5.",
        ),
        ("When are you open?", "en", "On Tuesdays the shop is open until 17:00 [1].", "Hours: Shop: Mon-Fri 9-5."),
        ("How often?", "en", "Clean the filter in the second week [1].", "Care: Clean the filter in week 2."),
        ("宿泊料金は？", "ja", "大人2名なら28,600円です[1]。", INN),
        ("宿泊料金は？", "ja", "大人2名と小学生1名の宿泊料金は合計38,610円です[1]。", INN),
        ("What is cheaper?", "en", "Two adults and one child pay $60 in total [1].", FARES),
        ("What is cheaper?", "en", "For children the fare is $12 less than for adults [1].", FARES),
        (
            "支払い方法は？",
            "ja",
            "支払い方法は現金・カード・振込の3種類です[1]。",
            "支払い方法: 現金、カード、振込が使えます。",
        ),
        ("会議室は？", "ja", "土曜日に4時間なら、A室は8,000円、B室は16,000円です[1]。", RATES),
        ("遅れたら？", "ja", "延滞が3時間なら3,960円です[1]。", LATE),
        ("送料は？", "ja", "送料は往復で1,400円です[1]。", LATE),
        ("荷物は？", "ja", "超過した場合、25kgなら2,500円です[1]。", BAGS),
        ("What does it cost?", "en", "An adult passport is $190 if expedited [1].", FEES),
        ("What does it cost?", "en", "Residents pay $104 for an adult passport [1].", FEES),
        ("Until when may I come?", "en", "You can enter until 4:15 p.m. [1].", POOL),
        ("How long is it open?", "en", "It is open for eight hours on Sundays [1].", POOL),
        ("Alone?", "en", "Children of 13 and younger must come with an adult [1].", POOL),
        ("何時に行けば？", "ja", "10時のご予約なら、9時40分までにご来院ください[1]。", FIRST),
        ("付き添いは？", "ja", "17歳以下の方は保護者の同伴が必要です[1]。", FIRST),
    ],
)
def test_what_is_put_otherwise_is_let_through(question: str, lang: str, sentence: str, text: str):
    assert shown(question, lang, sentence, text) == sentence


@pytest.mark.parametrize(
    ("question", "lang", "sentence", "text"),
    [
        ("宿泊料金は？", "ja", "大人2名の宿泊料金は28,000円です[1]。", INN),
        ("宿泊料金は？", "ja", "大人と小学生の宿泊料金は24,310円です[1]。", INN),  # nobody says that it is a sum
        ("What is cheaper?", "en", "Two adults and one child pay $67 in total [1].", FARES),
        ("What is cheaper?", "en", "For children the fare is $10 less than for adults [1].", FARES),
        ("夜は何時まで？", "ja", "土曜日の営業は18時までです[1]。", "営業時間: 月〜金:10:00-18:00、日曜休み。"),
        ("支払い方法は？", "ja", "支払い方法は現金・カードの3種類です[1]。", PAYING),
        ("使えますか", "ja", "予約機能はライトプランでも利用できます[1]。", BOOKING),
        ("日割り？", "ja", "解約月の基本料金は日割りになります[1]。", "解約: 解約月の基本料金は日割り計算されません。"),
        ("Weekends?", "en", "Guests are welcome on weekends too [1].", GUESTS),
        ("Which plans?", "en", "Webhooks are available on all plans [1].", HOOKS),
        ("データ量は？", "ja", "スタンダードは月2,400円です[1]。", PLANS),
        ("担当は？", "ja", "給食費の担当は教頭の本田です[1]。", "担当: 給食費：事務室 佐々木。欠席連絡：教頭 本田。"),
        ("荷物は？", "ja", "例えば25kgなら、超過分は3,000円です[1]。", BAGS),
        ("荷物は？", "ja", "荷物は20cmまで無料です[1]。", BAGS),
        ("会議室は？", "ja", "土曜日に4時間なら、A室は8,000円、B室は15,000円です[1]。", RATES),
        ("遅れたら？", "ja", "延滞が3時間なら4,960円です[1]。", LATE),
        ("What does it cost?", "en", "An adult passport is $200 if expedited [1].", FEES),
        ("Until when may I come?", "en", "You can enter until 4:30 p.m. [1].", POOL),
        ("How long is it open?", "en", "It is open for nine hours on Sundays [1].", POOL),
        ("Alone?", "en", "Children of 14 and younger must come with an adult [1].", POOL),
        ("何時に行けば？", "ja", "10時のご予約なら、9時20分までにご来院ください[1]。", FIRST),
        ("付き添いは？", "ja", "18歳以下の方は保護者の同伴が必要です[1]。", FIRST),
        ("Which filter?", "en", "The Aqua 300 takes the F-32 filter [1].", MODELS),
    ],
)  # fmt: skip
def test_what_is_not_so_is_left_out(question: str, lang: str, sentence: str, text: str):
    assert "[1]" not in shown(question, lang, sentence, text)


@pytest.mark.parametrize(
    ("lang", "sentence", "text"),
    [
        ("ja", "予約機能はライトプランでは使えません[1]。", BOOKING),
        ("en", "Refunds are possible within 30 days [1].", "Refunds: Refunds are not possible after 30 days."),
        ("ja", "スタンダードは月1,200円、プレミアムは月2,400円です[1]。", PLANS),
        ("en", "The Aqua 300 Pro takes the F-32 filter [1].", MODELS),
        ("ja", "内部のベルトには触れないようにしてください[1]。", "注意: 内部のベルトには触れないでください。"),
    ],
)  # fmt: skip
def test_what_denies_or_tells_of_the_right_one_is_let_through(lang: str, sentence: str, text: str):
    assert shown("？", lang, sentence, text) == sentence


def test_what_one_kind_of_customer_is_told_is_not_told_the_other():
    firms = "キャンセル(法人のお客様): 出荷準備に入るまで取り消せます。"
    others = "キャンセル(個人のお客様): ご注文から1時間以内に取り消せます。"
    wrong = "法人のお客様は、ご注文から1時間以内に取り消せます[2]。"
    assert "[" not in shown("法人です。取り消せますか", "ja", wrong, firms, others)
    right = "個人のお客様は、ご注文から1時間以内に取り消せます[2]。"
    assert shown("個人です。取り消せますか", "ja", right, firms, others) == right


def test_what_two_passages_hold_together_may_cite_both():
    sentence = "大人1名の14,300円に駐車場の500円を合わせると14,800円です[1][2]。"
    assert shown("いくら？", "ja", sentence, INN, "駐車場: 駐車場は1泊500円です。") == sentence


@pytest.mark.parametrize("text", [" " * 20_000, "\u3000" * 20_000, "名前 " * 7_000, "A:1。" * 5_000])
def test_a_passage_of_blanks_or_labels_is_read_at_once(text: str):
    assert shown("？", "ja", "送料は500円です[1]。", f"送料: 送料は500円です。{text}") == "送料は500円です[1]。"
