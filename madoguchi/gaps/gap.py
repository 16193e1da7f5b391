"""A gap in the documents: what customers asked in some wordings and were not answered well."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knowledge.counting import counted
from madoguchi.asking import place
from service.memory.misses import KINDS, Kind, Miss

if TYPE_CHECKING:
    from knowledge.errors import DamagedSession
    from knowledge.passages import Passage

SHOWN = 3  # wordings that are shown and asked again
OF_DOUBT = 0.5  # of a conversation that counts where the answer was in doubt and nothing worse
WORDS: dict[Kind, str] = {
    "refused": "refused",
    "handoff": "handed over",
    "down": "thumbed down",
    "doubted": "answered in doubt",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A question that went badly, and what was said of it, without personal data."""

    miss: Miss
    question: str  # as it is shown: what it leans on stands before it
    correction: str  # the answer that an agent gave instead, if any
    comment: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which something was asked, with each time that it was, the first one first."""

    text: str
    lang: str
    said: list[Said]


@dataclass(slots=True)
class Gap:
    """What was asked and not answered well; its wordings begin with the one that was asked the most."""

    wordings: list[Wording]
    answered: bool = False  # by the documents as they are now
    confidence: float | None = None  # of the search for it now; None where it was not asked again
    nearest: Passage | None = None

    @property
    def said(self) -> list[Said]:
        """Each time that it was asked, the first one first."""
        return sorted((each for wording in self.wordings for each in wording.said), key=lambda each: each.miss.at)

    @property
    def sessions(self) -> int:
        """In how many conversations it was asked."""
        return len({each.miss.session_id for each in self.said})

    @property
    def rank(self) -> tuple[float, int, float, str]:
        """Its place among others: by conversations, then by how near it is to what the documents are about."""
        worse = {each.miss.session_id for each in self.said if each.miss.kind != "doubted"}
        weight = len(worse) + OF_DOUBT * (self.sessions - len(worse))
        return -weight, -len(self.said), -(self.confidence or 0), self.wordings[0].text

    @property
    def examples(self) -> list[Wording]:
        """Some of its wordings, of each language the one that was asked the most first."""
        firsts = {wording.lang: wording for wording in reversed(self.wordings)}
        return sorted(self.wordings, key=lambda wording: wording is not firsts[wording.lang])[:SHOWN]

    @property
    def kinds(self) -> dict[Kind, int]:
        """How often it went badly in each way."""
        counts = Counter(each.miss.kind for each in self.said)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    @property
    def langs(self) -> dict[str, int]:
        """How often it was asked in each language."""
        counts = Counter(wording.lang for wording in self.wordings for _ in wording.said)
        return dict(counts.most_common())

    @property
    def corrections(self) -> list[str]:
        """The answers that agents gave instead, the newest first."""
        return list(dict.fromkeys(each.correction for each in reversed(self.said) if each.correction))

    @property
    def comments(self) -> list[str]:
        """What else was said of the answers, the newest first."""
        return list(dict.fromkeys(each.comment for each in reversed(self.said) if each.comment))

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day on which it was asked, in this machine's zone."""
        first, last = (
            datetime.fromisoformat(each.miss.at).astimezone().date().isoformat()
            for each in (self.said[0], self.said[-1])
        )
        return first, last

    @property
    def when(self) -> str:
        """Its days, for a person."""
        return " to ".join(dict.fromkeys(self.days))

    @property
    def ended(self) -> str:
        """How it went, for a person."""
        told = ", ".join(f"{WORDS[kind]} {count}" for kind, count in self.kinds.items())
        return f"{told}; answered by now" if self.answered else told

    @property
    def near(self) -> str:
        """What is nearest to it now, for a person; empty where it was not asked again."""
        return "" if self.nearest is None else f"{place(self.nearest)}, confidence {self.confidence:.2f}"

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        near = self.nearest
        return {
            "question": self.wordings[0].text,
            "wordings": [{"question": one.text, "lang": one.lang, "times": len(one.said)} for one in self.wordings],
            "times": len(self.said),
            "sessions": self.sessions,
            "first_day": self.days[0],
            "last_day": self.days[1],
            "langs": self.langs,
            "outcomes": self.kinds,
            "answered_by_now": self.answered,
            "confidence": self.confidence,
            "nearest": near and {"passage_id": near.id, "source": near.source, "title": near.title, "text": near.text},
            "corrected_answers": self.corrections,
            "comments": self.comments,
        }


@dataclass(slots=True)
class Listing:
    """What was read of conversations, and the gaps that it shows."""

    since: datetime | None
    conversations: int = 0
    questions: int = 0
    said: list[Said] = field(default_factory=list)
    damaged: dict[str, DamagedSession] = field(default_factory=dict)
    gaps: int = 0  # of which were asked again, most customers first, as many as were to be shown:
    asked_again: int = 0
    answered: int = 0
    trouble: str | None = None  # why nothing was asked again
    shown: list[Gap] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many gaps, of fewer customers, were not looked at."""
        return self.gaps - max(self.asked_again, len(self.shown))

    @property
    def looked_at(self) -> str:
        """What it is told from, for a person."""
        since = f" since {self.since:%Y-%m-%d %H:%M}" if self.since else ""
        return f"{counted(self.questions, 'question')} in {counted(self.conversations, 'conversation')}{since}"

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "since": self.since.isoformat(timespec="seconds") if self.since else None,
            "conversations": self.conversations,
            "questions": self.questions,
            "missed": len(self.said),
            "gaps_in_all": self.gaps,
            "asked_again": self.asked_again,
            "answered_by_now": self.answered,
            "not_asked_again": self.trouble,
            "gaps": [gap.as_dict() for gap in self.shown],
        }
