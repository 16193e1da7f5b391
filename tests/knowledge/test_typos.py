"""Mistyped words of questions, put right where the passages have what was meant."""

import pytest
from small_faqs import knowledge_of

from knowledge.embedder import Embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.language.typos import MOST, Typos, is_word, slips
from knowledge.searching import retrieval

ANALYZER = Analyzer()
HELD = {
    "receive": 3, "address": 5, "delivery": 4, "cancel": 2, "order": 9, "older": 20, "account": 3, "amount": 8,
    "humidifier": 2, "flash": 4, "zero": 3, "membership": 1, "banks": 2, "separate": 1, "latter": 2,
    "plate": 1, "planet": 9,
}  # fmt: skip


@pytest.fixture(scope="module")
def typos() -> Typos:
    held = {ANALYZER.name(word)[0]: passages for word, passages in HELD.items()}
    return Typos(ANALYZER, lambda term: held.get(term, 0))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I did not recieve it", "I did not receive it"),  # two letters changed places
        ("Adress of the shop", "address of the shop"),  # one is missing, at the beginning of a sentence
        ("when is my delivry", "when is my delivery"),
        ("how to canccel", "how to cancel"),  # typed twice
        ("my odrer", "my order"),
        ("my acount", "my account"),
        ("a plaet", "a plate"),  # more likely than planet, which more passages hold
        ("a humidifer", "a humidifier"),  # what the list of words does not have
        ("a seperate parcel", "a separate parcel"),  # another vowel
        ("cancek it", "cancel it"),  # the neighbour on the keyboard
        ("DELIVRY DATE", "delivery DATE"),
        ("送料と delivry は？", "送料と delivery は？"),
        ("delivryの日", "deliveryの日"),
    ],
)
def test_what_one_slip_turns_into_a_word_that_passages_hold_is_put_right(typos: Typos, typed: str, meant: str) -> None:
    assert typos.mended(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "a flask, to bake it, dont, cant, the cancelled orders",  # words that passages lack are none that are mistyped
        "the receiver receives deliveries",
        "does it work with Ordr",  # a name
        "later",  # and not the latter
        "können delivré",  # letters of other languages
        "ordre kdaj bom prejel paket",  # another language, of which one word is nearly ours
        "ordr-1234, a@adress.example, adress.example, /adress, adress_2, the_adress",
        "ordeeeer",
        "odr",
        "解約したい",
        "",
        "bnke",  # "banke" begins as "banks" does, and is no word
    ],
)
def test_other_words_stay_as_they_are(typos: Typos, question: str) -> None:
    assert typos.mended(question) == question


def test_a_long_text_stays_as_it_is(typos: Typos) -> None:
    text = "recieve " * (MOST // 8 + 1)
    assert typos.mended(text) == text


def test_a_slip_leaves_the_first_letter() -> None:
    assert all(meant.startswith("d") for meant in slips("delivry"))
    assert "delivery" in slips("delivry")
    assert "delivry" not in slips("delivry")


@pytest.mark.parametrize(("text", "known"), [("cancelled", True), ("parties", True), ("delivry", False), ("", False)])
def test_words_are_known_with_their_endings(text: str, known: bool) -> None:
    assert is_word(text) is known


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Generation:
    faq = {
        "How do I change my delivery address?": "Open your order and choose Change address.",
        "Can I cancel my membership?": "Yes, at any time, on the page Membership.",
        "How do I clean the humidifier?": "With warm water, once a week.",
        "Do you have a branch in Osaka?": "Yes, in Umeda.",
    }
    return knowledge_of(tmp_path_factory.mktemp("typos"), faq.items(), embedder, ANALYZER)


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("wrong delivry adress", "How do I change my delivery address?"),
        ("cancle membershp", "Can I cancel my membership?"),
        ("humidifer cleening", "How do I clean the humidifier?"),
    ],
)
def test_a_mistyped_question_finds_what_it_means_and_is_sure(
    knowledge: Generation, embedder: Embedder, question: str, means: str
) -> None:
    found = retrieval.search(knowledge, embedder, question)
    assert found.hits[0].passage.question == means
    assert found.confidence >= 0.5
    assert found.question != question
