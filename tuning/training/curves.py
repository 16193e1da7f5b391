"""Reads the curves of a training run: whether it has learnt its rows by heart instead of what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tuning.datasets import near_duplicates
from tuning.training.jobs import Point

RISE = 0.05  # of the lowest validation loss: what is below that is noise of a small validation set
GAP = 1.5  # times the training loss at the best step: how far validation may lie above training at the end
RECITED = 0.9  # likeness of an answer with the very words of its training row
MANY_RECITED = 0.5  # of the rows asked for: FAQ answers are short, and a good model comes near some of them
FEWEST = 3  # measurements of the validation loss: fewer tell no direction


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a run is over-fitted, and by what signs."""

    over_fitted: bool
    signs: tuple[str, ...]
    best_step: int | None  # where the validation loss was lowest

    def __str__(self) -> str:
        """One sentence for a person."""
        if self.over_fitted:
            return f"Over-fitted: {'; '.join(self.signs)}."
        return "No sign of over-fitting." if self.best_step is not None else "Too little was measured to tell."


def judge(
    curve: Sequence[Point],
    recited: Sequence[tuple[str, str]] = (),
    canaries: Mapping[str, str] | None = None,
) -> Judgement:
    """Judge a run by its curves and by what the model says.

    `recited` are answers of the tuned model with those of its training rows, asked in *other* words than the row's
    question; `canaries` are planted secrets, each with what the model said when it was led towards it.
    """
    signs = [*_of_curve(curve)]
    if recited:
        alike = sum(near_duplicates.likeness(said, taught) >= RECITED for said, taught in recited)
        if alike > MANY_RECITED * len(recited):
            signs.append(f"{alike} of {len(recited)} training answers are recited word for word")
    told = [secret for secret, said in (canaries or {}).items() if secret in said]
    if told:
        signs.append(f"{len(told)} of {len(canaries or {})} planted secrets are repeated")
    measured = [point for point in curve if point.validation_loss is not None]
    best = min(measured, key=lambda point: point.validation_loss or 0.0).step if measured else None
    return Judgement(bool(signs), tuple(signs), best)


def _of_curve(curve: Sequence[Point]) -> Sequence[str]:
    measured = [(point.step, point.validation_loss) for point in curve if point.validation_loss is not None]
    if len(measured) < FEWEST:
        return ()
    signs = []
    best_step, lowest = min(measured, key=lambda one: one[1])
    last_step, last = measured[-1]
    if last > lowest * (1 + RISE) and best_step != last_step:
        signs.append(
            f"the validation loss was lowest at step {best_step} ({lowest:.2f}) and rose to {last:.2f} by {last_step}"
        )
    trained = [(point.step, point.train_loss) for point in curve if point.train_loss is not None]
    if trained and signs:
        final = sum(loss for _, loss in trained[-3:]) / len(trained[-3:])
        if last > GAP * final:
            signs.append(f"it ends at {last:.2f} where the training loss is {final:.2f}")
    return signs


BLOCKS = " ▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """A curve in one line of a terminal, from its lowest to its highest value."""
    if not values:
        return ""
    step = max(1, len(values) / width)
    shown = [values[int(place * step)] for place in range(min(width, len(values)))]
    low, high = min(shown), max(shown)
    scale = (len(BLOCKS) - 2) / (high - low) if high > low else 0
    return "".join(BLOCKS[1 + round((value - low) * scale)] for value in shown)


def picture(curve: Sequence[Point], title: str) -> str:
    """The curves as an SVG picture, 720 x 360, readable on light and dark."""
    width, height, left, bottom = 720, 360, 56, 40
    lines = {
        "training": ("#2563eb", [(point.step, point.train_loss) for point in curve if point.train_loss is not None]),
        "validation": (
            "#d97706",
            [(point.step, point.validation_loss) for point in curve if point.validation_loss is not None],
        ),
    }
    every = [value for _, points in lines.values() for _, value in points] or [0.0, 1.0]
    steps = [step for _, points in lines.values() for step, _ in points] or [0, 1]
    top, low = max(every) * 1.05, min(0.0, *every)

    def place(step: float, value: float) -> str:
        x = left + (width - left - 16) * (step - min(steps)) / max(1, max(steps) - min(steps))
        y = (height - bottom) - (height - bottom - 40) * (value - low) / max(1e-9, top - low)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" role="img">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="22" font-size="15" fill="#1f2937">{escape(title)}</text>',
    ]
    for part in range(5):
        value = low + (top - low) * part / 4
        x, y = place(min(steps), value).split(",")
        parts.append(f'<line x1="{x}" x2="{width - 16}" y1="{y}" y2="{y}" stroke="#e5e7eb"/>')
        parts.append(
            f'<text x="{left - 8}" y="{y}" dy="4" font-size="11" text-anchor="end" fill="#6b7280">{value:.2f}</text>'
        )
    for number, (name, (colour, points)) in enumerate(lines.items()):
        if points:
            path = " ".join(place(step, value) for step, value in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            key = width - 210 + 105 * number
            parts.append(f'<rect x="{key}" y="14" width="12" height="3" fill="{colour}"/>')
            parts.append(f'<text x="{key + 18}" y="20" font-size="12" fill="#374151">{name}</text>')
    for step in (min(steps), max(steps)):
        x, _ = place(step, low).split(",")
        parts.append(
            f'<text x="{x}" y="{height - 18}" font-size="11" text-anchor="middle" fill="#6b7280">{step}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
