"""The gaps as a page that an operator looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from knowledge.counting import counted
from knowledge.language.languages import NAMES
from knowledge.report_page import Bar, Colour, Html, Tone, bars, beside, folded, page, section, shares, table, tiles
from madoguchi.gaps.gap import WORDS, Gap, Listing
from madoguchi.output import cut
from service.memory.misses import KINDS, Kind

MOST_BARS = 10
LONGEST, LONGEST_BAR = 200, 60  # characters of a question, in the table and beside a bar
COLOURS: dict[Kind, Colour] = {"refused": "indigo", "handoff": "sky", "down": "red", "doubted": "stone"}


def render(listing: Listing) -> str:
    """The page as HTML."""
    now = datetime.now(UTC)
    return page(
        "What the documents do not answer",
        f"{listing.looked_at} · {now.day} {now:%B %Y, %H:%M} UTC",
        _verdict(listing),
        _parts(listing),
        "Madoguchi, madoguchi sessions gaps. Personal data is taken out by rules: read before you pass this on.",
    )


def _verdict(listing: Listing) -> tuple[Tone, str]:
    if listing.trouble is not None:
        return "warn", f"Nothing was asked again, so all is listed: {listing.trouble}"
    if not listing.said:
        return "good", "Nothing went badly."
    if listing.answered == listing.gaps:
        return "good", "All that went badly is answered by now."
    return "warn", f"{counted(listing.gaps - listing.answered, 'gap')} to fill."


def _parts(listing: Listing) -> Iterator[Html]:
    yield tiles(_figures(listing))
    if not (shown := listing.shown):
        return
    kinds: Counter[Kind] = Counter()
    langs: Counter[str] = Counter()
    for gap in shown:
        kinds.update(gap.kinds)
        langs.update(gap.langs)
    told = [(Bar(WORDS[kind], count), COLOURS[kind]) for kind in KINDS if (count := kinds[kind])]
    spoken = [Bar(NAMES.get(lang, lang), count) for lang, count in langs.most_common()]
    yield beside(section("How it went", shares("How it went", told)), section("Languages", bars(spoken, "sky")))
    most = [Bar(cut(gap.wordings[0].text, LONGEST_BAR), gap.sessions) for gap in shown[:MOST_BARS]]
    yield section("Asked the most", bars(most), note="Conversations; one with a doubt and nothing worse counts half.")
    more = f"{listing.more:,} more, of fewer customers: see --limit." if listing.more > 0 else ""
    columns = ("question", "conversations", "times", "days", "how it went", "nearest passage")
    yield section("All of them", table(columns, map(_row, shown)), note=more)
    details = [folded(cut(gap.wordings[0].text, LONGEST), list(_details(gap))) for gap in shown]
    if any(part.text for part in details):
        yield section("In customers' and agents' words", *details)


def _figures(listing: Listing) -> Iterator[tuple[str, str, Tone]]:
    unanswered = listing.gaps - listing.answered
    yield f"{unanswered:,}", "gaps to fill", "warn" if unanswered else "plain"
    yield f"{listing.answered:,}", "answered by now", "plain"
    yield f"{len(listing.said):,}", "questions that went badly", "plain"
    if listing.conversations:
        share = len({each.miss.session_id for each in listing.said}) / listing.conversations
        yield f"{share:.0%}", "of the conversations had one", "plain"


def _row(gap: Gap) -> tuple[str, ...]:
    asked = f"{gap.sessions:,}", f"{len(gap.said):,}", gap.when
    return cut(gap.wordings[0].text, LONGEST), *asked, gap.ended, gap.near


def _details(gap: Gap) -> Iterator[str]:
    for wording in gap.wordings[1:]:
        yield f"Also: {wording.text}"
    for correction in gap.corrections:
        yield f"An agent's answer: {correction}"
    for comment in gap.comments:
        yield f"Said of the answer: {comment}"
