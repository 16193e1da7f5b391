"""The knowledge base as a running program sees it: always the newest generation that is sound."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from knowledge.embedder import Embedder
from knowledge.errors import MadoguchiError, OtherFormat, WrongIndex
from knowledge.filters import Filters
from knowledge.index import adapting, generations
from knowledge.index.removing import remove
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document, Found
from knowledge.searching import reranking, retrieval
from knowledge.searching.reranking import Reranker, open_reranker
from knowledge.settings import KnowledgeSettings
from knowledge.staff import is_for_staff

RETRY_S = 60.0  # seconds until a generation that could not be opened is tried again: a disk may have been mended
FIRST = 20  # FAQs, and questions of each, are looked at for what to suggest
SHORT = 60  # characters: a suggestion is read at a glance
LOOK_EVERY_S = 1.0  # seconds between looks at CURRENT: a new generation serves within two
TELL_EVERY_S = 60.0  # a reranker that is down would else be told with every question

log = logging.getLogger(__name__)


class LiveKnowledge:
    """A Finder over the generation that serves; it follows new commits by itself. Safe to use from several threads."""

    def __init__(self, data: Path, embedder: Embedder, analyzer: Analyzer, reranker: Reranker | None = None) -> None:
        self._data, self._embedder, self._analyzer, self._reranker = data, embedder, analyzer, reranker
        self._generation: Generation | None = None
        self._trouble: str | None = None  # why the newest generation could not be opened
        self._refused: str | None = None  # its name
        self._refused_at = 0.0
        self._adapter = adapting.state(data)
        self._looked_at = -LOOK_EVERY_S
        self._looking = threading.Lock()
        self._told_at = -TELL_EVERY_S

    @classmethod
    def open(cls, settings: KnowledgeSettings, embedder: Embedder | None = None) -> LiveKnowledge:
        """Load the embedding model, unless it is brought, and, when there is one, the generation that serves."""
        from knowledge.embedding.embeddings import open_embedder

        knowledge = cls(settings.data, embedder or open_embedder(settings), Analyzer(), open_reranker(settings))
        knowledge.ready()
        return knowledge

    def search(
        self, question: str, limit: int = 5, filters: Filters | None = None, history: Sequence[str] = ()
    ) -> Found:
        """Search the newest sound generation. Raises NoKnowledge when nothing was ever ingested."""
        if self._reranker is None:
            return retrieval.search(self.generation, self._embedder, question, limit, filters, history)
        looked = max(limit, reranking.CANDIDATES)
        found = retrieval.search(self.generation, self._embedder, question, looked, filters, history)
        order = reranking.rerank(found, self._reranker, found.question, limit)
        if (trouble := self._reranker.trouble) and time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            log.warning("the reranker does not help: %s", trouble)
        return order

    @property
    def generation(self) -> Generation:
        """The newest sound generation. Raises NoKnowledge, DamagedIndex or WrongIndex when there is none."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        if self._generation is None:
            return Generation.open(self._data, self._analyzer, self._embedder.fingerprint)  # raises, and says why
        return self._generation

    def remove(self, document_id: str, wait_s: float) -> Document | None:
        """Take a document out; None when there is none of this id. It is not found any more when this returns.

        Raises Busy and CannotWrite; it computes, and so may block for seconds.
        """
        gone = remove(self._data, [document_id], self._embedder, self._analyzer, wait_s)
        with self._looking:
            self._look()
        return gone[0] if gone else None

    def faq_questions(self, each: int) -> dict[str, list[str]]:
        """For each language, at most `each` questions of the FAQs: the first of every FAQ in turn, as authors put
        first what is asked most. Empty when there is no generation to read.
        """
        try:
            generation = self.generation
        except MadoguchiError:
            return {}
        faqs = [document.id for document in generation.documents.values() if document.kind == "faq"][:FIRST]
        found: dict[str, list[str]] = {}
        for turn in zip_longest(*(generation.rows(document)[:FIRST] for document in faqs)):
            for row in turn:
                passage = generation.passage(int(row)) if row is not None else None
                if passage is None or not passage.question or len(passage.question) > SHORT:
                    continue
                if is_for_staff(passage.attributes.audience):
                    continue
                listed = found.setdefault(passage.lang, [])
                if len(listed) < each and passage.question not in listed:
                    listed.append(passage.question)
        return found

    def ready(self) -> str | None:
        """Why no question can be answered, or why the newest commit does not serve; None when all is well."""
        try:
            _ = self.generation
        except MadoguchiError as error:
            return str(error)
        return self._trouble

    def _look(self) -> None:
        name = generations.current(self._data)
        opened = self._generation.name if self._generation else None
        refused = name == self._refused and time.monotonic() - self._refused_at < RETRY_S
        if name not in (None, opened) and not refused:
            try:
                opened_now = Generation.open(self._data, self._analyzer, self._embedder.fingerprint)
                opened_now.prepare()
                self._generation = opened_now
                self._trouble = self._refused = None
            except (WrongIndex, OtherFormat) as error:
                # Somebody makes the knowledge base anew for another model, or another version of this program has come
                # and will soon take our place: ours serves until this program restarts.
                self._refuse(name, None if self._generation else str(error))
            except MadoguchiError as error:
                self._refuse(name, str(error))
        elif name == opened:
            self._trouble = self._refused = None  # rolled back to
        if self._generation is not None and adapting.state(self._data) != self._adapter:
            self._adapter = adapting.state(self._data)
            self._generation.take_up_adapter(self._data)
        self._looked_at = time.monotonic()

    def _refuse(self, name: str | None, trouble: str | None) -> None:
        self._trouble, self._refused, self._refused_at = trouble, name, time.monotonic()
