"""What the lexical index matches: the words of a question, however they are written."""

import sys
import threading
from pathlib import Path

import pytest

from knowledge.language.analysis import Analyzer
from knowledge.language.languages import language

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サーバー", "サーバ"),
        ("ｷｬﾝｾﾙ", "キャンセル"),
        ("申し込み", "申込み"),
        ("返金しました", "返金する"),
        ("１０日", "10日"),
        ("Refunded", "refunds"),
        ("SHIPPING", "shipped"),
        ("コンビニ", "コンビニエンス"),
        ("サーバー", "servers"),
        ("ケトルのフィルター", "kettle filters"),
        ("フランス", "France"),
        ("ポスト（郵便）", "post 郵便"),
        ("ペイペイ", "PayPay"),
        ("ワイファイ", "WiFi"),
        ("アイフォンケース", "iPhone case"),
        ("ティーシャツ", "Tシャツ"),
        ("アマゾンペイ", "Amazon Pay"),
    ],
)
def test_two_spellings_of_a_word_are_one_term(one, other):
    assert ANALYZER.terms(one) == ANALYZER.terms(other)


def test_particles_and_polite_endings_are_left_out():
    assert ANALYZER.terms("商品の返品はできますか") == ["商品", "返品"]
    assert ANALYZER.terms("How do I return it?") == ["return"]


def test_a_number_goes_with_its_counter():
    assert ANALYZER.terms("3歳児") == ["3", "歳", "児"]
    assert "歳" in ANALYZER.terms("何歳から")  # is found in what says 3歳
    assert ANALYZER.terms("20才") == ANALYZER.terms("20歳")
    assert ANALYZER.terms("A4用紙") == ["a4", "用紙"]
    assert "e503" in ANALYZER.terms("E-503が出ます")


def test_mixed_text_keeps_its_words_in_order():
    assert ANALYZER.terms("iPhone用アプリをdownloadする") == ["iphon", "用", "applic", "download"]


def test_a_loan_word_whose_origin_says_nothing_stays_as_it_is():
    assert ANALYZER.terms("オンにする") == ["オン"]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("what does #REF! mean?", "#ref"),
        ("＃ＲＥＦ！エラー", "#ref"),
        ("#N/A", "#n/a"),
        ("セルに########と表示される", "##"),
        ("Is it written in C++?", "c++"),
        ("C#のサンプル", "c#"),
        ("the .NET runtime", ".net"),
        ("the % operator", "%"),
        ('"&" and (&&)', "&&"),
        ("a <= b", "<="),
        ("E-503が出る", "e503"),
        ("E503", "e503"),
        ("Err:502.", "err502"),
    ],
)
def test_names_with_signs_codes_and_signs_alone_are_terms(text, sign):
    assert sign in ANALYZER.terms(text)


@pytest.mark.parametrize(
    ("asked", "written", "shared"),
    [
        ("wifi", "Wi-Fi", {"wifi"}),
        ("email", "E-mail", {"email"}),
        ("preorder", "pre-orders", {"preorder"}),
        ("how do I login", "log in to your account", {"log"}),
        ("when is checkout", "You check out at 10.", {"check"}),
        ("signup", "sign-up", {"sign", "signup"}),
        ("ワイファイ", "Ｗｉ‐Ｆｉ", {"wifi"}),
    ],
)
def test_words_that_are_written_as_one_or_apart_are_found_either_way(asked, written, shared):
    assert set(ANALYZER.terms(asked)) & set(ANALYZER.terms(written)) == shared


def test_what_only_looks_like_a_name_or_a_verb_stays_as_it_is():
    assert ANALYZER.terms("インスタントコーヒー") == ["instant", "coffe"]
    assert ANALYZER.terms("scheckout payoff1 state-of-the-art") == ["scheckout", "payoff1", "state", "art"]


def test_signs_that_only_punctuate_are_no_terms():
    plain = "Up to 50% of R&D (see www.example.com, a@example.com) | File > Open ----- ===== 2024-01-05!"
    assert all(term.isalnum() for term in ANALYZER.terms(plain))


def test_no_term_holds_white_space():
    assert not any(set(" \t\n\u3000") & set(term) for term in ANALYZER.terms("a b　c\td\n返 品\u00a0x パソコン"))


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("返品できますか", "ja"),
        ("東京都", "ja"),
        ("iPhoneの充電", "ja"),
        ("How long does a refund take?", "en"),
        ("I love 東京 and its food very much", "en"),
        ("환불은 언제 되나요", "ko"),
        ("123 !?", "und"),
        ("", "und"),
    ],
)
def test_the_script_tells_the_language(text, lang):
    assert language(text) == lang


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what is mapped")
def test_thread_after_thread_and_analyser_after_analyser_map_the_dictionary_once():
    """MeCab unmaps no dictionary: a worker that makes both for each job had a thousand of them by the end of a day."""

    def mapped() -> int:
        return sum("sys.dic" in line for line in Path("/proc/self/maps").read_text().splitlines())

    said = []
    for number in range(12):
        thread = threading.Thread(target=lambda: said.append(Analyzer().terms("送料はいくらですか")))
        thread.start()
        thread.join()
        if not number:
            first = mapped()
    assert len(said) == 12
    assert all(terms == said[0] for terms in said)
    assert mapped() == first
