"""Asks a question by one method, and keeps every answer: what was asked once is never paid for again.

DATA/tuning/answers/FINGERPRINT.jsonl    one answer a line; the fingerprint stands for model, prompt, generation, …
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import ModelUnavailable
from service.answering.answerer import EXTRACTIVE, Answerer
from service.answering.prompting.prompts import RULES, SENTINEL
from service.answers import Done, Outcome, Turn, Usage
from service.models.base import Message
from service.models.registry import Models, Served
from service.profile import Profile
from service.settings import ServiceSettings
from tuning import records
from tuning.comparison.answer_metrics import Cited, Given, is_refusal
from tuning.comparison.bench import Bench
from tuning.comparison.cases import Case
from tuning.comparison.methods import Method
from tuning.comparison.replies import Remembering, Replies
from tuning.datasets.formats import PERSONA

VERSION = 2  # raised when answers of the same fingerprint would no longer be made the same way


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and what it took."""

    text: str
    outcome: Outcome
    cited: tuple[Cited, ...]
    first_token_ms: float
    total_ms: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    repeated: bool = False  # nothing was sent to the model for it: it had answered these very messages before

    @property
    def given(self) -> Given:
        """What the metrics look at."""
        return Given(self.text, self.outcome, self.cited)

    def cost(self, served: Served | None) -> float:
        """What it cost, in the operator's currency, at the alias's prices of today."""
        return served.priced(Usage(self.prompt_tokens, self.completion_tokens)).cost if served else 0.0


class Asker:
    """Asks by any method, over one knowledge base."""

    def __init__(self, bench: Bench, settings: ServiceSettings, profile: Profile) -> None:
        self._bench, self._settings, self._profile = bench, settings, profile
        self._replies = Replies(settings.data)

    async def ask(self, method: Method, case: Case) -> Answered:
        """The answer. Raises ModelUnavailable when the model gives none: quoting never steps in for it unnoticed."""
        if method.searches:
            return await self._from_passages(method, case)
        return await self._alone(method, case)

    def fingerprint(self, method: Method) -> str:
        """What an answer depends on besides its question; prices, time limits and the like do not count."""
        told: dict[str, Any] = {"version": VERSION, "kind": method.kind}
        if method.served is not None:
            told["model"] = _of_model(method.served)
        if method.searches:
            settings = self._settings
            told["knowledge"] = [self._bench.generation.name, settings.passages_per_answer, settings.refuse_below]
            told["rules"] = [RULES, self._with(method).model_dump(mode="json")]
        else:
            told["rules"] = self._system(method)
        if method.searches and self._settings.reranker is not None:
            told["reranker"] = [self._settings.reranker, self._settings.reranker_model]
        if method.adapts:
            told["adapter"] = self._bench.adapter
        return _digest(told)[:32]

    def _with(self, method: Method) -> Profile:
        return method.prompt.within(self._profile) if method.prompt else self._profile

    def _system(self, method: Method) -> str:
        return "\n\n".join(filter(None, (PERSONA, method.prompt.text() if method.prompt else "")))

    async def _from_passages(self, method: Method, case: Case) -> Answered:
        model = None
        if method.served is not None:
            model = Remembering(method.served.model, self._replies, _of_model(method.served))
        finder = self._bench.adapted if method.adapts else self._bench.plain
        assert finder is not None, "a method that adapts is there with an adapter only"
        answerer = Answerer(finder, Models.single(model, self._settings), self._settings, self._with(method))
        stream = answerer.stream(case.question, _history(case), lang=case.lang or None)
        [answer] = [event.answer async for event in stream if isinstance(event, Done)]
        # A greeting is answered without asking any model, and that is what the counter serves.
        if model is not None and model.sent and answer.outcome == "answered" and answer.model == EXTRACTIVE:
            raise ModelUnavailable(f"{method.name} gave no answer.")
        cited = tuple(Cited(citation.passage_id, citation.source) for citation in answer.citations)
        timings, usage = answer.timings_ms, answer.usage
        return Answered(
            answer.text,
            answer.outcome,
            cited,
            round(timings["first_token"] + (model.first_token_ms if model else 0), 1),
            round(timings["total"] + (model.total_ms if model else 0), 1),
            usage.prompt_tokens,
            usage.completion_tokens,
            model is not None and model.repeated > 0 and not model.sent,
        )

    async def _alone(self, method: Method, case: Case) -> Answered:
        assert method.served is not None, "a method without passages has a model"
        messages = [Message("system", self._system(method)), *(Message(one.role, one.text) for one in case.history)]
        messages.append(Message("user", case.question))
        start, first, said, usage = time.monotonic(), 0.0, "", Usage()
        async with aclosing(method.served.model.stream(messages)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                first = first or 1000 * (time.monotonic() - start)
                said += piece
        text = said.replace(SENTINEL, "").strip()
        if not said.strip():
            raise ModelUnavailable(f"{method.name} ended well and said nothing.")
        outcome: Outcome = "refused" if is_refusal(said) else "answered"
        total = 1000 * (time.monotonic() - start)
        return Answered(
            text, outcome, (), round(first, 1), round(total, 1), usage.prompt_tokens, usage.completion_tokens
        )


class Kept:
    """The answers of earlier runs."""

    def __init__(self, data: Path) -> None:
        self._records = records.Keyed(data / "tuning" / "answers")

    def get(self, fingerprint: str, case: Case) -> Answered | None:
        """The answer that is kept, if there is one."""
        record = self._records.get(fingerprint, _key(case))
        return None if record is None else _answered(record["answer"])

    def add(self, fingerprint: str, case: Case, answer: Answered) -> None:
        """Keep an answer; it is on disk when this returns. Raises CannotWrite."""
        self._records.add(fingerprint, {"key": _key(case), "question": case.question, "answer": asdict(answer)})


def _of_model(served: Served) -> list[Any]:
    """All of a model that its replies depend on."""
    spec = served.spec
    return [spec.name, spec.base_url, spec.client, spec.temperature, spec.max_answer_tokens]


def _answered(record: Mapping[str, Any]) -> Answered:
    return Answered(**{**record, "cited": tuple(Cited(**one) for one in record["cited"])})


def _history(case: Case) -> Sequence[Turn]:
    return [Turn(said.role, said.text) for said in case.history]


def _key(case: Case) -> str:
    return _digest([case.question, case.lang, [[said.role, said.text] for said in case.history]])[:32]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
