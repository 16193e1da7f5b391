"""Another customer's enquiry helps to answer this one; their words reach no reader, and a model where it needs them."""

from __future__ import annotations

import pytest
from fakes import hit, passage

from service.answering import citations
from service.answering.checking.citing import Citations
from service.answering.checking.grounding import Grounding
from service.answering.prompting import prompts
from service.profile import load_profile

PROFILE = load_profile("standard")
OF_THEMSELVES = "妊娠中でつわりがひどく、夫の会社が倒産して困っています。"
ASKED = f"{OF_THEMSELVES}YC-40のミルの刃が空回りします。妹の番号は7788です。"
LOG = passage(
    "刃を外して締め直すと直ります。",
    ASKED,
    source="logs.jsonl",
    kind="log",
    title=ASKED,
    headings=(ASKED,),
    anchor="c1",
)


def told(question: str) -> str:
    return prompts.build(question, [], [hit(LOG)], "ja", PROFILE)[-1].text


@pytest.mark.parametrize("question", ["ミルの刃が空回りする", "My grinder turns idly"])
def test_the_model_is_told_what_the_answer_is_about_and_nothing_that_somebody_told_of_themselves(question: str) -> None:
    assert "YC-40のミルの刃が空回りします。" in told(question)
    assert "刃を外して締め直すと直ります。" in told(question)
    assert "妊娠" not in told(question)
    assert "7788" not in told(question)


def test_where_the_problem_has_nothing_to_do_with_it_the_answer_stands_alone() -> None:
    strange = passage("刃を外します。", OF_THEMSELVES, kind="log", title=OF_THEMSELVES)
    text = prompts.build("送料は?", [], [hit(strange)], "ja", PROFILE)[-1].text
    assert "倒産" not in text
    assert f"{citations.LOG['en']}\n刃を外します。" in text


def shown(said: str, question: str) -> str:
    citations, ground = Citations(1), Grounding(question, [hit(LOG)], "ja")
    return ground.feed(citations.feed(said) + citations.end()) + ground.end()


@pytest.mark.parametrize("said", ["妹の番号は7788です[1]。", "夫の会社が倒産しました[1]。", "YC-40の故障です[1]。"])
def test_what_only_the_other_customer_wrote_proves_nothing(said: str) -> None:
    assert shown(said, "ミルが回らない") == ""


def test_what_both_customers_wrote_may_be_said() -> None:
    said = "YC-40の刃は、外して締め直すと直ります[1]。"
    assert shown(said, "YC-40の刃が空回りする") == said
