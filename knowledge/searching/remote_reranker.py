"""Asks a /rerank endpoint which passages answer best, and waits no longer than it may."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime

import httpx2
from pydantic import BaseModel, Field, FiniteFloat, TypeAdapter, ValidationError

from knowledge.whole_answers import PLAIN, bounded

AT_ONCE = 8  # requests; more wait, and so run out of time rather than pile up
LARGEST = 1_000_000  # bytes of an answer: some servers send the passages back


class _Judgement(BaseModel):
    index: int = Field(ge=0)
    relevance_score: FiniteFloat


class _Judged(BaseModel):
    index: int = Field(ge=0)
    score: FiniteFloat


class _Answer(BaseModel):
    results: list[_Judgement]


_SHAPES: TypeAdapter[_Answer | list[_Judged]] = TypeAdapter(_Answer | list[_Judged])


class RemoteReranker:
    """Asks a /rerank endpoint as Cohere, Jina, vLLM and llama-server offer it, or text-embeddings-inference.

    Whatever goes wrong there, no answer, too late, nonsense, the search goes on with the order that it has; `trouble`
    keeps the last reason for `doctor` and logs.
    """

    def __init__(self, url: str, model: str | None, key: str | None, budget_s: float) -> None:
        self._url, self._model, self._budget_s = url, model, budget_s
        headers = PLAIN | ({"Authorization": f"Bearer {key}"} if key else {})
        whole = bounded(budget_s, LARGEST)
        self._client = httpx2.Client(headers=headers, timeout=budget_s, event_hooks={"response": [whole]})
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rerank")
        self.trouble: str | None = None

    def scores(self, question: str, texts: Sequence[str]) -> dict[int, float] | None:
        """Ask, and wait no longer than the budget."""
        asked: Future[dict[int, float]] = self._pool.submit(self._ask, question, texts)
        try:
            judged = asked.result(self._budget_s)
        except OutOfTime:
            asked.cancel()
            self.trouble = f"no answer within {1000 * self._budget_s:.0f} ms"
            return None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValidationError) as error:
            self.trouble = f"{type(error).__name__}: {error}".partition("\n")[0]
            return None
        self.trouble = None if judged else "it judged none of the passages"
        return judged

    def _ask(self, question: str, texts: Sequence[str]) -> dict[int, float]:
        # text-embeddings-inference calls the documents texts; each server leaves alone what it does not know
        body = {"query": question, "documents": list(texts), "texts": list(texts), "top_n": len(texts)}
        response = self._client.post(self._url, json=body | ({"model": self._model} if self._model else {}))
        response.raise_for_status()
        answer = _SHAPES.validate_json(response.content)
        if isinstance(answer, _Answer):
            pairs = [(one.index, one.relevance_score) for one in answer.results]
        else:
            pairs = [(one.index, one.score) for one in answer]
        return {index: score for index, score in pairs if index < len(texts)}
