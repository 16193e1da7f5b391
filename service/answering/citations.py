"""Passages as customers see them beside an answer: where they stand, and what of them is quoted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from knowledge.passages import Hit
from service.answering.texts.inert import inert
from service.answers import Citation

LOG = {"ja": "以前のお問い合わせへの回答", "en": "Our answer to an earlier enquiry"}
QUOTE = 1000  # characters of a passage that a citation shows: a passage is seldom longer


def only(citations: Sequence[Citation], used: Sequence[int]) -> tuple[Citation, ...]:
    """Those that an answer cites, by their numbers."""
    return tuple(citation for citation in citations if citation.n in used)


def citations_of(hits: Sequence[Hit], for_customers: str | None = None) -> tuple[Citation, ...]:
    """The hits as citations, numbered from 1.

    For customers, in the language that is named, a support log is called what it is: its title is what another customer
    wrote. What the agent answered is quoted.
    """
    return tuple(_citation(number, hit, for_customers) for number, hit in enumerate(hits, 1))


def _citation(number: int, hit: Hit, for_customers: str | None) -> Citation:
    passage = hit.passage
    return Citation(
        n=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=inert(passage.title if passage.kind != "log" or for_customers is None else _log_in(for_customers)),
        source=inert(passage.source),
        page=passage.page,
        anchor=passage.anchor,
        url=web_address(passage.url),
        quote=_quote(passage.text),
        score=hit.score,
        updated=passage.updated,
    )


@lru_cache(maxsize=2048)
def web_address(url: str | None) -> str | None:
    """A document's address as a link that a client may show: of the web, and without a name and a password.

    It stands in a document that anybody may have written: a client that shows it unread would run `javascript:`.
    """
    if not url or "\\" in url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "") or (parts.netloc and not parts.scheme):
        return None
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url


def _log_in(lang: str) -> str:
    return LOG.get(lang, LOG["en"])


@lru_cache(maxsize=2048)  # passages are shown again and again
def _quote(text: str) -> str:
    return inert(text if len(text) <= QUOTE else text[: QUOTE - 1].rstrip() + "…")
