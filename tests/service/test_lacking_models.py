"""What only a model could have done, and it failed or was not paid for: a person takes over, and is told why."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel, broken, passage

from service.answering.answerer import EXTRACTIVE, Answerer, done
from service.answers import Answer, Reason, Turn
from service.settings import ServiceSettings

SETTINGS = ServiceSettings(_env_file=None)
BEFORE = (Turn("user", "返品はできますか"), Turn("assistant", "はい。"))
LEANING = "それはいくら?"


async def answer(answerer: Answerer, question: str, *history: Turn, model: str | None = None,
                 lacking: Reason | None = None) -> Answer:  # fmt: skip
    return (await done(answerer.stream(question, history, model=model, lacking=lacking))).answer


async def test_a_follow_up_that_a_model_failed_to_understand_goes_to_a_person():
    said = await answer(Answerer(FakeFinder(confidence=0.1), FakeModel(broken()), SETTINGS), LEANING, *BEFORE)
    assert (said.outcome, said.reason) == ("handoff", "model_failure")
    assert "担当者" in said.text


async def test_a_follow_up_that_no_model_may_understand_any_more_goes_to_a_person():
    answerer = Answerer(FakeFinder(confidence=0.1), FakeModel("返品"), SETTINGS)
    said = await answer(answerer, LEANING, *BEFORE, model=EXTRACTIVE, lacking="usage_limit")
    assert (said.outcome, said.reason) == ("handoff", "usage_limit")


@pytest.mark.parametrize("history", [(), BEFORE], ids=["alone", "with a conversation"])
async def test_a_whole_question_that_the_documents_lack_is_refused_as_ever(history):
    answerer = Answerer(FakeFinder(confidence=0.1), FakeModel(broken()), SETTINGS)
    for model, lacking in ((None, None), (EXTRACTIVE, "usage_limit")):
        said = await answer(answerer, "猫用のベッドの保証期間は何年ですか?", *history, model=model, lacking=lacking)
        assert (said.outcome, said.reason) == ("refused", "missing_knowledge")


@pytest.mark.parametrize(
    ("model", "lacking", "reason"), [(None, None, "model_failure"), (EXTRACTIVE, "usage_limit", "usage_limit")]
)
async def test_where_there_is_no_word_to_quote_a_person_takes_over(model, lacking, reason):
    answerer = Answerer(FakeFinder(passage("—— 03 ——", "返品は?")), FakeModel(broken()), SETTINGS)
    said = await answer(answerer, "返品の期限は?", model=model, lacking=lacking)
    assert (said.outcome, said.reason, said.citations) == ("handoff", reason, ())


def test_the_budget_says_why_over_http(counter):
    model = FakeModel("30日以内です[1]。")
    client = counter(FakeFinder(confidence=0.1), model, budget_tokens_per_day=1)
    session = client.post("/api/chat", json={"message": "返品の期限は何日ですか?"}).json()["session_id"]
    told = client.post("/api/chat", json={"message": LEANING, "session_id": session}).json()
    assert (told["outcome"], told["reason"], told["degraded"]) == ("handoff", "usage_limit", ["budget"])
    assert model.asked == []
