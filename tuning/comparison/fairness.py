"""What makes a comparison unfair and its answers do not show: rows that a model was trained on, missing prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from service.models.specs import Spec
from tuning.comparison.cases import Case
from tuning.datasets import dataset, examples, near_duplicates
from tuning.datasets.checking import LEAK
from tuning.training.jobs import Jobs

LOOKS = 3  # comparisons on the same questions: from here on choosing by them flatters what is chosen


def of_models(specs: Mapping[str, Spec], cases: Sequence[Case], jobs: Jobs) -> list[str]:
    """A sentence for each thing about the models that whoever reads the comparison must know."""
    priced = {alias: one.price_per_million_prompt_tokens or one.price_per_million_completion_tokens
              for alias, one in specs.items()}  # fmt: skip
    told = [
        f"{alias} has no price here: its answers count as free of charge (madoguchi models add {alias} --replace "
        "--prompt-price … --completion-price …)."
        for alias, price in priced.items()
        if not price and any(priced.values())
    ]
    return [*told, *_of_training(specs, cases, jobs)]


def of_looks(earlier: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> str | None:
    """A warning when the same questions have judged so often that the luckiest method is chosen, not the best."""
    tried = {tuple(sorted(one["qualities"])) for one in earlier if set(one["ids"]) == set(ids)}
    if len(tried) < LOOKS:
        return None
    return (
        f"These very questions have judged {len(tried)} other choices of methods before: who goes on choosing by them "
        "finds the luckiest one. Let questions decide that were never looked at."
    )


def _of_training(specs: Mapping[str, Spec], cases: Sequence[Case], jobs: Jobs) -> Iterator[str]:
    for alias, spec in specs.items():
        if spec.kind != "fine_tuned":
            continue
        rows = _rows(spec, jobs)
        if rows is None:
            yield (
                f"What {alias} was trained on is not there any more, or was never known here: whether it has seen "
                "these questions cannot be told."
            )
        elif seen := _alike(rows, [case.question for case in cases]):
            yield (
                f"{seen} of {len(cases)} questions are nearly the same as rows that {alias} was trained on, which "
                "flatters it. Questions that it has not seen would be a fairer trial."
            )


def _rows(spec: Spec, jobs: Jobs) -> list[str] | None:
    """The questions that a model was trained on."""
    if spec.training is None:
        return None
    try:
        folder = Path(jobs.get(spec.training.job).order.dataset)
        if dataset.fingerprint(folder) != spec.training.data:
            return None
        return [one.question for one in examples.left(folder, "train")]
    except (SetupError, OSError):
        return None


def _alike(rows: Sequence[str], questions: Sequence[str]) -> int:
    texts = [*rows, *questions]
    return len({
        other for one, other, _ in near_duplicates.pairs(texts, LEAK) if one < len(rows) <= other
    })  # fmt: skip
