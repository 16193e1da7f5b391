"""What the fields of several requests hold, and how each is checked."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from knowledge.filters import Filters
from service.memory.sessions import SESSION_ID

_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060-\u2064\ufeff\u3164]+")


def whole(text: str) -> str:
    """The text, if UTF-8 can hold it. Raises ValueError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate)") from None
    return text


def _said(text: str) -> str:
    if not _UNSEEN.sub("", text):
        raise ValueError("must not be empty")
    return text


def _understood(filters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    Filters.of(filters)
    return filters


Whole = Annotated[str, AfterValidator(whole)]
Text = Annotated[Whole, AfterValidator(_said)]
SessionId = Annotated[str, Field(pattern=f"^{SESSION_ID.pattern}$", examples=["k3J-9vZ0c1"])]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["Zr1pQ8sXb0aYc2Qd"])]
Language = Annotated[  # a browser's own "ja-JP" will do
    str,
    Field(pattern="^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$", max_length=35, examples=["ja"]),
    AfterValidator(lambda tag: re.split("[-_]", tag)[0].lower()),
]
FiltersIn = Annotated[
    dict[str, JsonValue],
    AfterValidator(_understood),
    Field(
        description="Only passages that have one of the values of each field: `collection`, `lang`, `kind`, `source`, "
        "`audience`, `product` or `tags`; a value, a list of them, or null for passages that name none. `on` is the "
        "day on which they must be valid, today when it is absent.",
        examples=[{"product": "kettle", "audience": ["business", None]}],
    ),
]


class Wire(BaseModel):
    """Unknown fields are ignored: clients of tomorrow may send more."""

    model_config = ConfigDict(extra="ignore")
