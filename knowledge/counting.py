"""How what is counted is said to a person."""


def counted(number: int, what: str) -> str:
    """The number with a noun that fits it: "1 file", "1,200 files"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
