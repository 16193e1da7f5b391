"""`madoguchi ingest` and `madoguchi documents`: what the knowledge base is made of."""

from __future__ import annotations

import math
import signal
import time
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from knowledge.errors import MadoguchiError, NoKnowledge, SetupError
from madoguchi import output

if TYPE_CHECKING:
    from ingest.pipeline import Order, Pipeline
    from ingest.report import Report
    from knowledge.passages import Kind
    from knowledge.store import Generation

INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT
STOPPED = "Stopped. Run the same command again: it goes on where it was."
AGAIN_S = 5.0  # seconds until --watch tries again what went wrong

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


class KindOption(StrEnum):
    """What `--kind` takes."""

    AUTO = "auto"
    FAQ = "faq"
    LOG = "log"
    DOCUMENT = "document"


def ingest(
    given: Annotated[
        list[str], typer.Argument(help="Files, folders, web pages and sitemaps to read.", metavar="PATH|URL...")
    ],
    kind: Annotated[
        KindOption, typer.Option(help="What the files are; auto tells it from their contents.")
    ] = KindOption.AUTO,
    collection: Annotated[str, typer.Option(help="The collection that the documents belong to.")] = "default",
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove documents that are gone from these folders and sitemaps.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Read and embed everything anew, as after a change of the embedding model, beside the old.",
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on: follow these files and folders, and ingest what changes. Ctrl-C ends it."),
    ] = False,
    audience: Annotated[list[str] | None, typer.Option(help="Whom it is for; may be given several times.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="What it is about; may be given several times.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Any word to filter by; may be given several times.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="It is not found before this day.", metavar="DAY")] = None,
    valid_until: Annotated[str | None, typer.Option(help="It is not found after this day.", metavar="DAY")] = None,
    queue: Annotated[bool, typer.Option("--queue", help="Hand the work to `madoguchi worker` instead.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, but change nothing.")] = False,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Write the report as a page, too.", metavar="FILE.html")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read documents and support logs into the knowledge base. Safe to repeat: unchanged files cost nothing."""
    from ingest.attributes import attributes
    from ingest.pipeline import Order
    from ingest.settings import IngestSettings
    from ingest.sources import divided, kind_of
    from knowledge.settings import load

    if not all(map(str.strip, given)):
        raise typer.BadParameter("An empty name stands for nothing. Is a variable unset?", param_hint="PATH|URL...")
    paths, addresses = divided(given)
    unread: list[str] = []
    named = {
        "audience": audience,
        "product": product,
        "tags": tag,
        "valid_from": valid_from,
        "valid_until": valid_until,
    }
    about = attributes(named, unread)
    if unread:
        raise typer.BadParameter(unread[0].replace(", and was left out", ""), param_hint="--valid-from, --valid-until")
    order = Order(paths, cast("Kind", kind.value), collection, prune, dry_run, addresses, rebuild, about)
    if report_file is not None and (queue or report_file.is_dir() or not report_file.resolve().parent.is_dir()):
        reason = "--queue leaves the report to the job" if queue else f"no file can be written at {report_file}"
        raise typer.BadParameter(f"{reason}.", param_hint="--report")
    if watch:
        if queue or rebuild or addresses or report_file:
            raise typer.BadParameter("--watch follows files and folders, without --queue, --rebuild and --report.")
        if missing := [str(path) for path in paths if kind_of(path) not in ("file", "folder")]:
            raise typer.BadParameter(f"There is no file or folder {', '.join(missing)} to follow.")
        follow(order, as_json)
        return
    if queue:
        from ingest.queue import send

        job = send(load(IngestSettings), order)
        if as_json:
            output.show_json({"job": job.id, "workers": job.workers})
            return
        output.show(f"Queued as job {job.id}. To see how far it is: madoguchi jobs show {job.id}")
        if not job.workers:
            output.show(
                f"No worker is alive there ({job.queue}). The job is kept until one comes: `madoguchi serve` brings "
                "one, `madoguchi worker` is one, with the same REDIS_URL or, without that, the same data folder.",
                style="yellow",
            )
        return
    try:
        pipeline = open_pipeline()
        with output.Bars(quiet=as_json) as bars:
            report = pipeline.run(order, bars)
    except KeyboardInterrupt:  # before the reading has begun, or while the index is written, which is done or undone
        if as_json:
            output.show_json({"error": {"type": "Stopped", "detail": STOPPED}})
        output.say(STOPPED, style="yellow")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        output.show_json(report.as_dict())
    else:
        print_report(report)
    if report_file is not None:
        _write_page(report, report_file, ", ".join(given))
    raise typer.Exit(report.exit_code)


def follow(order: Order, as_json: bool) -> None:
    """Ingest, and again whenever something has changed, until Ctrl-C or SIGTERM; what goes wrong is tried again."""
    from ingest.watching import rounds

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pipeline = open_pipeline()
    again_at, number = 0.0, 0  # the first round has nothing to wait for
    try:
        for changed in rounds(order.paths, pipeline.data):
            if not changed and time.monotonic() < again_at:
                continue
            number += 1
            again_at = math.inf
            told: dict[str, Any] = {"round": number, "at": datetime.now(UTC).isoformat(timespec="seconds")}
            report = None
            try:
                with output.Bars(quiet=as_json) as bars:
                    report = pipeline.run(order, bars)
                told |= report.as_dict()
            except MadoguchiError as error:
                if number == 1 and isinstance(error, SetupError):
                    raise
                again_at = time.monotonic() + AGAIN_S
                told["error"] = {"type": type(error).__name__, "detail": str(error)}
                output.say(f"{error} Trying again in {AGAIN_S:g} s.", style="yellow")
            if as_json:
                output.show_json_line(told)
            elif report is not None:
                output.show(f"{datetime.now().astimezone():%H:%M:%S}  round {number}", style="bold")
                print_report(report)
            if report is not None and report.stopped:
                return
    except KeyboardInterrupt:
        output.say("Stopped.")


def open_pipeline() -> Pipeline:
    """The pipeline with the embedding model that is configured."""
    from ingest.pipeline import Pipeline
    from ingest.settings import IngestSettings
    from knowledge.analysis import Analyzer
    from knowledge.embeddings import open_embedder
    from knowledge.settings import load

    settings = load(IngestSettings)
    return Pipeline(settings, open_embedder(settings), Analyzer())


def _write_page(report: Report, path: Path, what: str) -> None:
    from ingest.report_page import render

    try:
        path.write_text(render(report, what), encoding="utf-8")
    except OSError as error:
        output.say(f"{path} cannot be written: {error.strerror}. What was ingested stands.", style="red")
        raise typer.Exit(1) from None
    output.say(f"The report is in {path}.")


def print_report(report: Report) -> None:
    """A run's report for a person."""
    counts = [
        (len(report.added), "added"),
        (len(report.changed), "changed"),
        (report.unchanged, "unchanged"),
        (len(report.removed), "removed"),
        (len(report.quarantined), "left out"),
    ]
    files = ", ".join(f"{count} {word}" for count, word in counts if count)
    files = files or ("none done" if report.stopped else "none found")
    output.show(f"{'Files:':<11}{files}")
    if report.passages:
        languages = ", ".join(f"{lang} {count}" for lang, count in report.languages.most_common())
        embedded = "" if report.dry_run else f"; {report.embedded} embedded"
        output.show(f"{'Passages:':<11}{report.passages} ({languages}){embedded}")
    if report.redacted:
        kinds = ", ".join(f"{count} {kind}" for kind, count in report.redacted.most_common())
        output.show(f"{'Redacted:':<11}{kinds}")
    if report.folded:
        output.show(f"{'Folded:':<11}{report.folded} conversations into others that say the same")
    lists = (
        (
            "Conversations that contradict a FAQ, which is answered from instead:",
            ("question", "conversation", "FAQ", "they differ in"),
            [(conflict.question, conflict.log, conflict.faq, conflict.why) for conflict in report.conflicts],
        ),
        ("Files with the same content as another:", ("file", "is the same as"), report.copies),
        (
            "Left out:",
            ("file", "reason", "what to do"),
            [(item.source, item.reason, item.message) for item in report.quarantined],
        ),
        ("To know:", ("file", "what"), report.warnings),
    )
    for title, columns, found in lists:
        if found:
            output.show(title, style="yellow")
            rows = output.table(*columns)
            for row in found:
                output.add(rows, *row)
            output.out.print(rows)
    if report.stopped:
        output.show("Stopped before the end. Run the same command again to do the rest.", style="yellow")
    if report.seconds:
        output.show(f"{'Seconds:':<11}{', '.join(f'{stage} {took:.1f}' for stage, took in report.seconds.items())}")
    if report.dry_run:
        output.show("It was a dry run: nothing was changed.", style="yellow")
    if report.generation:
        output.show(
            f"{'Knowledge:':<11}{report.total_documents} documents, {report.total_passages} passages, "
            f"generation {report.generation}"
        )


documents = typer.Typer(
    help="List, show or remove documents of the knowledge base; keep, restore or clean its states.",
    no_args_is_help=True,
)


@documents.command("list")
def list_documents(as_json: Json = False) -> None:
    """All documents, one a line."""
    generation = _open_generation()
    entries = sorted(generation.documents.values(), key=lambda document: document.source)
    if as_json:
        output.show_json({"generation": generation.name, "documents": [asdict(document) for document in entries]})
        return
    rows = output.table("id", "source", "kind", "language", "passages", "ingested")
    for document in entries:
        output.add(
            rows, document.id, document.source, document.kind, document.lang, document.passages, document.ingested_at
        )
    output.out.print(rows)


@documents.command("show")
def show_document(name: Annotated[str, typer.Argument(help="Its id or source.")], as_json: Json = False) -> None:
    """One document with all its passages."""
    generation = _open_generation()
    document = generation.documents[_find(generation, name)]
    passages, held = generation.passages(document.id), generation.asides().get(document.id, [])
    if as_json:
        told = [
            {"passage": asdict(each.passage), "yields_to": each.to, "because": each.because, "why": each.why}
            for each in held
        ]
        output.show_json(
            {**asdict(document), "passages": [asdict(passage) for passage in passages], "not_searched": told}
        )
        return
    output.show(f"{document.title} ({document.source}, {document.kind}, {document.lang})", style="bold")
    for passage in passages:
        place = ", ".join(
            f"{word} {value}"
            for word, value in (("page", passage.page), ("row", passage.row), ("anchor", passage.anchor))
            if value is not None
        )
        output.show()
        output.show(" > ".join((*passage.headings, *([passage.question] if passage.question else []))), style="bold")
        output.show(passage.text)
        output.show(f"[{place}]" if place else "", style="dim")
        if passage.conversations:
            output.show(
                f"{passage.conversations} conversations say this, such as {', '.join(passage.alike)}", style="dim"
            )
    if held:
        output.show("Not searched:", style="yellow")
        rows = output.table("conversation", "problem", "why", "searched in its place")
        for each in held:
            why = f"a FAQ contradicts it: {each.why}" if each.because == "contradicts" else "another says the same"
            output.add(rows, each.passage.anchor or "", each.passage.question or "", why, each.to)
        output.out.print(rows)


@documents.command("remove")
def remove_documents(
    names: Annotated[list[str], typer.Argument(help="Their ids or sources.")], as_json: Json = False
) -> None:
    """Take documents out: they are not found any more as soon as this returns."""
    generation = _open_generation()
    gone = open_pipeline().remove([_find(generation, name) for name in names])
    if as_json:
        output.show_json({"removed": gone})
    else:
        output.show(f"Removed: {', '.join(gone)}")


@documents.command("generations")
def list_generations(as_json: Json = False) -> None:
    """The states that the knowledge base can go back to, newest first, each checked byte by byte."""
    from knowledge import generations
    from knowledge.errors import DamagedIndex
    from knowledge.settings import KnowledgeSettings, load

    data = load(KnowledgeSettings).data
    serving = generations.current(data)
    states: list[dict[str, Any]] = []
    for name in generations.history(data):
        state: dict[str, Any] = {"name": name, "serves": name == serving, "sound": True, "trouble": None}
        try:
            manifest = generations.check(data, name)
            state |= {key: getattr(manifest, key) for key in ("created_at", "documents", "passages", "embedding")}
        except DamagedIndex as error:
            state |= {"sound": False, "trouble": str(error)}
        states.append(state)
    if as_json:
        output.show_json({"serving": serving, "generations": states})
        return
    rows = output.table("", "name", "made", "documents", "passages", "embedding")
    for state in states:
        known = [state.get(key, "?") for key in ("created_at", "documents", "passages", "embedding")]
        output.add(rows, "serves" if state["serves"] else "" if state["sound"] else "damaged", state["name"], *known)
    output.out.print(rows)
    for state in states:
        if state["trouble"]:
            output.show(state["trouble"], style="red")


@documents.command("rollback")
def roll_back(
    name: Annotated[
        str | None,
        typer.Argument(help="Its name; otherwise the last sound one before the present.", metavar="GENERATION"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let an earlier generation serve again, after checking it; the service follows within two seconds."""
    from ingest.settings import IngestSettings
    from knowledge import generations
    from knowledge.settings import load

    settings = load(IngestSettings)
    if name is None and not generations.history(settings.data):
        raise _nothing(settings.data)
    with generations.writing(settings.data, settings.lock_wait_s):
        before = generations.current(settings.data)
        manifest = generations.roll_back(settings.data, name)
    if as_json:
        output.show_json({"from": before, "serving": manifest.name, "embedding": manifest.embedding})
        return
    output.show(
        f"Generation {manifest.name} of {manifest.created_at} serves: {manifest.documents} documents, "
        f"{manifest.passages} passages, embedding model {manifest.embedding}."
    )
    output.show(f"To undo this before the next ingest: madoguchi documents rollback {before}")


@documents.command("compact")
def compact(
    forget: Annotated[
        bool, typer.Option("--forget", help="Remove the older generations too: there is no way back then.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take the last bytes of removed documents out of the index, and with --forget off the disk."""
    from ingest.settings import IngestSettings
    from knowledge import generations, store
    from knowledge.analysis import Analyzer
    from knowledge.settings import load
    from knowledge.store import Generation

    settings, analyzer = load(IngestSettings), Analyzer()
    with generations.writing(settings.data, settings.lock_wait_s):
        base = Generation.open(settings.data, analyzer)
        waiting, serving = base.deleted, base.name
        if waiting:
            serving = store.compact(settings.data, analyzer, base).name
        forgotten = generations.forget(settings.data) if forget else []
        older = len(generations.history(settings.data)) - 1
    if as_json:
        output.show_json({"serving": serving, "compacted": waiting, "forgotten": forgotten, "older": older})
        return
    output.show(f"Removed the words of {waiting} passages from the index. Generation {serving} serves.")
    if forgotten:
        output.show(f"Removed {len(forgotten)} older generations.")
    elif older:
        output.show(f"The {older} older generations still hold what they held; --forget removes them.")


@documents.command("backup")
def back_up(
    target: Annotated[Path, typer.Argument(help="A folder that is new or empty.", metavar="FOLDER")],
    as_json: Json = False,
) -> None:
    """Copy the generation that serves into a folder that is then a knowledge base of its own. Searches go on."""
    from ingest.settings import IngestSettings
    from knowledge import generations
    from knowledge.settings import load

    settings = load(IngestSettings)
    if not generations.history(settings.data):
        raise _nothing(settings.data)
    with generations.writing(settings.data, settings.lock_wait_s):
        manifest = generations.back_up(settings.data, target)
    if as_json:
        output.show_json({"generation": manifest.name, "folder": str(target)})
    else:
        output.show(f"Generation {manifest.name} is in {target}: {manifest.documents} documents, every checksum holds.")


def _nothing(data: Path) -> NoKnowledge:
    return NoKnowledge(f"Nothing has been ingested into {data} yet. Run: madoguchi ingest PATH")


def _open_generation() -> Generation:
    from knowledge.analysis import Analyzer
    from knowledge.settings import KnowledgeSettings, load
    from knowledge.store import Generation

    return Generation.open(load(KnowledgeSettings).data, Analyzer())


def _find(generation: Generation, name: str) -> str:
    for document in generation.documents.values():
        if name in (document.id, document.source):
            return document.id
    raise typer.BadParameter(f"There is no document {name}. `madoguchi documents list` shows all.")
