"""Asks what went badly once more, as a customer would, of the documents as they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from knowledge.errors import EmbeddingUnavailable, SetupError
from knowledge.filters import Filters
from knowledge.searching.live import LiveKnowledge
from madoguchi.gaps.gap import Gap, Listing
from service.answering.answerer import Answerer, done
from service.answering.quotations.quoting import is_doubtful

if TYPE_CHECKING:
    from knowledge.embedder import ManyEmbedder
    from knowledge.passages import Document
    from madoguchi.output import Bars
    from service.answers import Answer
    from service.memory.misses import Miss
    from service.settings import ServiceSettings


def look_again(
    listing: Listing, gaps: Sequence[Gap], limit: int, everything: bool, settings: ServiceSettings,
    embedder: ManyEmbedder, bars: Bars,
) -> None:  # fmt: skip
    """Show the first of the gaps that are not answered by now, or all; without an index, as they are."""
    knowledge = LiveKnowledge.open(settings, embedder)
    listing.gaps, looked = len(gaps), list[Gap]()
    try:
        again = _Again(Answerer(knowledge, None, settings), knowledge.generation.documents, settings.refuse_below)
        while len(looked) < len(gaps) and (lacking := limit - len(_kept(looked, everything))) > 0:
            some = gaps[len(looked) : len(looked) + lacking]
            bars.stage("asking", len(some))
            asyncio.run(again.ask(some, bars))
            looked += some
    except (SetupError, EmbeddingUnavailable) as error:
        listing.trouble, listing.shown = str(error), list(gaps[:limit])
        return
    listing.asked_again, listing.answered = len(looked), sum(gap.answered for gap in looked)
    listing.shown = sorted(_kept(looked, everything), key=lambda gap: gap.rank)


def _kept(looked: Sequence[Gap], everything: bool) -> list[Gap]:
    return [gap for gap in looked if everything or not gap.answered]


@dataclass(frozen=True, slots=True)
class _Again:
    """Asks without any model: what the passages say can be quoted, or it is not there."""

    answerer: Answerer
    documents: Mapping[str, Document]
    refuse_below: float

    async def ask(self, gaps: Sequence[Gap], bars: Bars) -> None:
        """Tell of each gap whether its examples are answered now, all without doubt, and what is nearest to it."""
        for gap in gaps:
            for example in gap.examples:
                then = example.said[-1].miss
                events = self.answerer.stream(then.question, then.history if then.before else ())
                answer = (await done(events)).answer
                if gap.confidence is None:
                    found = await self.answerer.search(then.asked, 1, Filters(for_customers=True))
                    gap.confidence, gap.nearest = answer.confidence, found.hits[0].passage if found.hits else None
                gap.answered = self._is_answered(answer, then)
                if not gap.answered:
                    break
            bars.advance(1, "asking")

    def _is_answered(self, now: Answer, then: Miss) -> bool:
        if now.outcome != "answered" or not now.citations or is_doubtful(now.confidence, self.refuse_below):
            return False
        if is_doubtful(then.answer.confidence, self.refuse_below):
            return True
        # The search was as sure then, and yet it went badly: something else must be found now.
        first = now.citations[0]
        if then.answer.citations:
            return first.passage_id not in {citation.passage_id for citation in then.answer.citations}
        document = self.documents.get(first.document_id)  # None: it came while we asked
        return document is None or datetime.fromisoformat(document.ingested_at) > datetime.fromisoformat(then.at)
