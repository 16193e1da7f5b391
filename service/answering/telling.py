"""How an answer is told as events, and when: for what a model writes, what is quoted, and the counter's own words."""

from __future__ import annotations

import time
from dataclasses import replace

from service.answers import Answer, Citation, Delta, Done, Event, Outcome, Reason, Sources
from service.profile import Profile, spoken

Ending = tuple[str, Outcome, Reason | None]  # what the counter says of its own, and what that is


class Clock:
    """When things happened, in milliseconds since the question came in."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._retrieval = self._first_token = 0
        self.spoken = False

    def retrieved(self) -> None:
        """The passages are there."""
        self._retrieval = self._elapsed()

    def first(self, text: str) -> Delta:
        """A delta; the first one is timed."""
        if not self.spoken:
            self.spoken, self._first_token = True, self._elapsed()
        return Delta(text)

    def timings(self) -> dict[str, int]:
        """What it took until now."""
        return {"retrieval": self._retrieval, "first_token": self._first_token, "total": self._elapsed()}

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._start) * 1000)


def closing(profile: Profile, lang: str) -> str:
    """What the profile says after every answer that cites something."""
    told = profile.says(lang).closing
    return f"\n\n{told}" if told else ""


def own_words(blank: Answer, ending: Ending, clock: Clock) -> tuple[Event, ...]:
    """A whole answer of the counter's own words."""
    text, outcome, reason = ending
    delta = clock.first(text)
    blank = replace(blank, lang=spoken(blank.lang))
    return Sources(()), delta, Done(finished(blank, text, clock, outcome=outcome, reason=reason))


def finished(
    blank: Answer,
    text: str,
    clock: Clock,
    *,
    outcome: Outcome = "answered",
    reason: Reason | None = None,
    citations: tuple[Citation, ...] = (),
) -> Answer:
    """An answer with all that is only known at its end."""
    return replace(blank, text=text, outcome=outcome, reason=reason, citations=citations, timings_ms=clock.timings())
