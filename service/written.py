"""What an operator writes in a file of their own: phrases as patterns, and what is wrong, in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError


class Part(BaseModel):
    """A part of such a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(value: str) -> str:
    try:
        empty = re.compile(value, re.IGNORECASE).search("")
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    if empty:
        raise ValueError(f"{value!r} fits every message, as it fits no words at all")
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


def holds(patterns: Iterable[str], text: str) -> bool:
    """Whether a text holds what one of the patterns describes."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def complaints(model: type[BaseModel], error: ValidationError) -> Iterator[str]:
    """What is wrong, field by field, without the values."""
    for item in error.errors():
        place = ".".join(map(str, item["loc"]))
        yield f"{place}: {_told(model, item)}" if place else _told(model, item)


def _told(model: type[BaseModel], item: Any) -> str:
    match item["type"]:
        case "missing":
            return "is missing"
        case "string_too_short":
            return "must not be empty"
        case "too_short":
            return "must hold something"
        case "tuple_type":
            return 'must be a list in brackets: ["one", "two"]'
        case "extra_forbidden":
            known = _fields(model, item["loc"][:-1])
            near = difflib.get_close_matches(str(item["loc"][-1]), known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
            return f"there is no such field. {hint}"
    return str(item["msg"]).removeprefix("Value error, ")


def _fields(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The names of the fields at a place of the file."""
    for step in place:
        if isinstance(step, str):
            kind: Any = model.model_fields[step].annotation
            model = get_args(kind)[0] if get_args(kind) else kind  # a list of them, or one
    return list(model.model_fields)
