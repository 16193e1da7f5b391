"""`madoguchi sessions gaps`: what customers asked and the documents do not answer, so that it can be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge.counting import counted
from madoguchi import output, sessions
from madoguchi.output import Json
from madoguchi.spans import span_or_date

if TYPE_CHECKING:
    from madoguchi.gaps.gap import Gap, Listing
    from service.settings import ServiceSettings

SHORT = 160  # characters of what customers and agents wrote, in a list


def gaps(
    since: Annotated[
        str | None, typer.Option(help="What was asked since then only: 30d, 12h, 8w, or a date like 2026-11-01.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many gaps to tell.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="Those too that are answered by now.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write them as a page.", metavar="FILE.html")] = None,
    faq: Annotated[
        Path | None, typer.Option(help="Write a draft to fill in, which `ingest` reads.", metavar="FILE.csv")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a draft that is there.")] = False,
    as_json: Json = False,
) -> None:
    """List what customers asked and the documents do not answer, most customers first, without personal data.

    Those are refused, handed over for want of an answer, thumbed down, or answered with words of doubt.

    Alike questions are one gap, and each is asked again: what is answered by now is left out.
    """
    from knowledge.settings import load
    from madoguchi.gaps import draft, page
    from service.settings import ServiceSettings

    output.check_report(report)
    output.check_report(faq, "--faq")
    if faq is not None and faq.exists() and not force:
        raise typer.BadParameter(f"{faq} is there already; --force writes over it.", param_hint="--faq")
    listing = _listing(load(ServiceSettings), _since(since), limit, everything, as_json)
    if report is not None:
        report.write_text(page.render(listing), "utf-8")
    if faq is not None:
        draft.write(faq, [gap for gap in listing.shown if not gap.answered])
    if as_json:
        output.show_json(listing.as_dict())
    else:
        for number, gap in enumerate(listing.shown, 1):
            _print(number, gap)
    _tell(listing)
    sessions.tell(listing.damaged, "left out")


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = span_or_date(text)
    after = datetime.now(UTC) - at if isinstance(at, timedelta) else at.astimezone()  # a day begins where we are
    if after > datetime.now(UTC):
        raise typer.BadParameter(f"{text!r} is yet to come.", param_hint="--since")
    return after


def _listing(settings: ServiceSettings, after: datetime | None, limit: int, everything: bool, quiet: bool) -> Listing:
    from ingest.privacy.redaction_rules import load_rules, using
    from ingest.settings import IngestSettings
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.searching import alike
    from knowledge.settings import load
    from madoguchi.gaps import gathering
    from madoguchi.gaps.asking_again import look_again

    with output.Bars(quiet) as bars, using(load_rules(load(IngestSettings).redaction)):
        listing = sessions.run(lambda found, handoffs: gathering.read(found, handoffs, settings, after, bars))
        if listing.said:
            embedder = open_embedder(settings)
            comparing = embedder if settings.embedding == "builtin" else alike.comparing(settings)
            gaps = gathering.gaps(listing.said, comparing, bars)
            look_again(listing, gaps, limit, everything, settings, embedder, bars)
    return listing


def _print(number: int, gap: Gap) -> None:
    first, *others = gap.examples
    output.show(f"{number:>3}. {_short(first.text)}", style="bold")
    for other in others:
        output.show(f"     {_short(other.text)}")
    langs = ", ".join(f"{lang} {count}" for lang, count in gap.langs.items())
    asked = f"{counted(len(gap.said), 'time')} ({langs}) in {counted(gap.sessions, 'conversation')}"
    output.show(f"     asked {asked}, {gap.when}; {gap.ended}", style="dim")
    if gap.near:
        output.show(f"     nearest: {gap.near}", style="dim")
    for correction in gap.corrections[:1]:
        output.show(f"     an agent's answer: {_short(correction)}")
    for comment in gap.comments[:2]:
        output.show(f"     said of the answer: {_short(comment)}")


def _short(text: str) -> str:
    return output.cut(" ".join(text.split()), SHORT)


def _tell(listing: Listing) -> None:
    """What was looked at, and what was left out."""
    if not listing.conversations:
        output.say(f"There are no conversations{f' since {listing.since:%Y-%m-%d %H:%M}' if listing.since else ''}.")
    elif not listing.said:
        output.say(f"Nothing went badly among {listing.looked_at}.")
    else:
        gaps = counted(listing.gaps, "gap")
        output.say(f"{gaps} by {counted(len(listing.said), 'question')} that went badly among {listing.looked_at}.")
    if listing.trouble is not None:
        output.say(f"Nothing was asked again, so whatever went badly is listed: {listing.trouble}", style="yellow")
    elif listing.answered:
        output.say(f"{listing.answered:,} of {listing.asked_again:,} are answered by now (--all shows them).")
    if listing.more > 0:
        output.say(f"Not shown, of fewer customers: {listing.more:,} (see --limit).")
