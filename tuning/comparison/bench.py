"""What a comparison stands on: one generation of the knowledge base, which no ingest changes under its feet."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Self

from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.filters import Filters
from knowledge.finder import Finder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Found, Hit
from knowledge.searching import reranking, retrieval
from knowledge.searching.reranking import Reranker, open_reranker
from service.settings import ServiceSettings
from tuning.comparison.answer_metrics import Vector
from tuning.comparison.cases import Case


class Search:
    """A Finder over one generation, with its adapter or without."""

    def __init__(self, generation: Generation, embedder: Embedder, reranker: Reranker | None) -> None:
        self._generation, self._embedder, self._reranker = generation, embedder, reranker

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        """The best passages, in the reranker's order where there is one."""
        looked = max(limit, reranking.CANDIDATES) if self._reranker else limit
        found = retrieval.search(self._generation, self._embedder, question, looked, filters)
        return reranking.rerank(found, self._reranker, question, limit) if self._reranker else found


class Bench:
    """The searches over one generation, and the evidence that answers are measured by.

    Both have all in common but the adapter; there is no adapted one where `tune transfer` has left nothing.
    """

    def __init__(
        self, generation: Generation, embedder: Embedder, passages_per_answer: int, reranker: Reranker | None
    ) -> None:
        self.generation, self._embedder, self._limit = generation, embedder, passages_per_answer
        self._adapter = generation.adapter or None  # one that knows no passage of these does not count
        plain = copy.copy(generation)  # the same files, opened once
        plain.adapter = None
        self.plain: Finder = Search(plain, embedder, reranker)
        self.adapted: Finder | None = Search(generation, embedder, reranker) if self._adapter else None

    @classmethod
    def open(cls, settings: ServiceSettings) -> Self:
        """Over the knowledge base and by the models of search that are configured."""
        embedder = open_embedder(settings)
        generation = Generation.open(settings.data, Analyzer(), embedder.fingerprint)
        return cls(generation, embedder, settings.passages_per_answer, open_reranker(settings))

    @property
    def adapter(self) -> str | None:
        """The fingerprint of the adapter that serves."""
        return self._adapter.fingerprint if self._adapter else None

    def has_learnt(self, case: Case) -> bool:
        """Whether the adapted search has learnt from this very question, and so has it too easy."""
        return self._adapter is not None and self._adapter.has_learnt(self._embedder.embed_query(case.question))

    def knowing(self, cases: Sequence[Case]) -> list[Case]:
        """The cases without passages that this knowledge base does not hold: nobody can cite those.

        They come with tickets that were held back, as a data set of another knowledge base.
        """
        named = {name.partition("-")[0] for case in cases for name in case.passage_ids}
        held = {one.id for name in named & set(self.generation.documents) for one in self.generation.passages(name)}
        return [
            case.model_copy(update={"passage_ids": tuple(name for name in case.passage_ids if name in held)})
            for case in cases
        ]

    def evidence(self, case: Case) -> Sequence[Hit]:
        """What an answer's sentences may rest on: what either search finds, and what is known to answer it."""
        searches = (self.plain, self.adapted) if self.adapted else (self.plain,)
        found = {hit.passage.id: hit for one in searches for hit in one.search(case.question, self._limit).hits}
        hits = list(found.values())
        wanted = set(case.passage_ids) - set(found)
        for document in {name.partition("-")[0] for name in wanted} & set(self.generation.documents):
            hits += [Hit(one, 1.0, 1.0, 1.0) for one in self.generation.passages(document) if one.id in wanted]
        return hits

    def embed(self, texts: Sequence[str]) -> Vector:
        """A unit vector for each text, all as passages, so that equal texts have equal vectors."""
        return self._embedder.embed_passages(texts)
