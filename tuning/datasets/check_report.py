"""A data set's verdict as a card: whether it may be trained on, how even it is, what it costs and what it risks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from knowledge.language.languages import NAMES
from knowledge.report_page import Bar, Colour, Html, Tone, bars, beside, page, said, section, shares, table, tiles
from tuning.datasets import costs
from tuning.datasets.checking import Finding, Verdict
from tuning.datasets.costs import Cost, Risk

MOST_VALUES = 12  # of a chart; the rest is one bar
MOST_FINDINGS = 200  # of the table; the rest is counted and stands in --json
TRIED = (1, 2, 3, 5, 10, 20, 40)  # epochs whose cost and risk are told beside those that are planned
TITLES = {
    "language": "Languages",
    "mood": "How customers sound",
    "length": "Length of the answers",
    "channel": "Channels",
    "agent": "Who answered",
    "rating": "Ratings",
    "origin": "Where rows come from",
    "topic": "Topics",
}
WIDE = ("topic",)  # many values with long names
NOTES = {
    "length": "Tokens of our encoder. A model learns to be as long as what it is shown.",
    "mood": "By plain words in their questions. A model that saw calm customers only has no manner for others.",
    "agent": "A model speaks like those whose answers it is shown.",
}
LEVELS: dict[costs.Level, Tone] = {"low": "good", "medium": "warn", "high": "bad"}
SPLITS: dict[str, Colour] = {"train": "indigo", "validation": "sky", "test": "sage"}


def build(
    name: str,
    verdict: Verdict,
    made_at: datetime,
    epochs: int,
    estimates: Callable[[int], Sequence[Cost]],
    risk: Callable[[int], Risk],
) -> str:
    """The page. `estimates` and `risk` tell what a number of epochs costs and how likely it is to over-fit."""
    warnings = len(verdict.findings) - len(verdict.errors)
    tone: Tone = "bad" if verdict.errors else "warn" if warnings else "good"
    headline = {
        "bad": "This data set must not be trained on as it is.",
        "warn": "Nothing forbids training on it, but read the warnings.",
        "good": "Nothing forbids training on it.",
    }[tone]
    return page(
        "Is this data fit to train on?",
        f"{name} · {made_at:%Y-%m-%d %H:%M} UTC",
        (tone, headline),
        _parts(verdict, epochs, estimates, risk),
        "Madoguchi, madoguchi tune check. Rules find what is written plainly: read what comes from strangers yourself.",
    )


def _parts(
    verdict: Verdict, epochs: int, estimates: Callable[[int], Sequence[Cost]], risk: Callable[[int], Risk]
) -> Iterator[Html]:
    yield tiles(_figures(verdict, epochs, risk(epochs)))
    yield section("Rows", shares("Rows", [(Bar(split, rows), SPLITS[split]) for split, rows in verdict.rows.items()]))
    if verdict.findings:
        yield _found(verdict.findings)
    charts = {
        what: section(title, bars(_values(what, verdict.balance[what]), "sky"), note=NOTES.get(what, ""))
        for what, title in TITLES.items()
        if verdict.balance.get(what)
    }
    yield beside(*(chart for what, chart in charts.items() if what not in WIDE))
    yield from (chart for what, chart in charts.items() if what in WIDE)
    planned = estimates(epochs)
    yield beside(
        section(
            f"What {epochs} epochs cost",
            bars([Bar(f"{cost.provider} {cost.model}".strip(), cost.dollars, _dollars(cost)) for cost in planned]),
            note="US dollars at the prices published in the month named below; a local run costs time.",
        ),
        section(
            f"Risk of over-fitting: {risk(epochs).level}",
            said(
                [f"{reason[0].upper()}{reason[1:]}." for reason in risk(epochs).reasons] or ["Nothing speaks for it."]
            ),
            note="How likely the model is to learn the rows by heart instead of what they have in common.",
        ),
    )
    yield section(
        "What other numbers of epochs would cost and risk",
        table(
            ["epochs", "tokens trained", "over-fitting", *(_priced(cost) for cost in planned)],
            (
                [
                    f"{tried}{' (planned)' if tried == epochs else ''}",
                    f"{estimates(tried)[0].tokens:,}",
                    risk(tried).level,
                    *(_dollars(cost) for cost in estimates(tried)),
                ]
                for tried in sorted({*TRIED, epochs})
            ),
        ),
    )
    if verdict.findings:
        yield _listed(verdict.findings)


def _figures(verdict: Verdict, epochs: int, risk: Risk) -> Iterator[tuple[str, str, Tone]]:
    errors, warnings = len(verdict.errors), len(verdict.findings) - len(verdict.errors)
    yield f"{sum(verdict.rows.values()):,}", "rows", "plain"
    yield f"{sum(verdict.tokens.values()):,}", "tokens", "plain"
    yield f"{errors:,}", "findings that forbid training", "bad" if errors else "plain"
    yield f"{warnings:,}", "warnings", "warn" if warnings else "plain"
    yield risk.level, f"risk of over-fitting in {epochs} epochs", LEVELS[risk.level]


def _found(findings: Sequence[Finding]) -> Html:
    kinds = Counter((finding.level, finding.code) for finding in findings)
    charts: list[Html] = []
    kinds_of: tuple[tuple[str, str, Colour], ...] = (
        ("error", "What forbids training", "red"),
        ("warning", "Warnings", "amber"),
    )
    for level, title, colour in kinds_of:
        counted = [Bar(code.replace("-", " "), count) for (of, code), count in kinds.most_common() if of == level]
        if counted:
            charts.append(
                section(title, bars(counted, colour), note="Findings of each kind; the rows are listed below.")
            )
    return beside(*charts)


def _listed(findings: Sequence[Finding]) -> Html:
    more = len(findings) - MOST_FINDINGS
    return section(
        "Row by row",
        table(
            ["", "split", "row", "what", "why"],
            ([one.level, one.split, str(one.row or ""), one.code, one.message] for one in findings[:MOST_FINDINGS]),
        ),
        note=f"The first {MOST_FINDINGS} of {len(findings):,}; --json lists all." if more > 0 else "",
    )


def _values(what: str, counts: Mapping[str, int]) -> list[Bar]:
    total = sum(counts.values())
    named = {NAMES.get(value, value) if what == "language" else value: count for value, count in counts.items()}
    shown = list(named.items())[:MOST_VALUES]
    if rest := list(named.items())[MOST_VALUES:]:
        shown.append((f"{len(rest)} others", sum(count for _, count in rest)))
    return [Bar(value, count, f"{count:,} ({count / total:.0%})") for value, count in shown]


def _dollars(cost: Cost) -> str:
    return f"{cost.dollars:,.2f}"


def _priced(cost: Cost) -> str:
    return f"{cost.provider} {cost.model}".strip() + (f", {cost.seen}" if cost.seen != "-" else "")
