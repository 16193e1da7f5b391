"""The search of a desk of a few dozen passages, whose customers have other words than its own."""

from dataclasses import replace

import pytest
from small_faqs import knowledge_of

from knowledge.confidence import AmongFew, few_across_calibration, few_calibration
from knowledge.embedder import Embedder
from knowledge.index import lexical
from knowledge.index.background import Background
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.language.translations import otherwise
from knowledge.passages import Found
from knowledge.searching import retrieval, scoring

CLOSING = "How do I close my account?"
MATS = "Do you have yoga?"
DESK = [
    ("料金はいくらですか", "チームは月1980円（3名まで）、ビジネスは月5980円（10名まで）です。"),
    ("解約したい", "「設定」→「アカウント」→「解約」から手続きできます。データは90日間保管したあと消去します。"),
    ("請求書を消したい", "下書きは削除できます。送付済みの請求書は「無効」にしかできず、番号は残ります。"),
    ("印鑑を入れられますか", "「設定」→「社印」に登録すると、会社名の右に重ねて表示されます。"),
    ("納品書は作れますか", "はい。見積書か請求書から「納品書を作成」を選んでください。"),
    ("パスワードを忘れました", "ログイン画面の「パスワードを忘れた方」を押してください。"),
    ("How much does it cost?", "Team: ¥1980 a month with 3 seats. Business: ¥5980 a month with 10 seats."),
    (CLOSING, "Settings > Account > Close account. Your data are kept for 90 days and then erased."),
    ("How do I delete an invoice?", "Drafts can be deleted. An invoice that has been sent can only be voided."),
    ("Do you have an API?", "Yes, on the Business plan. The limit is 120 requests a minute."),
    ("I forgot my password", "Click Forgot password on the sign-in page."),
    ("Where are my data stored?", "In data centres in Tokyo and Osaka. Backups are kept for 35 days."),
]
GYM = [
    ("Can I bring a friend?", "Members can buy a guest pass for £7. Guests must be 16 and bring photo ID."),
    (MATS, "We have vinyasa, yin and hot yoga. Mats are provided. Hot yoga is at Riverside only."),
    ("Do you have showers?", "All clubs have showers with shower gel. Please bring your own shampoo."),
    ("Are there lockers?", "Yes, in all changing rooms. Bring your own padlock, or buy one at reception."),
    ("Do you have a pool?", "Riverside and Northgate have a 25 m pool. It is kept at 28 °C."),
    ("Is parking available?", "Northgate has free parking for two hours."),
    ("Do you sell food?", "The bar at each club sells shakes, coffee and snacks."),
    ("Can I freeze my membership?", "Yes, for one to three months a year, at £5 a month."),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Generation:
    return knowledge_of(tmp_path_factory.mktemp("desk"), DESK, embedder, Analyzer())


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Generation:
    return knowledge_of(tmp_path_factory.mktemp("gym"), GYM, embedder, Analyzer())


def first(found: Found) -> str | None:
    return found.hits[0].passage.question


def test_a_word_that_no_passage_holds_is_searched_for_as_what_else_it_is_called(desk, monkeypatch):
    rows, shares = desk.by_words("ハンコ", 5)
    assert [desk.passage(row).question for row in rows.tolist()] == ["印鑑を入れられますか"]
    assert shares[0] < 1, "another word says a little less than the word itself"
    monkeypatch.setattr(lexical, "DESK", 0)
    assert not len(desk.by_words("ハンコ", 5)[0]), "thousands of passages hold the word itself"


def test_a_word_that_passages_hold_counts_for_more_than_others_for_the_same(tmp_path, embedder):
    pairs = [("印鑑を入れられますか", "社名の右に出ます。"), ("判子はいりますか", "いりません。"), *DESK[:3]]
    held = knowledge_of(tmp_path, pairs, embedder, Analyzer())
    rows, shares = held.by_words("判子", 5)
    assert [held.passage(row).question for row in rows.tolist()] == ["判子はいりますか", "印鑑を入れられますか"]
    assert shares[0] > 2 * shares[1]


def test_only_what_shares_a_usual_name_is_taken_for_the_same():
    assert ("印鑑",) in otherwise("判子", "ja")
    assert ("smartphon",) in otherwise("スマホ", "ja"), "as passages that say スマートフォン have it"
    assert ("公園",) not in otherwise("止める", "ja"), "to park is none of its usual senses"
    assert otherwise("no such word", "en") == ()


def test_what_tells_the_same_numbers_in_the_customers_language_comes_first(desk, embedder, monkeypatch):
    assert first(retrieval.search(desk, embedder, "want to cancel")) == CLOSING
    monkeypatch.setattr(Background, "unusual", lambda _, rows, vectors: vectors)
    assert first(retrieval.search(desk, embedder, "want to cancel")) == "解約したい", "hubs are near to everything"


@pytest.mark.parametrize(
    ("other", "without"), [("LINES_CLOSE", 0.0), ("COVERAGE_OF_FEW", {})], ids=["a word", "a sentence"]
)
def test_among_few_passages_a_word_or_a_sentence_that_one_of_them_has_decides(
    gym, embedder, monkeypatch, other, without
):
    question = "do i have to bring my own mat"
    monkeypatch.setattr(scoring, other, without)
    assert first(retrieval.search(gym, embedder, question)) == MATS, "by the one that is left"
    monkeypatch.setattr(scoring, "LINES_CLOSE", 0.0)
    monkeypatch.setattr(scoring, "COVERAGE_OF_FEW", {})
    assert first(retrieval.search(gym, embedder, question)) != MATS


@pytest.mark.parametrize("question", ["do you have a sauna", "do you have a creche", "can i bring my dog"])
def test_what_a_small_desk_does_not_have_is_not_told_by_what_is_like_it(gym, embedder, question):
    found = retrieval.search(gym, embedder, question)
    assert found.seen.among_few.otherwise >= 0.5 > found.confidence


@pytest.mark.parametrize("question", ["do i have to bring my own mat", "is food sold"])
def test_what_a_sentence_of_a_small_desk_says_is_answered(gym, embedder, question):
    assert retrieval.search(gym, embedder, question).confidence >= 0.75


def test_the_fewer_the_passages_the_more_their_own_weights_say():
    ours = few_calibration("bilingual-e5-small", "ja")
    seen = AmongFew(few=0.9, otherwise=0.9, line=0.6, held=0.2, terms=4)
    assert ours.confidence(replace(seen, few=0.0)) == pytest.approx(0.9)
    assert 0.9 > ours.confidence(replace(seen, few=0.4)) > ours.confidence(seen)
    assert ours.confidence(replace(seen, line=0.64)) > ours.confidence(seen)
    assert ours.confidence(replace(seen, held=0.9)) > ours.confidence(seen)
    assert few_calibration("another model", "ja") is None


def test_few_passages_in_another_language_make_a_doubtful_answer_of_a_refusal_and_no_sure_one():
    across = few_across_calibration("bilingual-e5-small")
    assert across.confidence(0.07, 0.9, 0.7) > 0.5 > across.confidence(0.07, 0.9, 0.3)
    assert across.confidence(0.45, 1.0, 1.0) < 0.75
    assert across.confidence(0.9, 1.0, 1.0) == pytest.approx(0.9)
    assert few_across_calibration("another model") is None
