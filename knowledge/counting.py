"""How what is counted is said to a person."""

from collections.abc import Sequence


def counted(number: int, what: str) -> str:
    """The number with a noun that fits it: "1 file", "1,200 files"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def some(items: Sequence[object], most: int = 10) -> str:
    """The first of some things: "3, 5, 8 and more"."""
    return ", ".join(map(str, items[:most])) + (" and more" if len(items) > most else "")
