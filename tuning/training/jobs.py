"""
Fine-tuning jobs as they lie on disk: what was ordered, how far it is, what came out. Any program can pick one up again.

    DATA/tuning/jobs/ID/job.json        the order and the state, replaced whole at each step
    DATA/tuning/jobs/ID/metrics.jsonl   one point of the loss curves a line
    DATA/tuning/jobs/ID/events.jsonl    what the trainer said, a line each

Why so: a step is written down before the next begins, so that whoever continues after a crash knows what may have been
done already and looks for it at the trainer before doing it again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import filelock

from knowledge.errors import Busy, MadoguchiError, SetupError
from tuning import records

Backend = Literal["openai", "local"]
Method = Literal["supervised", "dpo"]
State = Literal["prepared", "submitting", "queued", "running", "succeeded", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset(("succeeded", "failed", "cancelled"))


class TrainerUnavailable(MadoguchiError):
    """The trainer cannot be reached or asks to wait; the job is as it was and can be continued later."""

    exit_code = 75

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained, and how. None leaves a choice to the trainer."""

    backend: Backend
    model: str  # the provider's name of the base model, or a folder or file with one
    dataset: str  # its folder
    sha256: str  # of its rows, by its card
    method: Method = "supervised"
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None  # of the provider: a multiplier; of the local trainer: the rate itself
    seed: int = 0
    suffix: str | None = None  # of the new model's name
    base_url: str | None = None
    options: dict[str, Any] = field(default_factory=dict)  # of one back end alone


@dataclass(frozen=True, slots=True)
class Job:
    """A training run."""

    id: str
    order: Order
    created_at: str  # ISO 8601, UTC
    state: State = "prepared"
    message: str = ""  # why it is in this state, for a person
    files: dict[str, str] = field(default_factory=dict)  # split: the trainer's name for its rows
    remote_id: str | None = None  # the trainer's name for the job
    result: str | None = None  # the new model's name, or the folder of the adapter
    trained_tokens: int | None = None
    checkpoints: tuple[str, ...] = ()
    alias: str | None = None  # under which it was registered

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Point:
    """The losses after a step; what was not measured is None."""

    step: int
    train_loss: float | None = None
    validation_loss: float | None = None


class Trainer(Protocol):
    """Trains models. Every method may be called again at any time: nothing is done twice."""

    def advance(self, job: Job, store: Jobs) -> Job:
        """Do what comes next, writing each step down, and give the job as it is then.

        Raises TrainerUnavailable when it should be tried again later, SetupError when the operator must do something.
        """

    def cancel(self, job: Job, store: Jobs) -> Job:
        """Stop a run; one that has ended stays as it is."""


class Jobs:
    """All jobs of a knowledge base."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "tuning" / "jobs"

    def create(self, order: Order) -> Job:
        """A new job, written down before anything is sent."""
        created = datetime.now(UTC)
        job = Job(f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}", order, created.isoformat(timespec="seconds"))
        self.folder(job.id).mkdir(parents=True)
        return self.keep(job)

    def folder(self, job_id: str) -> Path:
        """Where a job lies."""
        return self._folder / job_id

    def all(self) -> list[Job]:
        """Every job, newest first."""
        names = sorted((path.parent.name for path in self._folder.glob("*/job.json")), reverse=True)
        return [self.get(name) for name in names]

    def get(self, name: str | None = None) -> Job:
        """The job of a name, of a name's beginning, or the newest. Raises SetupError when there is none or several."""
        names = sorted(path.parent.name for path in self._folder.glob("*/job.json"))
        matching = names[-1:] if name is None else [each for each in names if each.startswith(name)]
        if name in names:
            matching = [name]
        if len(matching) != 1:
            wrong = "several jobs" if matching else "no job"
            told = f" of that name: {', '.join(matching)}" if matching else f" {name}" if name else " yet"
            what_next = (
                f"There are: {', '.join(names)}." if names else "Start one: madoguchi tune submit DATASET --model NAME"
            )
            raise SetupError(f"There is {wrong}{told}. {what_next}")
        return parsed((self._folder / matching[0] / "job.json").read_text("utf-8"))

    def keep(self, job: Job, **changes: Any) -> Job:
        """Write a job down, with these changes, and give it: after a crash it is there as it was or as it is now."""
        job = replace(job, **changes)
        records.write(self.folder(job.id) / "job.json", asdict(job))
        return job

    @contextlib.contextmanager
    def working_on(self, job_id: str) -> Iterator[Job]:
        """The job, for one process at a time. Raises Busy while another continues it."""
        lock = filelock.FileLock(self.folder(job_id) / ".lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise Busy(f"Another program is continuing job {job_id}.") from None
        try:
            yield self.get(job_id)
        finally:
            lock.release()

    def add_points(self, job_id: str, points: Iterable[Point]) -> None:
        """Add to the curves; a point that is there already is not added again."""
        known = {point.step: point for point in self.curve(job_id)}
        fresh = [asdict(point) for point in points if known.get(point.step) != point]
        records.add(self.folder(job_id) / "metrics.jsonl", *fresh)

    def curve(self, job_id: str) -> list[Point]:
        """The losses so far, by step; a later line of a step counts."""
        points: dict[int, Point] = {}
        for record in records.lines(self.folder(job_id) / "metrics.jsonl"):
            point = Point(record["step"], record.get("train_loss"), record.get("validation_loss"))
            old = points.get(point.step, point)
            points[point.step] = Point(
                point.step,
                old.train_loss if point.train_loss is None else point.train_loss,
                old.validation_loss if point.validation_loss is None else point.validation_loss,
            )
        return [points[step] for step in sorted(points)]

    def add_events(self, job_id: str, said: Iterable[tuple[str, str]]) -> None:
        """Write down what the trainer said: its name for each message, and the message."""
        told = ({"id": name, "message": text} for name, text in said)
        records.add(self.folder(job_id) / "events.jsonl", *told)

    def events(self, job_id: str) -> list[tuple[str, str]]:
        """What the trainer said, oldest first."""
        return [(each["id"], each["message"]) for each in records.lines(self.folder(job_id) / "events.jsonl")]


def same_order(jobs: Iterable[Job], order: Order) -> Job | None:
    """A job of the very same order that runs or has succeeded: to order it again would pay for it twice."""
    alike = (job for job in jobs if job.order == order and job.state not in ("failed", "cancelled"))
    return next(alike, None)


def parsed(text: str) -> Job:
    """The job that a job.json tells of."""
    record = json.loads(text)
    record["order"] = Order(**record["order"])
    record["checkpoints"] = tuple(record["checkpoints"])
    if record["state"] not in get_args(State):
        raise SetupError(f"Job {record['id']} has the state {record['state']}, which this version does not know.")
    return Job(**record)
