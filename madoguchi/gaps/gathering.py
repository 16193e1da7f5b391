"""Reads conversations for what the documents lack: the questions that went badly, alike ones together.

Personal data is taken out of all that is kept of them here, but for what a miss holds to be asked again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ingest.privacy import names as naming
from ingest.privacy import redaction
from knowledge.errors import DamagedSession
from knowledge.language.languages import language
from knowledge.language.sentences import split_sentences
from knowledge.searching import alike
from madoguchi.gaps.gap import Gap, Listing, Said, Wording
from service.memory import feedback
from service.memory.misses import Miss, misses
from tuning.datasets.near_duplicates import normal

if TYPE_CHECKING:
    from knowledge.embedder import ManyEmbedder
    from madoguchi.output import Bars
    from service.memory.handoffs import Handoffs
    from service.memory.sessions import Sessions, StoredTurn
    from service.settings import ServiceSettings

AT_ONCE = 32  # conversations that Redis is asked for together
_CONTACT = re.compile(r"\[(?:NAME|PHONE|EMAIL|ADDRESS|POSTCODE)\]")
TOGETHER = 256  # questions that are embedded between two looks at the progress


async def read(
    found: Sessions, handoffs: Handoffs, settings: ServiceSettings, since: datetime | None, bars: Bars
) -> Listing:
    """All conversations, with the questions that went badly since a time."""
    listing, ids = Listing(since), await found.ids()
    bars.stage("reading", len(ids))

    async def add(id: str) -> None:
        try:
            turns, opinions = await asyncio.gather(found.get(id), feedback.of(found, id))
            recent = {turn.message_id for turn in turns if since is None or datetime.fromisoformat(turn.at) >= since}
            told = misses(turns, opinions, settings.refuse_below, settings.history_turns)
            bad = [miss for miss in told if miss.message_id in recent]
            contacts = [handoff.contact for handoff in await handoffs.of(id)] if bad else []
        except DamagedSession as error:
            listing.damaged[id] = error
            return
        listing.conversations += bool(recent)
        listing.questions += len(recent)
        listing.said += _redacted(bad, turns, [contact.name for contact in contacts if contact is not None])

    for start in range(0, len(ids), AT_ONCE):
        await asyncio.gather(*map(add, ids[start : start + AT_ONCE]))
        bars.advance(min(AT_ONCE, len(ids) - start), "reading")
    return listing


def _redacted(bad: Sequence[Miss], turns: Sequence[StoredTurn], contacts: Sequence[str | None]) -> list[Said]:
    if not bad:
        return []
    spoken = [part for turn in turns for part in (("customer", turn.question), ("bot", turn.answer.text))]
    spoken += [("agent", miss.opinion.corrected_answer or "") for miss in bad if miss.opinion]
    names = redaction.names_in(spoken) | naming.people(contacts)

    def clean(text: str | None) -> str:
        return redaction.redact(text, names).strip() if text else ""

    def shown(miss: Miss) -> str:
        return " → ".join(_asking(clean(part)) for part in (miss.before, miss.question) if part)

    return [
        Said(
            miss,
            shown(miss),
            clean(miss.opinion.corrected_answer) if miss.opinion else "",
            clean(miss.opinion.comment) if miss.opinion else "",
        )
        for miss in bad
    ]


def _asking(text: str) -> str:
    """A question without the sentences that tell who asks and how to reach them, where others are left."""
    sentences = split_sentences(text, language(text))
    return " ".join(" ".join([each for each in sentences if not _CONTACT.search(each)] or sentences).split())


def gaps(said: Sequence[Said], embedder: ManyEmbedder, bars: Bars) -> list[Gap]:
    """Questions that ask the same, in either language, as one gap each; first what was asked the most."""
    same: dict[str, list[Said]] = {}
    for each in sorted(said, key=lambda one: one.miss.at):
        same.setdefault(normal(each.question) or each.question, []).append(each)
    wordings = [Wording(some[0].question, language(some[0].question), some) for some in same.values()]
    wordings.sort(key=lambda one: -len({each.miss.session_id for each in one.said}))
    bars.stage("comparing", len(wordings))
    parts = [np.empty((0, embedder.dimensions), np.float32)]
    for start in range(0, len(wordings), TOGETHER):
        parts.append(embedder.embed_queries([wording.text for wording in wordings[start : start + TOGETHER]]))
        bars.advance(len(parts[-1]), "comparing")
    speaks = alike.groups(np.concatenate(parts), [wording.lang for wording in wordings])
    found: dict[int, list[Wording]] = {}
    for wording, first in zip(wordings, speaks, strict=True):
        found.setdefault(first, []).append(wording)
    return sorted((Gap(each) for each in found.values()), key=lambda gap: gap.rank)
