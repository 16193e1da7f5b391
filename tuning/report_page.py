"""The results of an evaluation as one HTML page that needs nothing besides itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from tuning.evaluation import RetrievalScores, kind
from tuning.metrics import Difference, Estimate

WORST = 50  # questions that are listed
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .8rem; text-align: left;
border-bottom: 1px solid #ddd; vertical-align: top; font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } th, td { border-color: #444 } }
"""


def retrieval(name: str, scores: RetrievalScores, against: str | None, compared: Mapping[str, Difference]) -> str:
    """The page of `evaluate retrieval`."""
    head = ["metric", "value", "95 % interval"] + ([f"against {against}", "95 % interval", "p"] if against else [])
    rows = []
    for metric, estimate in scores.scores.items():
        row = [metric, *_cells(estimate)]
        if against:
            row += [*_cells(compared[metric]), f"{compared[metric].p:.3f}"]
        rows.append(row)
    parts = [
        f"<p>{len(scores.judged)} questions; ms per query: p50 {scores.ms_per_query_p50}, "
        f"p95 {scores.ms_per_query_p95}.</p>",
        _table(head, rows),
    ]
    for title, groups in (("Languages", scores.groups(lambda one: one.lang)), ("Types", scores.groups(kind))):
        if len(groups) > 1:
            cells = [[group, *(f"{one.value:.3f}" for one in of.values())] for group, of in groups.items()]
            parts += [f"<h2>{title}</h2>", _table(["", *scores.scores], cells)]
    worst = [
        [one.question.text[:500], f"{one.scores['nDCG@10']:.3f}", ", ".join(one.wanted[:5]), ", ".join(one.found[:5])]
        for one in scores.worst(WORST)
    ]
    parts += ["<h2>What went worst</h2>", _table(["question", "nDCG@10", "wanted", "found"], worst)]
    title = escape(f"Retrieval: {name}")
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>\n" + "\n".join(parts) + "\n</html>\n"
    )


def _cells(estimate: Estimate | Difference) -> list[str]:
    return [f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}"]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table>"])
