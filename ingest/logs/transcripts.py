"""Parts the transcript of a chat that a help desk keeps as one message: (10:01:00 AM) Oliver: It sleeps three."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(
    r"^\((?:\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?)\) (?:(?P<note>\*\*\* .*)|(?P<who>[^:\n]{1,60}): (?P<said>.*))$"
)
_JOINED = re.compile(r"\*\*\* (?P<who>.{1,60}) joined the chat")
FEWEST = 2  # lines of which somebody is said to have spoken


def spoken(transcript: str) -> Iterator[tuple[bool, str]]:
    """Whether an agent speaks, and what they say, message by message; nothing where it is no transcript.

    An agent is who joined the chat; where nobody did, whoever did not begin it.
    """
    told: list[tuple[str, str]] = []
    agents: set[str] = set()
    for line in transcript.splitlines():
        found = _LINE.match(line.strip())
        if found is None:
            if told and line.strip():
                told[-1] = (told[-1][0], f"{told[-1][1]}\n{line}")  # a message of several lines goes on
        elif found["note"]:
            joined = _JOINED.match(found["note"])
            agents |= {joined["who"]} if joined else set()
        else:
            told.append((found["who"], found["said"]))
    if len(told) < FEWEST:
        return
    agents &= {who for who, _ in told}
    visitors = {who for who, _ in told} - agents if agents else {told[0][0]}
    for who, said in told:
        yield who not in visitors, said
