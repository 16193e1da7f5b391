"""Questions in kana alone, as the words of a knowledge base are spelled."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from small_faqs import knowledge_of

from knowledge.embedder import Embedder
from knowledge.index.store import Generation
from knowledge.language import kana
from knowledge.language.analysis import Analyzer
from knowledge.language.kana import Spelling
from knowledge.passages import Passage
from knowledge.searching import retrieval

ANALYZER = Analyzer()
FAQ = {
    "在宅勤務は週に何回までできますか": "週に三回までです。前日までに上長に届けてください。",
    "有給休暇はいつまでに申請しますか": "三日前までに申請してください。",
    "社員食堂は何時からですか": "11時30分からです。",
    "健康診断の予約を変えたいのですが": "総務に電話してください。",
    "講演会の申し込みはどこでしますか": "社内の掲示板から申し込めます。",
    "ロウリュは何時からですか": "毎時ちょうどからです。",
    "駐車場はありますか": "地下にあります。",
}


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Generation:
    return knowledge_of(tmp_path_factory.mktemp("kana"), FAQ.items(), embedder, ANALYZER)


def passage(text: str) -> Passage:
    return Passage("p", "d", "document", "default", "ja", "a.md", "a", text)


def spelling(holding: Callable[[str], int]) -> Spelling:
    return Spelling(ANALYZER, holding, ANALYZER.terms)


def all_held(_: str) -> int:
    return 1


@pytest.mark.parametrize(
    ("question", "is_wanted"),
    [
        ("ざいたくきんむはしゅうなんかいまで？", True),
        ("ごみの だしかたを おしえて ください", True),
        ("アプリのかいやく", True),
        ("在宅きんむはしゅう何回まで？", True),  # the dictionary makes しゅっ of it
        ("在宅勤務はどうすればできますか？", False),
        ("プールは？", False),
        ("VPN ない", False),
        ("How many days?", False),
        ("", False),
        ("ちゅうしゃじょう" * 50, False),
    ],
)
def test_a_question_is_spelled_that_has_no_kanji_or_words_in_hiragana_that_nobody_knows(
    question: str, is_wanted: bool
) -> None:
    held = {"勤務", "在宅", "どう", "為る"}
    assert spelling(lambda term: term in held).is_wanted(question) is is_wanted


@pytest.mark.parametrize(
    ("question", "as_spelled"),
    [
        ("りょうきんはいくらですか", "料金はいくらですか"),
        ("ごみの だしかたを おしえて ください", "ゴミの 出し方を おしえて ください"),
        ("よぼうせっしゅはどこでできますか？", "予防接種はどこでできますか？"),
        ("ぷりんたーがつながらない", "プリンターが繋がらない"),
        ("トイレつまった", "トイレ詰まった"),  # and not 妻
        ("アプリのかいやくほうほう", "アプリの解約方法"),
        ("へんこうしていますか", "変更していますか"),  # していますか holds 指定, but grammar costs less
    ],
)
def test_words_are_spelled_as_the_list_has_them_and_grammar_stays(question: str, as_spelled: str) -> None:
    assert spelling(all_held).written(question) == as_spelled


def test_of_words_that_sound_the_same_the_one_that_most_passages_hold_is_meant() -> None:
    held = {"公園": 3, "講演": 1}
    assert spelling(lambda term: held.get(term, 0)).written("こうえんはどこ") == "公園はどこ"
    held["講演"] = 5
    assert spelling(lambda term: held.get(term, 0)).written("こうえんはどこ") == "講演はどこ"


def test_a_word_does_not_end_before_what_begins_none() -> None:
    only_wife = spelling(lambda term: int(term == "妻"))
    assert only_wife.written("トイレつまった") == "トイレつまった"
    assert only_wife.written("つまってだれ") == "妻ってだれ"


def test_words_that_no_passage_holds_are_left_in_kana() -> None:
    assert spelling(lambda term: 0).written("りょうきんはいくら") == "りょうきんはいくら"


def test_words_of_passages_that_are_near_come_before_those_of_the_list() -> None:
    spelled = spelling(all_held)
    near = [passage("横浜店のロウリュは毎時ちょうどからです。"), passage("公演は三日です。")]
    assert spelled.written("よこはまてんのろうりゅはいつ", near) == "横浜店のロウリュはいつ"
    assert spelled.written("こうえんはいつ", near) == "公演はいつ"


def test_readings_of_nouns_alone_and_together() -> None:
    assert list(ANALYZER.readings("ＩＤと在宅勤務手当の規程を読む。")) == [
        ("在宅", "ざいたく"),
        ("在宅勤務", "ざいたくきんむ"),
        ("勤務", "きんむ"),
        ("在宅勤務手当", "ざいたくきんむてあて"),
        ("勤務手当", "きんむてあて"),
        ("手当", "てあて"),
        ("規程", "きてい"),
    ]


def test_a_text_is_read_aloud_with_what_is_not_japanese_as_it_stands() -> None:
    read = list(ANALYZER.read_aloud("VPNの設定、プリンターも: OK?"))
    assert "".join(reading or word for word, reading, _ in read) == "VPNのせってい、ぷりんたーも: OK?"
    assert [word for word, _, is_noun in read if is_noun] == ["設定", "プリンター"]


def test_words_that_say_something_and_are_in_hiragana_alone() -> None:
    assert ANALYZER.in_hiragana("ＩＤのてつづきを、すぐに行いたいのですが") == ["てつづき", "すぐ"]


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("ざいたくきんむってしゅうなんかい？", "在宅勤務は週に何回までできますか"),
        ("ゆうきゅうきゅうかはいつまでに？", "有給休暇はいつまでに申請しますか"),
        ("しゃいんしょくどうはなんじから", "社員食堂は何時からですか"),
        ("けんこうしんだんのよやくをかえたい", "健康診断の予約を変えたいのですが"),
        ("こうえんかいのもうしこみは", "講演会の申し込みはどこでしますか"),
        ("ろうりゅってなんじから", "ロウリュは何時からですか"),
        ("ちゅうしゃじょうはあるの", "駐車場はありますか"),
        ("社員しょくどうは何時から", "社員食堂は何時からですか"),
        ("けんこう診断の予約をかえたい", "健康診断の予約を変えたいのですが"),
    ],
)
def test_a_question_in_kana_finds_what_it_means_and_is_sure(
    knowledge: Generation, embedder: Embedder, question: str, means: str
) -> None:
    found = retrieval.search(knowledge, embedder, question)
    assert found.hits[0].passage.question == means
    assert found.confidence >= 0.5


def test_a_question_in_kana_on_another_subject_is_not_sure(knowledge: Generation, embedder: Embedder) -> None:
    assert retrieval.search(knowledge, embedder, "きょうのてんきはどうですか").confidence < 0.5


def test_questions_whose_words_are_known_are_searched_for_as_they_stand(
    knowledge: Generation, embedder: Embedder
) -> None:
    for question in ("在宅勤務は週に何回できますか？", "Is there parking?"):
        assert retrieval.search(knowledge, embedder, question).question == question


def test_after_another_question_the_one_in_kana_is_told_alone(knowledge: Generation, embedder: Embedder) -> None:
    found = retrieval.search(knowledge, embedder, "なんかいまで", history=("在宅勤務について教えてください",))
    assert found.question == "何回まで"
    assert found.hits[0].passage.question == "在宅勤務は週に何回までできますか"


def test_the_list_is_in_order_and_in_hiragana() -> None:
    lines = Path(kana.LIST).read_text("utf-8").splitlines()
    readings = [line.split("\t")[0] for line in lines]
    assert readings == sorted(set(readings))
    assert all(re.fullmatch("[ぁ-ゖー]+", reading) for reading in readings)
    spelled = [reading for reading, words in kana.readings().items() if words]
    assert all(kana.SHORT <= len(reading) <= kana.LONGEST for reading in spelled), max(spelled, key=len)
