"""`madoguchi ingest`: what the knowledge base is made of."""

from __future__ import annotations

import math
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from knowledge.counting import counted
from knowledge.errors import MadoguchiError, SetupError
from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from ingest.order import Order
    from ingest.pipeline import Pipeline
    from ingest.runs.report import Report, Told

INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT
AGAIN_S = 5.0  # seconds until --watch tries again what went wrong
TITLES: dict[Told, str] = {
    "conflicts": "Conversations that contradict a FAQ, which is answered from instead:",
    "outdated": "Out of date, the newer is answered from instead:",
    "copies": "Files with the same content as another:",
    "left out": "Left out:",
    "warnings": "To know:",
}


def ingest(
    given: Annotated[
        list[str], typer.Argument(help="Files, folders, web pages and sitemaps to read.", metavar="PATH|URL...")
    ],
    kind: Annotated[
        Literal["auto", "faq", "log", "document"],
        typer.Option(help="What the files are; auto tells it from their contents."),
    ] = "auto",
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
    audience: Annotated[
        list[str] | None, typer.Option(help="Whom it is for. Repeat it for more.", metavar="WORD")
    ] = None,
    product: Annotated[
        list[str] | None, typer.Option(help="What it is about. Repeat it for more.", metavar="WORD")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="To filter by. Repeat it for more.", metavar="WORD")] = None,
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
    from ingest.files.sources import divided, kind_of
    from ingest.metadata.attributes import attributes
    from ingest.order import Order
    from ingest.settings import IngestSettings
    from knowledge.settings import load

    if not all(map(str.strip, given)):
        raise typer.BadParameter("An empty name stands for nothing. Is a variable unset?", param_hint="PATH|URL...")
    words = {"--collection": [collection], "--audience": audience, "--product": product, "--tag": tag}
    for option, said in words.items():
        if not all(map(str.strip, said or ())):  # for whom it is would be forgotten in silence
            raise typer.BadParameter("An empty word says nothing. Is a variable unset?", param_hint=option)
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
    order = Order(paths, kind, collection, prune, dry_run, addresses, rebuild, about)
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
        from ingest.workers.queue import send

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
            output.show_json({"error": {"type": "Stopped", "detail": output.STOPPED}})
        output.say(output.STOPPED, style="yellow")
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
    from ingest.files.watching import rounds

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
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.language.analysis import Analyzer
    from knowledge.settings import load

    settings = load(IngestSettings)
    return Pipeline(settings, open_embedder(settings), Analyzer())


def _write_page(report: Report, path: Path, what: str) -> None:
    from ingest.runs.report_page import render

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
        output.show(f"{'Folded:':<11}{counted(report.folded, 'conversation')} into others that say the same")
    for told, (columns, rows) in report.tables().items():
        if rows:
            output.show(TITLES[told], style="yellow")
            output.show_rows(columns, rows)
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
