"""Passages as evidence: what of each can be compared with what is said."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.passages import Passage, titles
from service.answering.checking.facts import Facts, facts
from service.answering.checking.leading import LISTED, POINTS
from service.answering.texts.terms import terms


class Source:
    """A passage as evidence."""

    def __init__(self, passage: Passage, asked: Facts) -> None:
        self.lang = passage.lang
        self.points = len(LISTED.findall(passage.text))
        if passage.kind == "log":  # another customer's words prove nothing, but where this one says the same
            said, told = facts(passage.text), facts(passage.question or "")
            exact, numbers = said.exact | (told.exact & asked.exact), said.numbers | (told.numbers & asked.numbers)
            self.facts, self.terms = Facts(exact, numbers, said.names, said.text), terms(passage.text)
            return
        text = f"{titles(passage)}\n{passage.question or ''}\n{passage.text}"
        held = facts(f"{passage.url or ''}\n{POINTS.sub('', text)}")
        points = {(number, "point") for number in POINTS.findall(text)}  # "3." is the third step and no three days
        self.facts, self.terms = Facts(held.exact, held.numbers | points, held.names, held.text), terms(text)


def joined(many: Sequence[Facts]) -> Facts:
    return Facts(
        frozenset().union(*(one.exact for one in many)),
        frozenset().union(*(one.numbers for one in many)),
        frozenset(),
        "\n".join(one.text for one in many),
    )
