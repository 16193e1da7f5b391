"""The ways of answering that can be compared: quoting, a model alone, search with a model, each with a tuned prompt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from knowledge.errors import SetupError
from service.models.registry import Served
from service.models.specs import EXTRACTIVE
from tuning.prompt_versions import Prompt

Kind = Literal["extractive", "alone", "alone+prompt", "rag", "rag+prompt"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Method:
    """One way of answering."""

    kind: Kind
    served: Served | None = None  # None quotes
    prompt: Prompt | None = None

    @property
    def name(self) -> str:
        """A stable name: `extractive`, or the kind and the model's alias."""
        return self.kind if self.served is None else f"{self.kind}:{self.served.alias}"

    @property
    def title(self) -> str:
        """For a person."""
        if self.served is None:
            return "Quoting the passages"
        tuned = self.served.spec.kind == "fine_tuned"
        model = f"fine-tuned model {self.served.alias}" if tuned else f"model {self.served.alias}"
        way = f"Search + {model}" if self.searches else f"{model[0].upper()}{model[1:]} alone"
        return f"{way}, tuned prompt" if self.prompt else way

    @property
    def searches(self) -> bool:
        """Whether it answers from passages."""
        return not self.kind.startswith("alone")

    @property
    def effort(self) -> int:
        """How much there is to build and to look after, for choosing between equals."""
        if self.served is None:
            return 0
        return 1 + (self.prompt is not None) + 2 * (self.served.spec.kind == "fine_tuned")


def available(
    served: Mapping[str, Served], prompt: Prompt | None, kinds: Collection[str] = ()
) -> tuple[list[Method], list[str]]:
    """The methods that can be tried, and a sentence for each that cannot.

    `served` are the models to try, by alias. Raises SetupError for a kind that does not exist.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise SetupError(f"There is no method {', '.join(unknown)}. There are: {', '.join(KINDS)}.")
    wanted = [kind for kind in KINDS if not kinds or kind in kinds]
    found, missing = [Method(EXTRACTIVE)] if EXTRACTIVE in wanted else [], []
    for one in served.values():
        for kind in wanted:
            if kind == EXTRACTIVE or (kind.endswith("+prompt") and prompt is None):
                continue
            found.append(Method(kind, one, prompt if kind.endswith("+prompt") else None))
    with_model = [kind for kind in wanted if kind != EXTRACTIVE]
    if with_model and not served:
        missing.append("No model is there: add one with madoguchi models add, or set MADOGUCHI_MODEL.")
    if prompt is None and served and any(kind.endswith("+prompt") for kind in wanted):
        missing.append("No prompt was tuned: madoguchi tune prompt.")
    if not kinds and served and not any(one.spec.kind == "fine_tuned" for one in served.values()):
        missing.append("No model was fine-tuned: madoguchi tune submit, then madoguchi models add … --fine-tuned.")
    return found, missing
