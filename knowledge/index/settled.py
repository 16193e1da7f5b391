"""What settling found, in words for the operator."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.passages import Passage


@dataclass(frozen=True, slots=True)
class Conflict:
    """A support conversation whose answer a FAQ contradicts: the FAQ is searched, the conversation is not."""

    question: str  # the customer's
    log: str  # where the conversation stands: source#conversation
    faq: str  # where the FAQ stands
    why: str  # in words for the operator


@dataclass(frozen=True, slots=True)
class Rival:
    """Two FAQs of different documents that answer the very same question otherwise: both are searched."""

    question: str
    source: str  # the file of the one that is new
    other: str  # where the other one stands
    why: str  # in words for the operator


@dataclass(frozen=True, slots=True)
class Outdated:
    """A FAQ or a section that a newer one overrules: the newer is searched, this one is held."""

    question: str
    older: str  # where it stands: source#place
    of: str  # its day
    newer: str  # where the one stands that overrules it
    since: str  # that one's day
    why: str  # in words for the operator


@dataclass(slots=True)
class Settled:
    """What settling found."""

    folded: int = 0  # conversations of this run that another passage stands for
    conflicts: list[Conflict] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)


def place(passage: Passage) -> str:
    """Where a passage stands, for a person: its source, and the place in it."""
    at = passage.anchor or passage.row or passage.page
    return passage.source if at is None else f"{passage.source}#{at}"


def days_of(one: Passage, other: Passage) -> str:
    """Of when both are, where both tell."""
    return f"; of {one.updated} and of {other.updated}" if one.updated and other.updated else ""
