"""`madoguchi tune promote` and `rollback`: who answers customers, as far as the last comparison allows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from madoguchi import output
from madoguchi.output import Json
from madoguchi.spans import share_of

if TYPE_CHECKING:
    from tuning.comparison.promoting import Passed


def promote(
    alias: Annotated[str, typer.Argument(help="The model that is to answer, or `extractive`.")],
    share: Annotated[
        str | None, typer.Option(help="Only this share of the sessions, such as 10%; otherwise it is the default.")
    ] = None,
    prompted: Annotated[
        bool, typer.Option("--prompt", help="Judge it with the tuned prompt, which MADOGUCHI_PROFILE brings in.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether it would be allowed.")] = False,
    as_json: Json = False,
) -> None:
    """Let a model answer, unless the last comparison says that it is worse than who answers now (exit code 1)."""
    from knowledge.index import generations
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from knowledge.settings import load
    from service.models import specs
    from service.models.registry import Models
    from service.settings import ServiceSettings
    from tuning.comparison import promoting
    from tuning.comparison.comparisons import Comparisons

    part = None if share is None else share_of(share, "--share")
    settings = load(ServiceSettings)
    file = settings.data / specs.FILE
    catalogue = specs.read(file)
    models = Models.open(settings)
    incumbent, candidate = (
        chain[0].alias if chain else specs.EXTRACTIVE for chain in (models.chain(None), models.chain(alias))
    )
    environment = specs.of_environment(settings)
    known = ({specs.DEFAULT: environment} if environment else {}) | catalogue.models
    searched = Generation.open(settings.data, Analyzer()) if generations.current(settings.data) else None
    passed = promoting.gate(
        Comparisons(settings.data).last(),
        candidate,
        incumbent,
        {name: spec.model_dump(mode="json") for name, spec in known.items()},
        searched.name if searched else None,
        prompted,
        searched.adapter.fingerprint if searched and searched.adapter else None,
    )
    after = promoting.promoted(catalogue, candidate, part)
    why = _why(passed)
    if not dry_run:
        history = promoting.Promotions(settings.data)
        history.note("promote", candidate, catalogue, after, datetime.now(UTC), why)
        specs.write(file, after)
    if as_json:
        told = {"alias": candidate, "instead_of": incumbent, "share": part, "dry_run": dry_run}
        output.show_json(told | {"gate": asdict(passed)})
        return
    what = f"{part:.0%} of the sessions" if part is not None else "all sessions that ask for no other model"
    output.show(f"{candidate} {'would answer' if dry_run else 'answers from now on'}: {what}. {why}")
    for note in passed.notes:
        output.say(note, style="yellow")
    if not dry_run:
        output.say("To take it back: madoguchi tune rollback")


def rollback(
    history: Annotated[bool, typer.Option("--history", help="Only show what was promoted and taken back.")] = False,
    as_json: Json = False,
) -> None:
    """Take the last promotion back at once: the default and the shares are as they were before."""
    from knowledge.settings import load
    from service.models import specs
    from service.settings import ServiceSettings
    from tuning.comparison import promoting

    settings = load(ServiceSettings)
    promotions = promoting.Promotions(settings.data)
    if history:
        _show(promotions.all(), as_json)
        return
    file = settings.data / specs.FILE
    catalogue, record = specs.read(file), promotions.last()
    after = promoting.taken_back(catalogue, record)
    promotions.note("rollback", record["alias"], catalogue, after, datetime.now(UTC), f"of {record['at']}")
    specs.write(file, after)
    if as_json:
        output.show_json({"taken_back": record, "default": after.default})
        return
    output.show(f"The promotion of {record['alias']} at {record['at']} is taken back.")


def _why(passed: Passed) -> str:
    if passed.difference is None:
        return "It is who answers already."
    difference = passed.difference
    return (
        f"Quality {difference.value:+.3f} (95 % interval {difference.low:+.3f} to {difference.high:+.3f}), "
        f"compared at {passed.compared_at}."
    )


def _show(entries: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        output.show_json({"history": entries})
        return
    if not entries:
        output.show("Nothing was promoted yet.")
        return
    output.show_rows(
        ("at", "what", "model", "before", "after", "why"),
        (
            (one["at"], one["action"], one["alias"], _told(one["before"]), _told(one["after"]), one["why"])
            for one in entries
        ),
    )


def _told(state: Any) -> str:
    """Who was chosen to answer, in words: "large, small 10%"."""
    shares = (f"{alias} {part:.0%}" for alias, part in state["shares"].items())
    return ", ".join([state["default"] or "no default", *shares])
