"""The sets that were written without a look at the rules keep what `python -m benchmarks.redaction all` prints."""

import pytest

from benchmarks.redaction import JAPANESE, LATER, measure, ours

ENOUGH = 0.95


@pytest.mark.parametrize("file", LATER.values())
def test_structured_kinds_are_found_and_numbers_that_are_nobodys_stay(file):
    scores = {
        kind: score
        for kind, score in measure(ours(JAPANESE.with_name(file))).items()
        if kind not in ("NAME", "ADDRESS")
    }
    found, pieces = sum(score.found for score in scores.values()), sum(score.pieces for score in scores.values())
    rightly, placed = sum(score.rightly for score in scores.values()), sum(score.placed for score in scores.values())
    assert pieces > 100
    assert found >= ENOUGH * pieces, [missed for score in scores.values() for missed in score.missed]
    assert rightly >= ENOUGH * placed, [wrong for score in scores.values() for wrong in score.wrong]
