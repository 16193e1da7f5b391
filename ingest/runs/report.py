"""What a run of ingesting did: for a person to read and for a program to act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from knowledge.errors import UnreadableFile
from knowledge.index.settled import Conflict, Outdated

Told = Literal["conflicts", "outdated", "copies", "left out", "warnings"]
TOGETHER = 4  # files of a folder that are left out for one reason, and are still named one by one


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that was left out."""

    source: str
    reason: str  # a stable word, see knowledge.errors.UnreadableFile
    message: str


@dataclass(slots=True)
class Report:
    """The counts and lists of one run."""

    added: list[str] = field(default_factory=list)  # sources
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)  # source, what the operator should know
    passages: int = 0  # of the files that were added or changed
    embedded: int = 0  # passages whose vectors were computed; the others kept theirs
    languages: Counter[str] = field(default_factory=Counter)  # of those passages
    redacted: Counter[str] = field(default_factory=Counter)  # pieces of personal data taken out, by kind
    folded: int = 0  # conversations of these files that a passage saying the same stands for
    conflicts: list[Conflict] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)  # FAQs and sections that newer ones overrule
    copies: list[tuple[str, str]] = field(default_factory=list)  # sources with the very same content as another source
    seconds: dict[str, float] = field(default_factory=dict)  # per stage
    generation: str | None = None  # the one that serves after this run
    total_documents: int = 0
    total_passages: int = 0
    stopped: bool = False  # by the operator, before all files were read
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        """0 when all was read, 2 when some files were left out or the run was stopped, 1 when nothing could be read."""
        if not self.quarantined and not self.stopped:
            return 0
        return 2 if self.added or self.changed or self.unchanged or self.removed or self.stopped else 1

    def leave_out(self, source: str, error: UnreadableFile) -> None:
        """Add a file that cannot be read."""
        self.quarantined.append(Quarantined(source, error.reason, str(error)))

    def left_out(self) -> list[tuple[str, str, str]]:
        """What was left out, with the reason and what to do; many files of a folder for one reason are one entry."""
        alike: dict[tuple[str, str, str], list[str]] = {}
        for item in self.quarantined:
            folder = item.source.rpartition("/")[0]
            alike.setdefault((folder, item.reason, item.message), []).append(item.source)
        rows: list[tuple[str, str, str]] = []
        for (_, reason, message), names in alike.items():
            if len(names) > TOGETHER:
                rows.append((f"{names[0]} and {len(names) - 1} more beside it", reason, message))
            else:
                rows += [(name, reason, message) for name in names]
        return rows

    def tables(self) -> dict[Told, tuple[tuple[str, ...], Sequence[tuple[str, ...]]]]:
        """What is told row by row, each with the names of its columns."""
        conflicts = [(each.question, each.log, each.faq, each.why) for each in self.conflicts]
        outdated = [(each.question, each.older, each.of, each.newer, each.since, each.why) for each in self.outdated]
        return {
            "conflicts": (("question", "conversation", "FAQ", "they differ in"), conflicts),
            "outdated": (("question", "older", "of", "newer", "of", "they differ in"), outdated),
            "copies": (("file", "is the same as"), self.copies),
            "left out": (("file", "reason", "what to do"), self.left_out()),
            "warnings": (("file", "what"), self.warnings),
        }

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        counts = {"languages": dict(self.languages), "redacted": dict(self.redacted)}
        return {**asdict(self), **counts, "exit_code": self.exit_code}
