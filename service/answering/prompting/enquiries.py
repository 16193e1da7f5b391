"""What a model is told of another customer's enquiry whose answer helps this one: no more of their words than it takes.

Those are the sentences that speak of what is asked now, or of what the agent answered. What somebody told of themselves
beside it is sent nowhere with another's question. (What they wrote proves nothing either: see `grounding`.)
"""

from __future__ import annotations

from functools import lru_cache

from knowledge.language.sentences import split_sentences
from knowledge.passages import Passage
from service.answering.texts.terms import terms


def problem(passage: Passage, question: str) -> str:
    """Those sentences of a log's problem that the question or the agent's answer speaks of."""
    about = terms(question) | terms(passage.text)
    return " ".join(text for text, of in _sentences(passage.question or "") if not of.isdisjoint(about))


@lru_cache(maxsize=1024)
def _sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((sentence, terms(sentence)) for sentence in map(str.strip, split_sentences(text)) if sentence)
