"""What a search is restricted to: collection, language, audience, product, dates and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadFilter
from knowledge.passages import Passage
from knowledge.staff import is_for_staff

Values = tuple[str | None, ...]  # any of these; None stands for passages that name none
NAMES = ("collection", "lang", "kind", "source", "audience", "product", "tags")
ALWAYS = (0, 2**31 - 1)  # days since 1970: the first and the last day of a passage without dates
_EPOCH = date(1970, 1, 1)
_MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """A passage must have one of the values of each field that names some, and be valid on the day `on`."""

    collection: Values = ()
    lang: Values = ()
    kind: Values = ()
    source: Values = ()
    audience: Values = ()
    product: Values = ()
    tags: Values = ()
    on: date | None = None  # today when None
    for_customers: bool = False  # without what is for staff alone, unless an audience is named; no wire sets this

    @classmethod
    def of(cls, given: Mapping[str, Any] | None = None, collection: str | None = None) -> Filters:
        """Filters as they come over the wire: a field's value, a list of such, or null for passages that name none.

        `on` is a day such as "2026-04-01". Raises BadFilter for a field that does not exist or a value of another type.
        """
        made: dict[str, Any] = {} if collection is None else {"collection": (collection,)}
        for name, value in (given or {}).items():
            if name == "on":
                made[name] = _day(value)
            elif name in NAMES:
                values = tuple(value) if isinstance(value, list | tuple) else (value,)
                if len(values) > _MOST_VALUES or not all(each is None or isinstance(each, str) for each in values):
                    raise BadFilter(f"The filter {name} takes a text, a list of at most {_MOST_VALUES}, or null.")
                if not values:
                    raise BadFilter(f"The filter {name} names no value.")
                if name in made and values != made[name]:
                    raise BadFilter("Two different collections are named.")
                made[name] = values
            else:
                raise BadFilter(f"There is no filter {name!r:.60}. Known are {', '.join((*NAMES, 'on'))}.")
        return cls(**made)

    def day(self) -> int:
        """The day that passages must be valid on, in days since 1970; what is before that is its first day."""
        return max(0, days(self.on or datetime.now(UTC).astimezone().date()))

    def pinned(self) -> Filters:
        """These filters on a day that stays."""
        return replace(self, on=self.on or datetime.now(UTC).astimezone().date())

    def named(self) -> dict[str, Values]:
        """The fields that name values."""
        found: dict[str, Values] = {name: getattr(self, name) for name in NAMES}
        return {name: values for name, values in found.items() if values}


Group = tuple[tuple[str, ...], ...]  # of each field of NAMES, the values that a passage has


def group_of(passage: Passage) -> Group:
    """What the filters can ask of a passage, apart from its dates."""
    about = passage.attributes
    return (
        (passage.collection,),
        (passage.lang,),
        (passage.kind,),
        (passage.source,),
        about.audience,
        about.product,
        about.tags,
    )


def passes(group: Group, filters: Filters) -> bool:
    """Whether passages of a group have one of the values of each field, and may be told to whom the filters are for."""
    if filters.for_customers and not filters.audience and is_for_staff(group[NAMES.index("audience")]):
        return False
    for name, wanted in filters.named().items():
        values = group[NAMES.index(name)]
        if not (any(value in wanted for value in values) if values else None in wanted):
            return False
    return True


def validity_of(passage: Passage) -> tuple[int, int]:
    """The first and the last day of a passage, in days since 1970."""
    first, last = passage.attributes.valid_from, passage.attributes.valid_until
    return (
        ALWAYS[0] if first is None else max(0, days(date.fromisoformat(first))),
        ALWAYS[1] if last is None else max(0, days(date.fromisoformat(last))),
    )


def days(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def valid(validity: NDArray[np.int32], day: int) -> NDArray[np.bool_]:
    """Which rows of `validity` (n x 2, as `validity_of` gives them) hold on a day."""
    held: NDArray[np.bool_] = (validity[:, 0] <= day) & (day <= validity[:, 1])
    return held


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadFilter(f"The filter on takes a day such as 2026-04-01, not {value!r:.40}.") from None
