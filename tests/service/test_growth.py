"""However odd a message or a model's answer is, the time that it takes grows as its length does, no faster."""

import time
from dataclasses import replace

import pytest

from service.answering.checking.facts import facts
from service.answering.checking.grounding import Grounding
from service.answering.messages.courtesies import without_courtesies
from service.answering.passages.choosing import best_hit
from service.answering.prompting.prompts import harmless
from service.answering.texts.inert import inert
from tests.fakes import FakeFinder, hit

LONG = 40_000  # characters: what grows with the square of it takes minutes
ENOUGH_S = 20.0  # of the processor; all of these take less than one
HITS = [hit(passage) for passage in FakeFinder().passages]
ODD = [
    "返品" + " " * LONG + "(",
    "返品" + "\n" * LONG + "円？",
    "⑳" * (LONG // 2),  # two digits each
    "1,000" * (LONG // 5),
    "5%" * (LONG // 2),
    "ﬁ" * (LONG // 2),  # two letters each
    "a-" * (LONG // 2),
    "A b " * (LONG // 4),
    "Mr. " * (LONG // 4),
    "your " + "\n" * LONG + " been ",
]


@pytest.fixture
def quick():
    """The test is to take little of the processor."""
    began = time.process_time()
    yield
    assert time.process_time() - began < ENOUGH_S


@pytest.mark.parametrize("message", ODD, ids=lambda message: ascii(message[:6]))
def test_a_message_takes_time_as_it_is_long(message, quick):
    without_courtesies(message)
    facts(message)
    best_hit(message, HITS)


@pytest.mark.parametrize("answer", ["\u3000" * LONG, *ODD], ids=lambda answer: ascii(answer[:6]))
def test_an_answer_takes_time_as_it_is_long(answer, quick):
    ground = Grounding("返品はいつまでできますか?", HITS, "ja")
    for start in range(0, len(answer), 40):  # as a stream brings it
        ground.feed(answer[start : start + 40])
    ground.end()


@pytest.mark.parametrize("text", ["![" * LONG, "system" + " " * LONG, "<a " * LONG])
def test_text_is_made_harmless_in_time_as_it_is_long(text, quick):
    assert "![" not in inert(text)
    harmless(text)


@pytest.mark.parametrize("digits", ["令和" + "⑳" * 3_000 + "年", "〇" * 5_000 + "円", "[" + "1" * 5_000 + "]です。"])
def test_numbers_may_be_longer_than_python_reads(digits):
    told = replace(HITS[0], passage=replace(HITS[0].passage, text=digits))
    ground = Grounding(digits, [told], "ja")
    shown = ground.feed(f"返品は30日以内です[1]。{digits}") + ground.end()
    assert digits not in shown or digits in told.passage.text


def test_numbers_in_kanji_are_read_as_before():
    assert facts("電話は〇三一二です。") == replace(facts("電話は312です。"), text="電話は〇三一二です。")
    assert ("120", "yen") in facts("百二十円").numbers
    assert ("2025", "year") in facts("令和7年").numbers
