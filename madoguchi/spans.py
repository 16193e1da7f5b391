"""What operators give to commands: a point in time as a span (90d) or a date, and a share (10%, 0.1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import typer

_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdwy])")
_HOURS = {"h": 1, "d": 24, "w": 168, "y": 8766}


def span_or_date(text: str) -> timedelta | datetime:
    """What a text says; a date without a zone has none. Raises BadParameter."""
    if span := _SPAN.fullmatch(text):
        return timedelta(hours=int(span[1]) * _HOURS[span[2]])
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a span (90d, 12h, 1y) nor a date (2027-04-01).") from None


def share_of(text: str, hint: str, least: float = 1e-9) -> float:
    """A share of the sessions, such as 10% or 0.1. Raises BadParameter."""
    try:
        part = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        part = -1.0
    if not least <= part <= 1:
        raise typer.BadParameter("expected a share such as 10% or 0.1.", param_hint=hint)
    return part
