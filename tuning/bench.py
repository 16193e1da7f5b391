"""What a comparison stands on: one generation of the knowledge base, which no ingest changes under its feet."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge import retrieval
from knowledge.embeddings import Embedder
from knowledge.filters import Filters
from knowledge.passages import Found, Hit
from knowledge.store import Generation
from tuning.answer_metrics import Vector
from tuning.cases import Case


class Bench:
    """A Finder over one generation, and the evidence that answers are measured by."""

    def __init__(self, generation: Generation, embedder: Embedder, passages_per_answer: int) -> None:
        self.generation, self._embedder, self._limit = generation, embedder, passages_per_answer

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        """The best passages."""
        return retrieval.search(self.generation, self._embedder, question, limit, filters)

    def evidence(self, case: Case) -> Sequence[Hit]:
        """What an answer's sentences may rest on: what is found for the question, and what is known to answer it."""
        hits = list(self.search(case.question, self._limit).hits)
        found = {hit.passage.id for hit in hits}
        wanted = set(case.passage_ids) - found
        for document in {name.partition("-")[0] for name in wanted} & set(self.generation.documents):
            hits += [Hit(one, 1.0, 1.0, 1.0) for one in self.generation.passages(document) if one.id in wanted]
        return hits

    def embed(self, texts: Sequence[str]) -> Vector:
        """A unit vector for each text, all as passages, so that equal texts have equal vectors."""
        return self._embedder.embed_passages(texts)
