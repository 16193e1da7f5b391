"""Times that a sentence works out from a passage's: 45 minutes before it closes at 17:00 is 16:15."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations, permutations

from service.answering.checking.quantities import measured

Number = tuple[str, str | None]  # value and unit

DAY = 24 * 60  # minutes
MOST_SAID = 2
MOST = 12  # times or durations of passages: of more, something would always fit
_BEFORE = re.compile(r"前|早|before|prior|earlier|ahead|advance")
_AFTER = re.compile(r"後|遅|以内|after|later|within|past")
_TIME = "time "


def clocked(said: Iterable[str], held: Iterable[str], numbers: Iterable[Number], passage: str) -> set[str]:
    """Those of a sentence's times ("time 16:15") that are as long before or after another as a passage says.

    The other may be the sentence's own, as in an example (who comes at ten is to be there at 9:40), or the passage's;
    it must be the one that the sentence tells, where it tells one. Hours from one time to another and more are none.
    `numbers` are the passage's, `passage` its text in small letters without blanks.
    """
    times = {each for each in said if each.startswith(_TIME)}
    told = {each for each in held if each.startswith(_TIME)}
    wanted = times - told
    if not wanted or len(times) > MOST_SAID:
        return set()
    known = {_minutes(each) for each in times & told or told}
    shifts = {
        sign * length
        for pattern, sign in ((_BEFORE, -1), (_AFTER, 1))
        if pattern.search(passage)
        for length in _lengths(numbers)
    }
    if len(known) > MOST or len(shifts) > MOST:
        return set()
    found = {each for each in wanted if any((_minutes(each) - shift) % DAY in known for shift in shifts)}
    for one, other in permutations(wanted - found, 2):
        if (_minutes(other) - _minutes(one)) % DAY in {shift % DAY for shift in shifts}:
            found |= {one, other}
    return found


def spanned(number: Number, held: Iterable[str]) -> bool:
    """Whether a duration lies between two of the passage's times: from 8:00 to 20:00 it is twelve hours."""
    told = measured(*number)
    times = sorted({_minutes(each) for each in held if each.startswith(_TIME)})
    if told is None or told[1] != "duration" or len(times) > MOST:
        return False
    return any(60 * (last - first) == float(told[0]) for first, last in combinations(times, 2))


def _minutes(time: str) -> int:
    hours, _, minutes = time.removeprefix(_TIME).partition(":")
    return 60 * int(hours) + int(minutes)


def _lengths(numbers: Iterable[Number]) -> set[int]:
    """The durations of less than a day, in minutes."""
    told = [quantity for each in numbers if (quantity := measured(*each)) and quantity[1] == "duration"]
    return {int(float(seconds)) // 60 for seconds, _ in told if 0 < float(seconds) < 60 * DAY}
