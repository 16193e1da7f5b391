"""What a comparison calls proven: as seldom wrong as it says, however many methods and however questions hang together.

Graded answers of models whose true quality is known go into the comparison's own functions; no model is asked.
"""

from __future__ import annotations

import pytest

from benchmarks.proven import graded, worse
from tuning import metrics
from tuning.comparison.cases import Case, Said, together

RUNS = 100


@pytest.mark.parametrize("count", [2, 9])
def test_equal_methods_are_seldom_told_apart_however_many_there_are(count):
    wrong = sum(bool(worse(graded(1000 * count + run, [0.7] * count, 100))[1]) for run in range(RUNS))
    assert wrong <= 7  # 5 of 100 is what is promised; two more are the luck of these hundred


def test_fifteen_points_are_found_in_most_comparisons_of_two():
    found = sum(worse(graded(run, [0.8, 0.65], 100)) == ("method 0", ["method 1"]) for run in range(RUNS))
    assert found >= 70


def test_many_questions_of_few_conversations_prove_no_more_than_the_conversations_do():
    trials = [number // 10 for number in range(100)]
    runs = [graded(run, [0.7, 0.7], 10, 10) for run in range(RUNS)]
    assert sum(bool(worse(methods)[1]) for methods in runs) > 20  # as if each question stood alone
    assert sum(bool(worse(methods, trials)[1]) for methods in runs) <= 8
    values = runs[0]["method 0"]
    alone, grouped = metrics.bootstrap(values), metrics.bootstrap(values, together=trials)
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_what_was_always_right_may_be_wrong_next_time():
    always, never = metrics.bootstrap([1.0] * 20), metrics.bootstrap([0.0] * 6)
    assert (always.value, always.high, always.count) == (1, 1, 20)
    assert always.low == pytest.approx(0.832, abs=0.001)  # Clopper and Pearson, 20 of 20
    assert (never.low, never.high) == (0, pytest.approx(0.459, abs=0.001))


def test_questions_of_one_conversation_or_with_one_answer_hang_together():
    cases = [
        Case(id="1", question="How much is it?", conversation="c", reference="550 yen"),
        Case(id="2", question="Really?", history=(Said(role="user", text="How much is it?"),), conversation="c"),
        Case(id="3", question="What does it cost?", reference="550 yen"),
        Case(id="4", question="When are you open?", reference="From 9 to 18"),
        Case(id="5", question="What will the weather be?", must_refuse=True),
    ]
    numbers = together(cases)
    assert numbers[0] == numbers[1] == numbers[2]
    assert len(set(numbers)) == 3
