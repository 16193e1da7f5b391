"""A run's report as a page that an operator looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.runs.report import Report, Told
from knowledge.counting import counted
from knowledge.report_page import Bar, Colour, Html, Tone, bars, beside, folded, page, section, shares, table, tiles

LANGUAGES = {"ja": "Japanese", "en": "English", "ko": "Korean", "zh": "Chinese", "und": "not told"}
KINDS = {
    "EMAIL": "E-mail addresses", "PHONE": "Telephone numbers", "POSTCODE": "Postal codes", "ADDRESS": "Addresses",
    "CARD": "Payment cards", "MY_NUMBER": "My Numbers", "SSN": "Social security numbers", "BANK": "Bank accounts",
    "IP": "IP addresses", "NAME": "Names", "BIRTHDATE": "Dates of birth", "SECRET": "Passwords and codes",
    "ID": "Order and customer numbers", "NUMBER": "Other long numbers",
}  # fmt: skip
TABLES: dict[Told, tuple[str, str]] = {  # with what is said above it
    "left out": ("Left out", ""),
    "conflicts": (
        "Conversations that contradict a FAQ",
        "The FAQ is answered from, the conversation is not. Correct whichever is wrong and ingest again.",
    ),
    "outdated": (
        "Out of date",
        "The newer is answered from; the older comes back when that is gone. Correct or remove the older.",
    ),
    "copies": (
        "Copies",
        "Files with the very same content. Both are searched; remove one to show customers one source.",
    ),
    "warnings": ("To know", ""),
}
MOST_ROWS = 200  # of a table; the rest is counted and stands in --json


def render(report: Report, what: str) -> str:
    """The page as HTML; `what` names what was ingested."""
    now = datetime.now(UTC)
    return page(
        "Ingest report",
        f"{what} · {now.day} {now:%B %Y, %H:%M} UTC{' · dry run, nothing was changed' if report.dry_run else ''}",
        _verdict(report),
        [
            tiles(_figures(report)),
            section("Files", shares("Files", _files(report)), *_lists(report)),
            beside(*_charts(report)),
            *_tables(report),
        ],
        f"The knowledge base holds {report.total_documents:,} documents and {report.total_passages:,} passages"
        f" in generation {report.generation}."
        if report.generation
        else "The knowledge base is still empty.",
    )


def _verdict(report: Report) -> tuple[Tone, str]:
    if report.stopped:
        return "warn", "Stopped before the end: run the same command again to do the rest."
    if report.quarantined:
        if report.exit_code == 1:
            return "bad", "Nothing could be read."
        return "warn", f"{counted(len(report.quarantined), 'file')} could not be read; the rest was."
    if report.conflicts:
        return "warn", f"All was read; FAQs are contradicted by {counted(len(report.conflicts), 'conversation')}."
    return "good", "All was read."


def _figures(report: Report) -> list[tuple[str, str, Tone]]:
    read = len(report.added) + len(report.changed)
    figures: list[tuple[str, str, Tone]] = [
        (f"{read:,}", "files read", "plain"),
        (f"{report.passages:,}", "passages from them", "plain"),
    ]
    if report.quarantined:
        figures.append((f"{len(report.quarantined):,}", "files left out", "bad"))
    if report.redacted.total():
        figures.append((f"{report.redacted.total():,}", "pieces of personal data taken out", "plain"))
    if report.folded:
        figures.append((f"{report.folded:,}", "conversations folded into others", "plain"))
    if report.conflicts:
        figures.append((f"{len(report.conflicts):,}", "contradictions of a FAQ", "warn"))
    if report.outdated:
        figures.append((f"{len(report.outdated):,}", "answers out of date", "warn"))
    figures.append((_seconds(sum(report.seconds.values())), "in all", "plain"))
    return figures


def _files(report: Report) -> list[tuple[Bar, Colour]]:
    return [
        (Bar("added", len(report.added)), "indigo"),
        (Bar("changed", len(report.changed)), "sky"),
        (Bar("unchanged", report.unchanged), "stone"),
        (Bar("removed", len(report.removed)), "amber"),
        (Bar("left out", len(report.quarantined)), "red"),
    ]


def _lists(report: Report) -> list[Html]:
    return [
        folded("Added", report.added),
        folded("Changed", report.changed),
        folded("Removed", report.removed),
    ]


def _charts(report: Report) -> list[Html]:
    charts = []
    if report.seconds:
        stages = [Bar(stage.capitalize(), took, _seconds(took)) for stage, took in report.seconds.items()]
        charts.append(section("Time per stage", bars(stages)))
    if report.languages:
        spoken = [Bar(LANGUAGES.get(lang, lang), count) for lang, count in report.languages.most_common()]
        charts.append(section("Languages of the passages", bars(spoken, "sky")))
    if report.redacted:
        kinds = [Bar(KINDS.get(kind, kind), count) for kind, count in report.redacted.most_common()]
        charts.append(
            section("Personal data taken out", bars(kinds, "sage"), note="Before anything was stored or sent.")
        )
    return charts


def _tables(report: Report) -> list[Html]:
    tables = report.tables()
    return [_table(title, *tables[told], note) for told, (title, note) in TABLES.items() if tables[told][1]]


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], note: str) -> Html:
    more = len(rows) - MOST_ROWS
    if more > 0:
        note = f"{note} The first {MOST_ROWS} of {len(rows):,}; --json lists all.".strip()
    return section(title, table(columns, rows[:MOST_ROWS]), note=note)


def _seconds(took: float) -> str:
    return f"{took:.1f} s" if took < 120 else f"{took / 60:.1f} min"
