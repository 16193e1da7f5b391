"""The ways of answering that can be compared: quoting, a model alone, search with a model; with what was tuned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from knowledge.errors import SetupError
from service.models.registry import Served
from service.models.specs import EXTRACTIVE
from tuning.prompt_versions import Prompt

Kind = Literal[
    "extractive", "extractive+transfer",
    "alone", "alone+prompt",
    "rag", "rag+prompt", "rag+transfer", "rag+prompt+transfer",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


def kind_of(way: Literal["extractive", "alone", "rag"], prompted: bool, adapted: bool) -> Kind:
    """The way as a running service has it: with the tuned prompt, and the adapted search where there is one."""
    named = f"{way}{'+prompt' * (prompted and way != 'extractive')}{'+transfer' * (adapted and way != 'alone')}"
    return next(kind for kind in KINDS if kind == named)


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
            return "Quoting the passages, adapted search" if self.adapts else "Quoting the passages"
        tuned = self.served.spec.kind == "fine_tuned"
        model = f"fine-tuned model {self.served.alias}" if tuned else f"model {self.served.alias}"
        search = "Adapted search" if self.adapts else "Search"
        way = f"{search} + {model}" if self.searches else f"{model[0].upper()}{model[1:]} alone"
        return f"{way}, tuned prompt" if self.prompt else way

    @property
    def searches(self) -> bool:
        """Whether it answers from passages."""
        return not self.kind.startswith("alone")

    @property
    def adapts(self) -> bool:
        """Whether it searches with what `tune transfer` has learnt."""
        return self.kind.endswith("+transfer")

    @property
    def effort(self) -> int:
        """How much there is to build and to look after, for choosing between equals."""
        if self.served is None:
            return int(self.adapts)
        return 1 + (self.prompt is not None) + self.adapts + 2 * (self.served.spec.kind == "fine_tuned")


def available(
    served: Mapping[str, Served], prompt: Prompt | None, adapted: bool, kinds: Collection[str] = ()
) -> tuple[list[Method], list[str]]:
    """The methods that can be tried, and a sentence for each that cannot.

    `served` are the models to try, by alias; `adapted` says whether the search was. Raises SetupError for a kind that
    does not exist, and when there is nothing to try.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise SetupError(f"There is no method {', '.join(unknown)}. There are: {', '.join(KINDS)}.")
    wanted = [kind for kind in KINDS if not kinds or kind in kinds]
    quoting = [kind for kind in wanted if kind.startswith(EXTRACTIVE)]
    with_model = [kind for kind in wanted if kind not in quoting]
    prompted = [kind for kind in wanted if "+prompt" in kind]
    found, missing = [Method(kind) for kind in quoting], []
    for one in served.values():
        found += [Method(kind, one, prompt if kind in prompted else None) for kind in with_model]
    if with_model and not served:
        missing.append("No model is there: add one with madoguchi models add, or set MADOGUCHI_MODEL.")
    if prompt is None and served and prompted:
        missing.append("No prompt was tuned: madoguchi tune prompt.")
        found = [method for method in found if method.kind not in prompted]
    if not adapted:
        if any(method.adapts for method in found):
            missing.append("The search was not adapted: madoguchi tune transfer.")
        found = [method for method in found if not method.adapts]
    if not kinds and served and not any(one.spec.kind == "fine_tuned" for one in served.values()):
        missing.append("No model was fine-tuned: madoguchi tune submit, then madoguchi models add … --fine-tuned.")
    if not found:
        raise SetupError(f"There is nothing to compare. {' '.join(missing)}")
    return found, missing
