"""Lets another model put the passages that were found in a better order, if it answers in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from knowledge.passages import Found, Hit
from knowledge.settings import LOCAL, KnowledgeSettings

CANDIDATES = 20  # passages that are judged: the first of the fused order
LONGEST = 2000  # characters of a passage that are sent


class Reranker(Protocol):
    """Judges how well passages answer a question."""

    trouble: str | None  # why its last judgement is none, or not whole

    def scores(self, question: str, texts: Sequence[str]) -> dict[int, float] | None:
        """For each judged text, by its place, how well it answers; None when there was no judgement in time."""


def open_reranker(settings: KnowledgeSettings) -> Reranker | None:
    """The reranker that the settings name; None when they name none. Raises ConfigError for a folder without one."""
    if settings.reranker is None:
        return None
    budget_s = settings.reranker_budget_ms / 1000
    if settings.reranker.startswith(LOCAL):  # libraries are imported when theirs is the one
        from knowledge.encoder.cross_encoder import CrossEncoder

        return CrossEncoder.load(Path(settings.reranker.removeprefix(LOCAL)), budget_s)
    from knowledge.searching.remote_reranker import RemoteReranker

    key = settings.reranker_key.get_secret_value() if settings.reranker_key else None
    return RemoteReranker(settings.reranker, settings.reranker_model, key, budget_s)


def rerank(found: Found, reranker: Reranker, question: str, limit: int) -> Found:
    """The `limit` best of what was found, in the reranker's order; what it did not judge comes after, as it was."""
    texts = [_text(hit) for hit in found.hits[:CANDIDATES]]
    judged = reranker.scores(question, texts) if len(texts) > 1 else None
    if not judged:
        return replace(found, hits=found.hits[:limit])
    first = [replace(found.hits[place], score=judged[place]) for place in sorted(judged, key=lambda at: -judged[at])]
    rest = [hit for place, hit in enumerate(found.hits) if place not in judged]
    return replace(found, hits=tuple((first + rest)[:limit]))


def _text(hit: Hit) -> str:
    passage = hit.passage
    heading = passage.question or " > ".join(passage.headings) or passage.title
    return f"{heading}\n{passage.text}"[:LONGEST]
