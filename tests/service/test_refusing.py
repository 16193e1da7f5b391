"""What comes near to a question that no document answers is named, to be chosen from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import FakeFinder, FakeModel, hit, passage
from test_answering import SETTINGS, answer

from knowledge.passages import Found
from service.answering.answerer import Answerer, done
from service.answering.passages.choosing import NEAR, RATHER_NEAR, SHARED, nearest
from service.answers import Turn

KETTLE = [
    passage("From 50 to 100 degrees.", "What temperatures can I set on the kettle?"),
    passage("With citric acid.", "How do I descale the kettle?", source="care.csv"),
    passage("It rests on its base.", source="manual.pdf", title="Kettle: manual", headings=("Before you begin",)),
    passage("お客様は使えるとのことでした。", "ケトルは船で使えますか", source="log.jsonl", kind="log"),
    passage("50℃から100℃です。", "ケトルの温度は何度ですか", source="ja.csv"),
]
LISTED = [
    "1. What temperatures can I set on the kettle?",
    "2. How do I descale the kettle?",
    "3. Kettle: manual > Before you begin",
]


async def test_a_refusal_names_what_comes_near_and_its_number_asks_it():
    finder = FakeFinder(*KETTLE)
    unsure = Answerer(FakeFinder(*KETTLE, confidence=0.3), None, SETTINGS)
    asked = "Can I use the kettle on a boat?"
    refused = await answer(unsure, asked)
    assert (refused.outcome, refused.reason, refused.citations) == ("refused", "missing_knowledge", ())
    assert refused.text.startswith("I am sorry")
    assert refused.text.splitlines()[-3:] == LISTED
    before = Turn("user", asked), Turn("assistant", refused.text, outcome="refused")
    assert (await answer(Answerer(finder, None, SETTINGS), "2", *before)).outcome == "answered"
    assert finder.questions == ["How do I descale the kettle?"]


async def test_what_is_named_harms_no_client():
    evil = passage("From 50 degrees.", "Can I heat <script>alert(1)</script> in the kettle?")
    said = await answer(Answerer(FakeFinder(evil, confidence=0.3), None, SETTINGS), "Can I use the kettle on a boat?")
    assert "<script" not in said.text
    assert said.text.endswith("in the kettle?")


async def test_an_agents_draft_names_nothing():
    finder = FakeFinder(*KETTLE, confidence=0.3)
    events = Answerer(finder, None, SETTINGS).stream("Can I use the kettle on a boat?", for_staff=True)
    assert "descale" not in (await done(events)).answer.text


async def test_a_model_that_knows_no_answer_leaves_what_comes_near():
    model = FakeModel("It takes 2,400 watts [1].")
    said = await answer(Answerer(FakeFinder(*KETTLE), model, SETTINGS), "How many watts does the kettle use?")
    assert said.outcome == "refused"
    assert "2,400" not in said.text
    assert said.text.splitlines()[-3:] == LISTED


@pytest.mark.parametrize(
    ("confidence", "lexical", "names"),
    [(NEAR, SHARED, 3), (NEAR, SHARED / 2, 0), (RATHER_NEAR, 0.0, 3), (NEAR / 2, 1.0, 0)],
)
def test_what_is_about_something_else_is_not_named(confidence: float, lexical: float, names: int):
    hits = tuple(replace(hit(each), lexical=lexical) for each in KETTLE)
    assert len(nearest(Found(hits, confidence, "en", "generation-1"), "en")) == names


def test_what_is_named_is_in_the_customers_language_and_no_conversation():
    found = Found(tuple(map(hit, KETTLE)), 0.3, "ja", "generation-1")
    assert nearest(found, "ja") == {5: "ケトルの温度は何度ですか"}
