import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.privacy.check_digits import is_my_number
from ingest.privacy.redaction import find, names_in, redact, redact_counted
from ingest.privacy.redaction_rules import Rules, load_rules, parsed, using
from ingest.readers.reading import read
from knowledge.errors import ConfigError

LABELLED = Path(__file__).with_name("personal_data_ja.jsonl")
LABELLED_EN = Path(__file__).with_name("personal_data_en.jsonl")
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


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
        ("〒100-0001 東京都千代田区千代田1-1、コーポ山", "[ADDRESS]"),
        ("住所は大阪府大阪市北区梅田３－１－１です。", "住所は[ADDRESS]です。"),
        ("Send it to 12 Baker Street, London.", "Send it to [ADDRESS]."),
        ("カード4111 1111 1111 1111で", "カード[CARD]で"),
        ("I entered 4000 1230 0008 1234 twice", "I entered [CARD] twice"),  # its first twelve are a My Number by chance
        ("It goes to 779 Dale Via, Jenningsborough, AL 04809 now.", "It goes to [ADDRESS] now."),
        ("ship to 4 Rose Gardens, Leeds LS1 4DY please", "ship to [ADDRESS] please"),
        ("I live at 12 Wattle Rise, Penrith NSW 2750", "I live at [ADDRESS]"),
        ("or 88 Elgin Mews, Ottawa ON K1A 0B1.", "or [ADDRESS]."),
        ("長野県山武郡芝山町4丁目15番 シティ勝どき695に変更", "[ADDRESS]に変更"),
        ("ring 08-123 45 67 or 094-873 41 33", "ring [PHONE] or [PHONE]"),
        ("I entered 11 98084-9966 twice", "I entered [PHONE] twice"),
        ("(07).1176.3434", "[PHONE]"),
        ("My router is b6:be:e8:c7:5b:43.", "My router is [ID]."),
        ("1985/04/01生まれです", "[BIRTHDATE]生まれです"),
        ("昭和60年4月1日に生まれました", "[BIRTHDATE]に生まれました"),
        ("私は岡田です", "私は[NAME]です"),
        ("私はキムラ オサムです", "私は[NAME]です"),
        ("氏名 松田 直子\n", "氏名 [NAME]\n"),
        ("佐藤くみ子様、加藤 くみ子さん", "[NAME]様、[NAME]さん"),
        ("注文番号：KM-2041を", "注文番号：[ID]を"),
        ("my order id is X8812", "my order id is [ID]"),
        ("カード 1234 5678 9012 3456 です", "カード [CARD] です"),
        ("1234-5678-9012-3456 gives 10% off", "[NUMBER] gives 10% off"),
        ("the door at 10 at example.com", "the door at 10 at example.com"),
        ("otp 123456 12 minutes ago", "otp [SECRET] 12 minutes ago"),
        ("order number 12345 3 items missing", "order number [ID] 3 items missing"),
        ("order 3348917502 is late", "order [NUMBER] is late"),
        ("4901234567890と5901234567894の在庫", "[NUMBER]と[NUMBER]の在庫"),  # no article numbers of Japan
        ("パスワードはhunter2です", "パスワードは[SECRET]です"),
        ("佐藤様、鈴木さん", "[NAME]様、[NAME]さん"),
        ("私は佐藤花子と申します", "私は[NAME]と申します"),
        ("My name is crystal minh and I wait", "My name is [NAME] and I wait"),
        ("I'm John Smith.", "I'm [NAME]."),
        ("Hi Anna, Mr. Brown called", "Hi [NAME], Mr. [NAME] called"),
        ("氏名：田中 一郎\nよろしく", "氏名：[NAME]\nよろしく"),
        ("josé.núñez@example.es and info@窓口.jp", "[EMAIL] and [EMAIL]"),
        ("taro (at) example.com or taro at example dot com", "[EMAIL] or [EMAIL]"),
        ("０８０ー００００ー１１１１へ", "[PHONE]へ"),
        (
            "+81 3 0123 4567 or 0044 20 7946 0958",
            "+81 3 0123 4567 or 0044 20 7946 0958".replace("+81 3 0123 4567", "[PHONE]").replace(
                "0044 20 7946 0958", "[PHONE]"
            ),
        ),
        ("call 555-123-4567 ext. 89 today", "call [PHONE] today"),
        ("080-0000-1111は携帯です", "[PHONE]は携帯です"),
        ("〒540-0000です", "[POSTCODE]です"),
        ("my zip code is 90210", "my zip code is [POSTCODE]"),
        ("横浜市見本区例示2-3-4に住んでいます", "[ADDRESS]に住んでいます"),
        ("京都府京都市架空区例町二丁目三番地へ", "[ADDRESS]へ"),
        ("マイナンバー1234-5678-9018です", "マイナンバー[MY_NUMBER]です"),
        ("123456789018を送りました", "[MY_NUMBER]を送りました"),
        ("普通 1234567 に返金", "普通 [BANK] に返金"),
        ("ゆうちょ 記号12340 番号12345671", "ゆうちょ 記号[BANK] 番号[BANK]"),
        ("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [BANK]."),
        ("接続元203.0.113.9から", "接続元[IP]から"),
        ("from 2001:db8::8a2e:370:7334 today", "from [IP] today"),
        ("my SSN is 123-45-6789", "my SSN is [SSN]"),
        ("生年月日は昭和52年3月9日です", "生年月日は[BIRTHDATE]です"),
        ("パスワード：p@ss!9", "パスワード：[SECRET]"),
        ("claim no ytg 856", "claim no [ID]"),
        ("佐藤です。注文の件で", "[NAME]です。注文の件で"),
        ("さとうさん、担当の森瀬です", "[NAME]さん、担当の[NAME]です"),
        ("Zoë Brown speaking. Regards,\nZoë Brown", "[NAME] speaking. Regards,\n[NAME]"),
        ("助かりました。鈴木", "助かりました。[NAME]"),
        ("青空商会 総務部 山本\nTEL 045(321)6677", "青空商会 総務部 [NAME]\nTEL [PHONE]"),
        ("普通 1234567 ヤマダハナコです", "普通 [BANK] [NAME]です"),
        ("I was charged for order 55120-A.", "I was charged for order [ID]."),
        ("Tracking 1Z999AA10123456784 does not move", "Tracking [ID] does not move"),
        ("So sorry about that, Paweł! We post it.", "So sorry about that, [NAME]! We post it."),
        ("A lace is missing. - Paweł Nowak", "A lace is missing. - [NAME]"),
        ("token=sk_live_9f8a7b6c5d4e3f2a1b0c", "token=[SECRET]"),
        ("キーはsk_live_9f8a7b6c5d4e3f2a1b0cです", "キーは[SECRET]です"),
        ("認証eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.abc-dで失敗", "認証[SECRET]で失敗"),
        ('api_key: "aB3dE5fG7hI9jK1lM3nO5"', 'api_key: "[SECRET]"'),
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
        "業者さん、お母さん、店員さん",
        "林のおばさん",
        "氏名 変更、名前 登録、私は原因を知りたい。私はエンジニアです。",
        "2019年4月1日にサービスが生まれ変わりました。",
        "Between 12 2019-2020 and 10:20:30, ratio 1:2:3:4:5:6, in AB 1234 too.",
        "皆さん、たくさん、カスタマーサポートさん、ご担当者様、お隣さん",
        "故障です。未着です。初心者です。",
        "0800-000-0000と0120000123は無料です",
        "4549292157123の在庫",
        "JANコード4901234567894、品番2034-5567-10、ISBN978-4-0000-0000-2",
        "登録番号T1234567890123、法人番号1234567890123",
        "192.168.1.1と127.0.0.1、バージョン10.2.3.4",
        "2026-11-23 10:15に注文、20261123、11/23/2026、営業時間9:30-18:00",
        "12,345,678円、10000000円、$1234567、5000000 people",
        "東京都の気温は3度、1丁目の店、大阪市の店舗",
        "I waited 20 minutes at the court and paid 3 times on the road",
        "My name is not shown. This is great. Thanks again, Hi there, user name: none",
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
    "text",
    [
        "1" * 100_000,
        "a." * 50_000,
        "0-" * 50_000,
        "漢" * 100_000,
        "東京都" * 30_000,
        "1 A AA 123 " * 9_000,
        "A " * 50_000,
        "一丁目" * 33_000,
        "eyJ-" * 100_000,
    ],
)
def test_hostile_text_takes_no_longer_than_any_other(text):
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 3


def labelled():
    return [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "line", [json.loads(line) for line in LABELLED_EN.read_text("utf-8").splitlines()], ids=lambda line: line["text"]
)
def test_what_customers_type_in_chats_is_found_and_nothing_else(line):
    if line["text"].startswith("tracking number 1Z 999"):
        pytest.xfail("A tracking number of letters and digits in groups of two is not known as one.")
    text = line["text"]
    rest = list(text)
    for span in line["spans"]:
        rest[span["start"] : span["end"]] = ["#"] * (span["end"] - span["start"])
    found = list(text)
    for _, start, end in find(text):
        found[start:end] = ["#"] * (end - start)
    assert "".join(found) == "".join(rest)


def test_the_japanese_set_is_large_and_its_spans_fit():
    lines = labelled()
    kinds = Counter(span["kind"] for line in lines for span in line["spans"])
    assert len(lines) >= 300
    assert sum(not line["spans"] for line in lines) >= 90
    assert all(0 <= span["start"] < span["end"] <= len(line["text"]) for line in lines for span in line["spans"])
    assert (
        min(kinds[kind] for kind in ("EMAIL", "PHONE", "ADDRESS", "CARD", "MY_NUMBER", "BANK", "IP", "NAME", "ID")) > 9
    )


def test_on_the_japanese_set_hardly_anything_is_left_and_hardly_anything_taken_wrongly():
    pieces, left, placed, wrong = 0, [], 0, []
    for line in labelled():
        found = find(line["text"])
        gone = {place for _, start, end in found for place in range(start, end)}
        for span in line["spans"]:
            pieces += 1
            if any(line["text"][place].isalnum() and place not in gone for place in range(span["start"], span["end"])):
                left.append(line["text"])
        told = {place for span in line["spans"] for place in range(span["start"], span["end"])}
        for _, start, end in found:
            placed += 1
            if 2 * len(told & set(range(start, end))) < end - start:
                wrong.append(line["text"])
    assert len(left) <= 0.05 * pieces, left
    assert len(wrong) <= 0.05 * placed, wrong


@pytest.mark.skipif(not (DATA / "localgovfaq").exists(), reason="the public FAQ does not lie beside the repository")
def test_no_telephone_of_an_office_is_lost_from_a_public_faq():
    path = DATA / "localgovfaq" / "raw" / "faq.csv"
    before = Counter(re.findall(r"０[０-９]{1,3}－[０-９]{2,4}－[０-９]{4}", path.read_text(encoding="utf-8-sig")))
    result = read(path.read_bytes(), path.name)
    after = Counter(
        re.findall(r"０[０-９]{1,3}－[０-９]{2,4}－[０-９]{4}", "".join(each.text for each in result.sections))
    )
    assert before.total() > 1000
    assert not before - after
    assert result.redacted == {}


def test_what_was_taken_is_counted_by_kind():
    text, counts = redact_counted("佐藤様 taro@example.jp 090-0000-1234 080-0000-1234")
    assert text == "[NAME]様 [EMAIL] [PHONE] [PHONE]"
    assert counts == {"NAME": 1, "EMAIL": 1, "PHONE": 2}


@pytest.mark.parametrize("digit", range(10))
def test_a_my_number_has_one_right_check_digit(digit):
    assert is_my_number(f"12345678901{digit}") == (digit == 8)


WORDS = (
    "0|1|9|12|090|0120|4111|1234|-|ー|(|)|+|.|:|/|@|#|〒|円|様|さん|です|と申します|名前|：|佐藤|東京都|千代田区|丁目|番地|電話"
    "|口座番号|普通|注文番号|パスワード|My|name|is|Mr.|Anna|a|example.com"
    "|[EMAIL]|[|]|０９|－|\u3000|\n|は|が|IBAN|GB82|x|v1|٣|²|İ| "
)
PIECES = st.lists(st.sampled_from(WORDS.split("|")), max_size=14)


@given(st.one_of(st.text(max_size=60), PIECES.map("".join), PIECES.map(" ".join)))
@example("\ud800090-1234-5678")
@example("İ 電話 03-0123-4567")
def test_redacting_twice_changes_nothing_more_and_never_fails(text):
    once = redact(text)
    assert redact_counted(once) == (once, Counter())


@given(
    st.text(alphabet="ぁあかはがのをにでと、。！？ \nabcdeghklmnoprtu-:()[]/", max_size=80).filter(
        lambda text: "さん" not in text
    )
)
def test_text_without_digits_signs_and_announced_names_comes_back_unchanged(text):
    assert redact(text) == text


def write(folder, text):
    path = folder / "redaction.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_operators_patterns_words_and_kinds_are_followed(tmp_path):
    rules = load_rules(
        write(
            tmp_path,
            'keep = ["03-0123-4567", "佐藤"]\noff = ["IP"]\n'
            '[[pattern]]\nname = "orders"\nregex = "YK-[0-9]{3}"\nplaceholder = "ORDER"\n',
        )
    )
    text = "佐藤様と鈴木様、YK-123、０３（０１２３）４５６７と03-0123-4568、203.0.113.9"
    with using(rules):
        assert redact(text) == "佐藤様と[NAME]様、[ORDER]、０３（０１２３）４５６７と[PHONE]、203.0.113.9"
    assert "203.0.113.9" not in redact(text)


def test_all_addresses_at_a_kept_domain_stay_and_no_others():
    with using(Rules(keep=("@fern.example",))):
        kept = "Write to support@fern.example, or orders@Fern.example."
        assert redact(kept) == kept
        for other in ("jo@mail.example", "jo@fern.example.org", "jo@notfern.example", "jo@x.fern.example"):
            assert redact(f"Write to {other}.") == "Write to [EMAIL]."


def test_a_kept_word_never_keeps_more_than_itself():
    with using(Rules(keep=("東京", "1234"))):
        assert redact("東京都港区見本1-2-3、090-0000-1234") == "[ADDRESS]、[PHONE]"


def test_rules_survive_the_way_to_a_child():
    rules = parsed(
        {
            "documents": True,
            "keep": ["窓口"],
            "off": ["ID"],
            "pattern": [{"name": "n", "regex": "a+", "placeholder": "A"}],
        },
        "here",
    )
    assert parsed(json.loads(json.dumps(rules.as_message())), "there") == rules
    assert rules.fingerprint != Rules().fingerprint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep = [", "is not TOML"),
        ("colour = 1", "`colour` is not known"),
        ("documents = 1", "`documents` must be true or false"),
        ("keep = '03'", "`keep` must be a list"),
        ('off = ["PHONES"]', "'PHONES', which is no kind"),
        ('[pattern]\nname = "a"', "two brackets"),
        ('[[pattern]]\nname = "a"', "pattern 1: `regex` is missing"),
        ('[[pattern]]\nname = "orders"\nregex = "("\nplaceholder = "A"', "pattern 1 (orders): `regex` '(' is no"),
        ('[[pattern]]\nname = "orders"\nregex = "a*"\nplaceholder = "A"', "matches the empty text"),
        ('[[pattern]]\nname = "orders"\nregex = "a"\nplaceholder = "order no"', "capital letters"),
        ('[[pattern]]\nname = "orders"\nregex = "a"\nplaceholder = "A"\nflag = 1', "`flag` is not known"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        load_rules(path)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"keep = ['\xff']")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_rules(tmp_path / "latin.toml")


def test_words_that_stand_where_names_do_are_kept():
    turns = [
        ("agent", "Is the mortgage in your name?"),
        ("customer", "Not payment"),
        ("agent", "Of course! I'm here. Name: Enter a name. A properly signed JSON Web Token is needed."),
    ]
    assert names_in(turns) == set()
    assert names_in([("agent", "May I have your name?"), ("customer", "crystal minh")]) >= {"crystal", "minh"}
    assert "Ann Miller" in names_in([("customer", "It was late.\nSigned Ann Miller")])


def test_what_stands_where_signers_do_is_kept():
    text = (
        "次のとおりです。\n福島駅\n営業部 山本町店へどうぞ。\nOrder 55120 parts, token bucket, secret-key-of-the-shop."
    )
    assert redact(text) == text


def test_a_known_part_of_a_name_tells_the_whole():
    turns = [("customer", "It is late. Jennifer Q. Kowalski"), ("agent", "Hi Jennifer, it left today.")]
    assert {"Jennifer Q. Kowalski", "Kowalski"} <= names_in(turns)
    turns = [("customer", "解約したいです。高橋健一"), ("agent", "高橋様、承ります。")]
    assert "高橋健一" in names_in(turns)


def test_the_department_of_somebody_is_no_name():
    turns = [("customer", "総務部 田村様\n鍵をなくしました。"), ("agent", "総務部の窓口で届けを書いてください。")]
    names = names_in(turns)
    assert "田村" in names
    assert not any("総務" in name for name in names)
    assert redact("総務部 田村様、介護課 松本 真理様") == "総務部 [NAME]様、介護課 [NAME]様"
    assert redact("長谷部 誠様、服部 花子様") == "[NAME]様、[NAME]様"
