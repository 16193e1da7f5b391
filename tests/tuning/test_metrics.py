"""Metrics by hand: every expected number is worked out beside it."""

import math

import pytest

from tuning import metrics

GRADES = {"a": 2, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("ranking", "p1", "mrr", "recall2", "ap"),
    [
        (["a", "b", "x"], 1, 1, 1, 1),
        (["x", "a", "b"], 0, 1 / 2, 1 / 2, (1 / 2 + 2 / 3) / 2),
        (["c", "x", "y", "b"], 0, 1 / 4, 0, (1 / 4) / 2),
        ([], 0, 0, 0, 0),
    ],
)
def test_rankings_are_scored_as_by_hand(ranking, p1, mrr, recall2, ap):
    assert metrics.precision_at_1(ranking, GRADES) == p1
    assert metrics.reciprocal_rank(ranking, GRADES) == mrr
    assert metrics.recall(ranking, GRADES, 2) == recall2
    assert metrics.average_precision(ranking, GRADES) == pytest.approx(ap)


def test_ndcg_weighs_grades_by_rank():
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert metrics.ndcg(["a", "b"], GRADES) == 1
    assert metrics.ndcg(["b", "a"], GRADES) == pytest.approx((1 + 2 / math.log2(3)) / ideal)
    assert metrics.ndcg(["x"], GRADES) == 0


def test_only_the_first_ten_count_for_mrr():
    ranking = [*(f"x{number}" for number in range(10)), "a"]
    assert metrics.reciprocal_rank(ranking, GRADES) == 0


def test_auroc_counts_the_pairs_in_the_right_order():
    assert metrics.auroc([0.9, 0.8], [0.1, 0.2]) == 1
    assert metrics.auroc([0.9, 0.1], [0.5]) == 0.5
    assert metrics.auroc([0.5], [0.5]) == 0.5
    assert metrics.auroc([0.9, 0.4], [0.5, 0.1]) == 0.75  # 3 of 4 pairs


def test_the_bootstrap_interval_holds_the_mean_narrows_with_more_data_and_repeats():
    few, many = metrics.bootstrap([0, 1] * 10), metrics.bootstrap([0, 1] * 1000)
    assert few.low < few.value == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    assert metrics.bootstrap([0, 1] * 10) == few
