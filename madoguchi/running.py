"""`madoguchi serve` and `madoguchi worker`: the programs that keep running."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8000")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes answer.", show_default="1")] = None,
    own_worker: Annotated[
        bool | None,
        typer.Option("--worker/--no-worker", help="Start a worker for ingest jobs too.", show_default="worker"),
    ] = None,
) -> None:
    """Answer customers over HTTP. What is not given here comes from MADOGUCHI_HOST, _PORT, _WORKERS, _OWN_WORKER."""
    from ingest.settings import IngestSettings
    from knowledge.settings import load
    from service.serving import serve as run
    from service.settings import ServiceSettings

    run(load(ServiceSettings, host=host, port=port, workers=workers, own_worker=own_worker), IngestSettings)


def worker(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what goes wrong.")] = False,
) -> None:
    """Take queued ingest jobs, one after the other, and help with those of other workers."""
    from ingest.settings import IngestSettings
    from ingest.workers.queue import work
    from knowledge.settings import load

    work(load(IngestSettings), quiet)
