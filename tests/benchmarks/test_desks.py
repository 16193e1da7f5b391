"""The fit of what the lines of a passage add, on numbers made up here."""

import random

from benchmarks.lines import KINDS, MARGIN, Seen, answered, fit


def seen(middle: float, chance: random.Random) -> Seen:
    """A question in doubt, whose nearest line is about as near as `middle`."""
    before = chance.choice((0.3, 0.4, 0.6))
    return Seen(before, chance.gauss(middle, 0.02), chance.uniform(0, 1), None)


def test_the_fit_answers_more_and_lets_fewer_foreign_questions_through() -> None:
    chance = random.Random(1)
    kinds = {
        KINDS[0]: [seen(0.63, chance) for _ in range(200)],
        KINDS[1]: [],
        KINDS[2]: [seen(0.58, chance) for _ in range(200)],
    }
    weights = fit([kinds])
    assert answered(kinds[KINDS[0]], weights) > answered(kinds[KINDS[0]])
    assert answered(kinds[KINDS[2]], weights) <= MARGIN * answered(kinds[KINDS[2]])


def test_what_is_sure_or_has_one_line_stays_as_it_is() -> None:
    weights = fit([{KINDS[0]: [Seen(0.3, 0.7, 0.5, None)] * 9, KINDS[2]: [Seen(0.6, 0.5, 0.1, None)] * 9}])
    assert answered([Seen(0.95, 0.1, 0.0, None), Seen(0.7, None, None, None)], weights) == 1.0
