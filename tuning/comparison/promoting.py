"""
Lets a model answer customers, if the last comparison does not forbid it, and takes it back at once.

    DATA/tuning/promotions.jsonl    every promotion and rollback, with what was there before and why it was allowed

What changes is who is the default in `models.json` and which share of the sessions each model gets; a running service
follows within seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.errors import MadoguchiError, SetupError
from service.models.specs import EXTRACTIVE, Catalogue, checked
from tuning import metrics, records
from tuning.comparison.methods import kind_of
from tuning.metrics import Difference

TUNED = ("name", "base_url", "client", "temperature", "max_answer_tokens")  # of a model: what changes its answers


class Forbidden(MadoguchiError):
    """The last comparison says that customers would be answered worse."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Why a model may answer."""

    difference: Difference | None  # in quality, against who answers now; None when it is the one who answers
    compared_at: str
    notes: tuple[str, ...]


def gate(
    comparison: Mapping[str, Any],
    alias: str,
    incumbent: str,
    specs: Mapping[str, Mapping[str, Any]],
    generation: str | None,
    prompted: bool = False,
    adapter: str | None = None,
) -> Passed:
    """Whether `alias` may answer instead of `incumbent`, as both are served: from passages.

    `specs` are the models as they are now. With `prompted` the tuned prompt is in use, and `adapter` is the fingerprint
    of what adapts the search, if anything does. Raises Forbidden when the
    candidate is worse beyond chance, SetupError when the comparison does not tell.
    """
    mine, theirs = (_qualities(comparison, one, prompted, adapter is not None) for one in (alias, incumbent))
    for one in (alias, incumbent):
        then, now = comparison["models"].get(one, {}), specs.get(one, {})
        if any(then.get(field) != now.get(field) for field in TUNED):
            raise SetupError(
                f"{one} is not the model any more that was compared. Compare again: madoguchi tune compare"
            )
    notes = []
    if comparison["generation"] != generation:
        notes.append("The documents have changed since the comparison.")
    if adapter is not None and comparison["adapter"] != adapter:
        notes.append("The search was adapted anew since the comparison.")
    if comparison["questions"] < comparison["held"]:
        notes.append(f"Only {comparison['questions']} of {comparison['held']} questions were compared.")
    if alias == incumbent:
        return Passed(None, comparison["made_at"], tuple(notes))
    difference = metrics.paired(mine, theirs, seed=comparison["seed"], together=comparison.get("together") or None)
    if difference.high < 0:
        raise Forbidden(
            f"{alias} answers worse than {incumbent}, who answers now: quality {difference.value:+.3f} "
            f"(95 % interval {difference.low:+.3f} to {difference.high:+.3f}) over {len(mine)} questions. "
            "Nothing was changed."
        )
    if difference.low <= 0:
        notes.append("The comparison proves no difference in quality.")
    return Passed(difference, comparison["made_at"], tuple(notes))


def promoted(catalogue: Catalogue, alias: str, share: float | None) -> Catalogue:
    """The models with `alias` as the default, or with a share of the sessions. Raises ConfigError, SetupError."""
    plain = catalogue.model_dump()
    if share is None:
        if alias in plain["models"]:
            plain["models"][alias]["share"] = 0.0
        return checked(plain | {"default": alias})
    if alias not in plain["models"]:
        raise SetupError(f"Only a model of models.json can have a share, and {alias} is none.")
    plain["models"][alias]["share"] = share
    return checked(plain)


class Promotions:
    """The history, and the way back."""

    def __init__(self, data: Path) -> None:
        self._file = data / "tuning" / "promotions.jsonl"

    def all(self) -> list[dict[str, Any]]:
        """Every promotion and rollback, oldest first."""
        return list(records.lines(self._file))

    def note(self, action: str, alias: str, before: Catalogue, after: Catalogue, at: datetime, why: str) -> None:
        """Write down a change before it is made. Raises CannotWrite."""
        told = {"action": action, "alias": alias, "at": at.isoformat(timespec="seconds"), "why": why}
        records.add(self._file, told | {"before": _standing(before), "after": _standing(after)})

    def last(self) -> dict[str, Any]:
        """The promotion that a rollback takes back. Raises SetupError when there is none left."""
        open_ones: list[dict[str, Any]] = []
        for record in self.all():
            if record["action"] == "promote":
                open_ones.append(record)
            elif open_ones:
                open_ones.pop()
        if not open_ones:
            raise SetupError("There is no promotion to take back.")
        return open_ones[-1]


def taken_back(catalogue: Catalogue, record: Mapping[str, Any]) -> Catalogue:
    """The models of now, with the default and the shares from before a promotion; a model that is gone stays gone."""
    before = record["before"]
    plain = catalogue.model_dump()
    for alias, spec in plain["models"].items():
        spec["share"] = before["shares"].get(alias, 0.0)
    default = before["default"]
    gone = default not in (None, EXTRACTIVE, "default") and default not in plain["models"]
    if gone:
        raise SetupError(f"{default}, who answered before, is not there any more: madoguchi models list")
    return checked(plain | {"default": default})


def _standing(catalogue: Catalogue) -> dict[str, Any]:
    shares = {alias: spec.share for alias, spec in catalogue.models.items() if spec.share}
    return {"default": catalogue.default, "shares": shares}


def _qualities(comparison: Mapping[str, Any], alias: str, prompted: bool, adapted: bool) -> list[float]:
    if alias == EXTRACTIVE:
        name: str = kind_of("extractive", prompted, adapted)
    else:
        name = f"{kind_of('rag', prompted, adapted)}:{alias}"
    if name not in comparison["qualities"]:
        raise SetupError(f"The last comparison has no {name}: madoguchi tune compare {comparison['set']}")
    qualities: list[float] = comparison["qualities"][name]
    return qualities
