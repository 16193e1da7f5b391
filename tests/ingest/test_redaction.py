import time

import pytest

from ingest.redaction import names_in, redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("メールはtaro.yamada@example.co.jpまで", "メールは[EMAIL]まで"),
        ("全角ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐです", "全角[EMAIL]です"),
        ("電話番号は090-1234-5678です", "電話番号は[PHONE]です"),
        ("電話番号は０９０－１２３４－５６７８です", "電話番号は[PHONE]です"),
        ("０３（１２３４）５６７８へ", "[PHONE]へ"),
        ("09012345678に", "[PHONE]に"),
        ("call (977) 625-2661 or 977-625-2661", "call [PHONE] or [PHONE]"),
        ("+44 20 7946 0958 please", "[PHONE] please"),
        ("〒100-0001 東京都千代田区千代田1-1、コーポ山", "[ADDRESS]、コーポ山"),
        ("住所は大阪府大阪市北区梅田３－１－１です。", "住所は[ADDRESS]。"),
        ("Send it to 12 Baker Street, London.", "Send it to [ADDRESS]."),
        ("カード4111 1111 1111 1111で", "カード[CARD]で"),
        ("注文番号：KM-2041を", "注文番号：[ID]を"),
        ("my order id is X8812", "my order id is [ID]"),
        ("order 3348917502 is late", "order [NUMBER] is late"),
        ("パスワードはhunter2です", "パスワードは[SECRET]です"),
        ("佐藤様、鈴木さん", "[NAME]様、[NAME]さん"),
        ("私は佐藤花子と申します", "私は[NAME]と申します"),
        ("My name is crystal minh and I wait", "My name is [NAME] and I wait"),
        ("I'm John Smith.", "I'm [NAME]."),
        ("Hi Anna, Mr. Brown called", "Hi [NAME], Mr. [NAME] called"),
        ("氏名：田中 一郎\nよろしく", "氏名：[NAME]\nよろしく"),
    ],
)
def test_personal_data_becomes_a_placeholder(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "フリーダイヤル0120-123-456へお電話ください。",
        "ナビダイヤル0570-012-345",
        "お客様の製品の仕様は同様です。皆様、お子様もどうぞ。",
        "3月10日に1,980円を支払い、型番KX-200を買いました。",
        "合計1000000円です",
        "I'm sorry, we ship in 3 to 5 days. I'm Happy to hear that.",
        "Open 10:00-18:00, version 2.10.3, iPhone 15 Pro.",
        "カード番号ではない 1234 5678 9012 3456 です",
        "業者さん、お母さん、店員さん",
    ],
)
def test_what_is_not_personal_stays(text):
    assert redact(text) == text


def test_names_told_in_a_conversation_are_known_in_all_of_it():
    names = names_in([("agent", "May I have your full name?"), ("customer", "crystal minh"), ("customer", "ok")])
    assert (
        redact("Crystal, your parcel for Minh is on its way", names) == "[NAME], your parcel for [NAME] is on its way"
    )
    assert names_in([("agent", "お名前をお聞かせください。"), ("customer", "田中 一郎")]) >= {"田中", "一郎"}


@pytest.mark.parametrize(
    "text", ["1" * 100_000, "a." * 50_000, "0-" * 50_000, "漢" * 100_000, "東京都" * 30_000, "A " * 50_000]
)
def test_hostile_text_takes_no_longer_than_any_other(text):
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 3
