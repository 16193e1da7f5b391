"""The worker behind `madoguchi worker`: does queued jobs one after the other, and helps with those of others between.

Three threads: Celery's, which does the job, one that gives signs of life, and one that helps.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from ingest.files.sources import absolute
from ingest.order import Order
from ingest.pipeline import Pipeline
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from ingest.workers.crew import Crew
from ingest.workers.helping import Helper
from knowledge.embedder import ManyEmbedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.errors import Busy, ConfigError, MadoguchiError, RedisUnavailable, UnknownJob
from knowledge.jobs import (
    ATTEMPTS,
    BEAT_S,
    FAILURES,
    QUEUE,
    TASK,
    Jobs,
    Stage,
    Wish,
    application,
    error_of,
    told_to_stop,
)
from knowledge.language.analysis import Analyzer
from knowledge.passages import Attributes, Kind
from knowledge.private_redis import running_redis
from knowledge.searching.live import LOOK_EVERY_S

TELL_EVERY_S = 0.5  # seconds between two writes of a job's progress
AGAIN_S = 2.0  # seconds until a job whose turn has not come looks again

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """A job that waits for a worker."""

    id: str
    workers: tuple[str, ...]  # that are alive
    queue: str  # the Redis server that keeps it, for people


def wish(order: Order) -> Wish:
    """An order as it goes over the wire, for a worker that sees the same files."""
    return Wish(
        paths=tuple(str(absolute(path)) for path in order.paths),
        addresses=tuple(order.addresses),
        kind=order.kind,
        collection=order.collection,
        prune=order.prune,
        dry_run=order.dry_run,
        rebuild=order.rebuild,
        attributes=order.attributes,
    )


def send(settings: IngestSettings, order: Order) -> Sent:
    """Queue an order. Raises RedisUnavailable."""
    with running_redis(settings) as server, closing(Jobs.connect(server.url)) as jobs:
        return Sent(jobs.send(wish(order)), tuple(jobs.workers()), server.description)


def work(settings: IngestSettings, quiet: bool = False) -> None:
    """Take jobs until the process is told to stop.

    Raises RedisUnavailable when no Redis server can be had any more, and ConfigError when it turns us away.
    """
    with running_redis(settings) as server:
        jobs = Jobs.connect(server.url)
        jobs.check_login()
        worker = Worker(settings, jobs)
        app = application(server.url)

        def ingest(task: Any, **fields: Any) -> None:
            properties: Mapping[str, Any] = task.request.properties or {}
            worker.do(task.request.id, properties.get("delivery_tag"), fields)

        app.task(ingest, name=TASK, bind=True)
        # Said to root, for the sake of pickle, which this queue does not take; in a container root may be all there is.
        warnings.filterwarnings("ignore", message="You're running the worker with superuser")
        level = "WARNING" if quiet else "INFO"
        celery = app.Worker(
            pool_cls="solo", queues=QUEUE, loglevel=level, quiet=quiet,
            without_gossip=True, without_mingle=True, without_heartbeat=True,
        )  # fmt: skip
        worker.start()
        try:
            celery.start()
        finally:
            worker.stop()
        if not told_to_stop():
            raise RedisUnavailable("The worker has ended by itself; what stands above tells why.")


class Worker:
    """Does jobs; there may be several, on several machines."""

    def __init__(self, settings: IngestSettings, jobs: Jobs) -> None:
        self._settings, self._jobs = settings, jobs
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._opening = threading.Lock()
        self._helper = Helper(jobs, self.name, settings, self._open_embedder)
        self._job: tuple[str, str | None] | None = None  # id and delivery tag of the present one
        self._crew: Crew | None = None
        self._threads = [
            threading.Thread(target=self._helper.run, name="helper", daemon=True),
            threading.Thread(target=self._beat, name="beat", daemon=True),
        ]

    def start(self) -> None:
        """Begin to help and to give signs of life."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both, and tell the others."""
        self._helper.stop()
        with suppress(*FAILURES):
            self._jobs.leave(self.name)

    def do(self, job: str, delivery: str | None, fields: Mapping[str, Any]) -> None:
        """Do a job, however often it is handed over: one that is done is not done again."""
        while (attempts := self._patiently(lambda: self._claim(job))) is None:
            time.sleep(AGAIN_S)  # another worker has it: gone when that dies, done when it lives
        if attempts == 0:
            return
        if attempts > ATTEMPTS:
            self._fail(job, {"type": "GivenUp", "detail": f"Its worker died over it {ATTEMPTS} times. See its log."})
            return
        self._helper.busy.set()
        self._job = job, delivery
        try:
            self._ingest(job, fields)
        finally:
            self._job = None
            self._helper.busy.clear()
            with suppress(*FAILURES):
                self._jobs.release(job)

    def _ingest(self, job: str, fields: Mapping[str, Any]) -> None:
        ended = False
        try:
            order = _order(fields)
            while True:
                try:
                    report = self._run(job, order)
                    break
                except Busy as error:
                    self._tell(job, state="queued", note=str(error), stages=[])
                    time.sleep(AGAIN_S)
            ended = True
            if report.generation is not None:
                time.sleep(LOOK_EVERY_S)  # until every service has followed
            self._end(job, report)
        except MadoguchiError as error:
            ended = True
            log.warning("Job %s failed: %s", job, error)
            self._fail(job, error_of(error))
        finally:
            if not ended:
                self._fail(job, {"type": "Internal", "detail": "Something went wrong; the worker's log tells more."})

    def _run(self, job: str, order: Order) -> Report:
        crew = Crew(self._jobs, job, self.name, self._open_embedder().fingerprint)
        progress = JobProgress(self._jobs, job, crew)
        pipeline = Pipeline(self._settings, self._embedder, Analyzer())
        self._crew = crew
        try:
            with suppress(*FAILURES):
                crew.beat()
            return pipeline.run(order, progress, crew)
        finally:
            self._crew = None
            crew.end()
            progress.tell()

    def _claim(self, job: str) -> int | None:
        """The how-many-eth attempt this is; 0 when the job is done, None while another worker that lives has it."""
        try:
            if self._jobs.get(job).state in ("done", "failed"):
                return 0
        except UnknownJob:
            self._jobs.change(job, state="queued", created_at=time.time())
        if not self._jobs.hold(job, self.name):
            return None
        found = self._jobs.get(job)
        if found.state in ("done", "failed"):
            return 0
        self._jobs.change(job, attempts=found.attempts + 1, started_at=time.time(), stages=[], note=None)
        return found.attempts + 1

    def _end(self, job: str, report: Report) -> None:
        for source, reason, message in report.left_out():
            log.warning("Job %s left out %s: %s. %s", job, source, reason, message)
        state = "failed" if report.exit_code == 1 else "done"
        self._tell(job, state=state, finished_at=time.time(), note=None, report=report.as_dict())

    def _fail(self, job: str, error: dict[str, str]) -> None:
        self._tell(job, state="failed", finished_at=time.time(), note=None, error=error)

    def _tell(self, job: str, **fields: Any) -> None:
        self._patiently(lambda: self._jobs.change(job, **fields))

    def _patiently(self, ask: Callable[[], T]) -> T:
        """What Redis answers, however long it is away: no job may be lost for that."""
        while True:
            try:
                return ask()
            except (*FAILURES, RedisUnavailable) as error:
                log.warning("Redis does not answer, and is asked again: %s", error)
                time.sleep(AGAIN_S)

    @cached_property
    def _embedder(self) -> ManyEmbedder:
        return open_embedder(self._settings)

    def _open_embedder(self) -> ManyEmbedder:
        with self._opening:
            return self._embedder

    def _beat(self) -> None:
        while not self._helper.stopping.is_set():
            try:
                self._jobs.beat(self.name)
                if (present := self._job) is not None:
                    self._jobs.keep(present[0], self.name, present[1])
                if (crew := self._crew) is not None:
                    crew.beat()
                self._helper.beat()
            except FAILURES as error:
                log.warning("Redis does not take a sign of life: %s", error)
            self._helper.stopping.wait(BEAT_S)


class JobProgress:
    """A Progress that writes down, now and then, how far a job is."""

    def __init__(self, jobs: Jobs, job: str, crew: Crew) -> None:
        self._jobs, self._job, self._crew = jobs, job, crew
        self._lock = threading.Lock()
        self._stages: dict[str, list[float]] = {}  # done, total, when it began, when it last moved
        self._latest = ""
        self._told = 0.0

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins, or more steps of one that has begun come to light."""
        with self._lock:
            now = time.monotonic()
            self._latest = name
            self._stages.setdefault(name, [0, 0, now, now])[1] += total
        self._tell_sometimes()

    def advance(self, steps: int, stage: str | None = None) -> None:
        """So many steps are done."""
        with self._lock:
            moved = self._stages[stage or self._latest]
            moved[0] += steps
            moved[3] = time.monotonic()
        self._tell_sometimes()

    def tell(self) -> None:
        """Write it down now. Redis failing is no reason to end a job."""
        with self._lock:
            stages = [asdict(_stage(name, *values)) for name, values in self._stages.items()]
            helpers = dict(self._crew.parts)
        with suppress(*FAILURES):
            self._jobs.change(self._job, state="running", note=None, stages=stages, helpers=helpers)

    def _tell_sometimes(self) -> None:
        with self._lock:
            if time.monotonic() - self._told < TELL_EVERY_S:
                return
            self._told = time.monotonic()
        self.tell()


def _stage(name: str, done: float, total: float, began: float, moved: float) -> Stage:
    rate = done / max(moved - began, 1e-3)
    left = round((total - done) / rate, 1) if rate else None
    return Stage(name, int(done), int(total), round(rate, 1), left)


def _order(fields: Mapping[str, Any]) -> Order:
    try:
        asked = Wish(**{**fields, "attributes": Attributes.of(fields.get("attributes", {}))})
    except TypeError:  # to do without what is not known could read, or remove, more than was asked for
        raise ConfigError(
            "The job was sent by another version of this program and asks for what this worker does not know. Let a "
            "worker of that version run, then send it again."
        ) from None
    kind = cast("Kind", asked.kind)
    paths = [Path(path) for path in asked.paths]
    how = asked.prune, asked.dry_run, asked.addresses, asked.rebuild, asked.attributes
    return Order(paths, kind, asked.collection, *how)
