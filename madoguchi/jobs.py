"""`madoguchi jobs`: what was handed to the workers, how far it is, and who does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.counting import counted
from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.jobs import Job, Jobs

jobs = typer.Typer(help="Ingest jobs of the last day, and the workers that do them.", no_args_is_help=True)


@jobs.command("list")
def list_jobs(as_json: Json = False) -> None:
    """The jobs, newest first, and the workers that are alive."""
    with _opened() as queue:
        found, workers = queue.all(), queue.workers()
        holders = {job.id: queue.holder(job.id) for job in found}
    if as_json:
        output.show_json({"workers": workers, "jobs": [_told(job, holders[job.id]) for job in found]})
        return
    if found:
        rows = ((job.id, job.state, _clock(job.created_at), holders[job.id] or "", _how_far(job)) for job in found)
        output.show_rows(("id", "state", "queued", "worker", "how far"), rows, whole=("id",))
    else:
        output.show("No jobs in the last day.")
    if workers:
        output.show(f"{counted(len(workers), 'worker')} alive: {', '.join(workers)}")
    else:
        output.show("No worker is alive. `madoguchi serve` brings one, `madoguchi worker` is one.", style="yellow")


@jobs.command("show")
def show_job(job: Annotated[str, typer.Argument(help="Its id.")], as_json: Json = False) -> None:
    """One job: how far each stage is, and in the end its report."""
    with _opened() as queue:
        found, worker = queue.get(job), queue.holder(job)
    if as_json:
        output.show_json(_told(found, worker))
        return
    output.show(
        f"{found.id}: {found.state}, queued {_clock(found.created_at)}{f', done by {worker}' if worker else ''}"
    )
    if found.note or found.error:
        output.show(_how_far(found), style="yellow")
    for stage in found.stages:
        left = f", {stage.left_s:.0f} s left" if stage.left_s else ""
        output.show(f"{stage.name:<11}{stage.done} of {stage.total} ({stage.rate:.1f}/s{left})")
    for helper, parts in found.helpers.items():
        output.show(f"{helper} helped with {parts} parts", style="dim")
    if found.report is not None:
        output.show_json(found.report)


@contextmanager
def _opened() -> Iterator[Jobs]:
    from knowledge.jobs import Jobs
    from knowledge.private_redis import running_redis
    from knowledge.settings import KnowledgeSettings, load

    with running_redis(load(KnowledgeSettings), begin=False) as server, closing(Jobs.connect(server.url)) as queue:
        yield queue


def _told(job: Job, worker: str | None) -> dict[str, Any]:
    """As `GET /api/jobs/{id}` tells it, and who does it."""
    from service.schemas.documents import JobOut

    return JobOut.of(job, job.note).model_dump() | {"worker": worker}


def _how_far(job: Job) -> str:
    if job.error is not None:
        return job.error["detail"]
    if job.report is not None:
        counts = ((len(job.report[what]), what) for what in ("added", "changed", "removed", "quarantined"))
        return ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing new"
    if job.note:
        return job.note
    going = [stage for stage in job.stages if stage.done < stage.total] or list(job.stages[-1:])
    return "; ".join(f"{stage.name} {stage.done} of {stage.total}" for stage in going)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
