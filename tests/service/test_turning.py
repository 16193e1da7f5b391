"""A short message goes on with what was said before, or turns to another matter."""

import re
from collections.abc import Mapping

import pytest
from fakes import hit, passage
from test_answering import SETTINGS, answer

from knowledge.filters import Filters
from knowledge.language.languages import language
from knowledge.passages import Found, Passage
from service.answering.answerer import Answerer
from service.answering.passages.turning import as_told, is_of_another, spoken_of, tells_more, turns
from service.answers import Turn

INSTALMENTS = passage("In three instalments, at no charge.", "Can I pay in instalments?")
SCHOLARSHIPS = passage("The bursary is £2,000 a year.", "Do you offer scholarships?")
ROOMS = passage("A room in halls is £138 a week.", "How much is a room?")
GUARANTEE = passage("First-year students are guaranteed a room.", "Is accommodation guaranteed?")
INTO = passage("MNP予約番号をご入力ください。", "他社から乗り換えたい")
OUT = passage("MNP予約番号は無料で、期限は15日です。", "他社へ乗り換えたい")
PAID = [Turn("user", "Can I pay in instalments?"), Turn("assistant", "In three instalments [1].")]


def found(*passages: Passage, confidence: float = 0.95, step: float = 1.0) -> Found:
    hits = tuple(hit(each, 5.0 - step * number) for number, each in enumerate(passages))
    return Found(hits, confidence, "en", "generation-1")


NOTHING = found(confidence=0.1)


class BookFinder:
    """Finds what is written for the first pattern that a question matches."""

    def __init__(self, book: Mapping[str, Found]) -> None:
        self.book = book
        self.questions: list[str] = []

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        self.questions.append(question)
        those = next((those for pattern, those in self.book.items() if re.search(pattern, question)), NOTHING)
        return Found(those.hits, those.confidence, language(question), those.generation, question=question)


ABOUT_BOTH = {
    r"instalments.*\n.*scholarships": found(INSTALMENTS, SCHOLARSHIPS, confidence=1.0, step=2.0),
    "scholarships": found(SCHOLARSHIPS, INSTALMENTS),
}


async def test_a_question_of_its_own_is_answered_however_short_it_is():
    asked = Answerer(BookFinder(ABOUT_BOTH), None, SETTINGS)
    said = await answer(asked, "Are there any scholarships for me?", *PAID)
    assert said.text.startswith("The bursary")


def test_it_turns_only_where_the_first_of_both_says_nothing_of_it():
    alone, joined = found(SCHOLARSHIPS, INSTALMENTS), found(INSTALMENTS, SCHOLARSHIPS)
    assert turns("Are there any scholarships?", alone, joined)
    assert turns("And scholarships?", alone, joined)
    assert not turns("And in three?", alone, joined)  # says nothing of its own
    near = found(INSTALMENTS, SCHOLARSHIPS, step=1.0)
    assert turns("Do they offer scholarships?", alone, near)
    assert not turns("Do they offer scholarships?", alone, found(INSTALMENTS, SCHOLARSHIPS, step=3.0))  # points back
    assert not turns("Are there any scholarships?", alone, found(SCHOLARSHIPS))
    assert not turns("Are there any scholarships?", alone, found(INSTALMENTS))  # not found with it


@pytest.mark.parametrize(
    ("message", "spoken"),
    [
        ("And in Malta?", 0.0),
        ("Can I pay by cheque?", 0.0),  # to pay is not said there; any question may have "can"
        ("And the bursary for foreign students?", 1 / 3),
        ("How much is it?", 1.0),  # the price that is asked for is told
        ("And how long do I have to wait for it?", 1.0),  # says nothing of its own
        ("Which bursary is the longest in time?", 0.5),  # of two words one
        ("2人だと？", 1.0),
        ("海外は？", 0.0),
    ],
)
def test_how_much_of_a_message_a_passage_speaks_of(message: str, spoken: float):
    assert spoken_of(message, SCHOLARSHIPS) == pytest.approx(spoken)


def test_what_tells_the_kind_of_thing_that_is_asked_for_may_still_be_of_another_matter():
    charging = passage("An empty battery needs five hours.", "How long does charging take?")
    assert spoken_of("How long does the battery keep its guarantee?", charging) == 0.5
    assert spoken_of("And what colours?", passage("They are red or blue.", "Which lamps are there?")) == 1.0


def test_one_kanji_is_held_in_any_word():
    assert spoken_of("豆の場合は？", passage("豆類は0.8Lまでです。", "圧力鍋の容量は")) == 1.0


@pytest.mark.parametrize(
    ("message", "doubted"), [("And in Malta?", True), ("And in three?", False), ("How much is the charge?", False)]
)
async def test_what_says_nothing_of_the_message_is_quoted_with_doubt(message: str, doubted: bool):
    book = {r"\n": found(INSTALMENTS, confidence=0.99), "instalments": found(INSTALMENTS)}
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), message, *PAID)
    assert "In three instalments" in said.text
    assert said.text.startswith("I am not sure") is doubted


async def test_where_the_price_is_not_of_what_was_spoken_of_before_it_is_of_what_is_named():
    book = {"guaranteed": found(GUARANTEE, ROOMS, step=2.0), "room": found(ROOMS, GUARANTEE)}
    history = [Turn("user", "Is accommodation guaranteed for doctors?"), Turn("assistant", "For some [1].")]
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), "How much is a room?", *history)
    assert "£138" in said.text
    again = await answer(Answerer(BookFinder(book), None, SETTINGS), "How much is it?", *history)
    assert again.outcome == "refused"


async def test_what_was_said_before_settles_which_of_two_is_meant():
    book = {
        r"eSIM.*\n": found(INTO, OUT, confidence=0.99, step=2.0),
        "予約番号": found(OUT, INTO, step=0.1),
        "eSIM": found(INTO),
    }
    history = [Turn("user", "eSIMで他社から乗り換えたいんだけど申し込みは"), Turn("assistant", "はい。")]
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), "予約番号の残りが5日でも申し込み可能か", *history)
    assert said.text.startswith("MNP予約番号をご入力")


def test_of_two_as_good_the_one_that_was_quoted_last_is_pointed_to():
    history = [Turn("user", "予約番号の期限は"), Turn("assistant", "MNP予約番号は無料で、期限は15日です[1]。")]
    both = found(INTO, OUT, step=0.2)
    assert as_told("それも無料ですか", both, history).hits[0].passage is OUT
    assert as_told("予約番号の入力は", both, history).hits[0].passage is INTO
    assert as_told("それも無料ですか", found(INTO, OUT, step=2.0), history).hits[0].passage is INTO


async def test_so_it_is_quoted_again_to_who_points_to_it():
    book = {"期限.*\n": found(INTO, OUT, step=0.2)}
    history = [Turn("user", "予約番号の期限は"), Turn("assistant", "MNP予約番号は無料で、期限は15日です[1]。")]
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), "それはどういうことですか", *history)
    assert said.text.startswith("MNP予約番号は無料で")


async def test_a_doubtful_message_is_looked_up_with_what_was_said_before():
    book = {
        r"close.*\n": found(passage("Unpaid cashback is lost.", "How do I close my account?")),
        "cashback": found(ROOMS, confidence=0.6),
        "close": found(ROOMS),
    }
    history = [Turn("user", "I would like to close my account"), Turn("assistant", "In the app [1].")]
    said = await answer(
        Answerer(BookFinder(book), None, SETTINGS), "what happens to all unpaid cashback earned", *history
    )
    assert said.text.startswith("Unpaid cashback")


async def test_after_thanks_a_question_of_its_own_stands_alone():
    both = {r"\n": found(INSTALMENTS, confidence=1.0), "scholarship": found(SCHOLARSHIPS)}
    finder = BookFinder(both)
    said = await answer(Answerer(finder, None, SETTINGS), "Thank you! Do you have a scholarship?", *PAID)
    assert said.text.startswith("The bursary")
    assert finder.questions == ["Do you have a scholarship?"]


async def test_a_correction_is_searched_without_what_it_corrects():
    finder = BookFinder({"": found(ROOMS)})
    await answer(Answerer(finder, None, SETTINGS), "No, I meant the deadline for it", *PAID)
    assert finder.questions == ["the deadline for it", "Can I pay in instalments?\nthe deadline for it"]


@pytest.mark.parametrize("message", ["Is there a student discount?", "学割はありますか", "明日の天気は何ですか"])
async def test_a_question_that_finds_nothing_is_not_answered_with_the_answer_before(message: str):
    book = {r"\n": found(INSTALMENTS, confidence=0.99), "instalments": found(INSTALMENTS)}
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), message, *PAID)
    assert (said.outcome, said.reason) == ("refused", "missing_knowledge")


@pytest.mark.parametrize("message", ["And in four?", "How much does it cost?", "Is there a charge?"])
async def test_one_that_leans_on_it_or_is_spoken_of_there_is(message: str):
    book = {r"\n": found(INSTALMENTS, confidence=0.99), "instalments": found(INSTALMENTS)}
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), message, *PAID)
    assert said.outcome == "answered"


@pytest.mark.parametrize(
    ("message", "another"),
    [
        ("can he have breakfast on the morning of it", True),  # three things, and the passage tells none of them
        ("is it ok to pay the bursary back", False),
        ("and for kids?", False),  # one thing alone may be called otherwise
        ("how long is that?", False),
    ],
)
def test_who_says_several_things_that_are_not_spoken_of_there_means_another_matter(message: str, another: bool):
    assert is_of_another(message, found(SCHOLARSHIPS)) is another


async def test_a_message_that_points_back_and_says_several_other_things_is_not_answered_with_the_answer_before():
    book = {r"\n": found(INSTALMENTS, confidence=0.99), "instalments": found(INSTALMENTS)}
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), "can he have breakfast that morning", *PAID)
    assert said.outcome == "refused"


async def test_a_question_of_its_own_that_shares_a_word_is_not_answered_with_the_answer_before():
    asked = "May children under ten pay for rabbits in zoos?"  # to pay is spoken of there, and nothing else
    book = {r"\n": found(INSTALMENTS, confidence=0.99), "instalments": found(INSTALMENTS), "rabbits": NOTHING}
    said = await answer(Answerer(BookFinder(book), None, SETTINGS), asked, *PAID)
    assert said.outcome == "refused"


def test_a_question_of_its_own_goes_on_only_where_more_of_it_is_told_with_what_was_said_before():
    closing = found(passage("Unpaid cashback is lost.", "How do I close my account?"))
    asked = "what happens to unpaid cashback"
    assert tells_more(asked, found(ROOMS), closing)
    assert not tells_more(asked, closing, closing)
    assert not tells_more(asked, found(ROOMS), found(passage("Cashback comes monthly.", "When does it come?")))
