"""One question after another: what the benchmark takes for the questions of a company."""

from benchmarks.small_desks import COMPANIES
from benchmarks.switches import messages


def test_questions_with_an_answer_are_told_from_those_without():
    asked = messages(COMPANIES / "fitted" / "en_bikes")
    answered = [one for one in asked if one["expected"] == "answer"]
    assert answered
    assert all(isinstance(one["gold"], list) and one["gold"][0] for one in answered)
    assert all("gold" not in one for one in asked if one["expected"] == "none")
    assert {one["expected"] for one in asked} == {"answer", "none"}
