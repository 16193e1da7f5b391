"""
Jobs for `madoguchi worker`: who asks for one, who does it, and how far it is; the only file that knows Celery
and its transport.

    key                            type    holds
    madoguchi:1:job:{ID}           hash    state, times, stages, report or error, each as JSON; gone after `KEPT_S`
    madoguchi:1:job:{ID}:held      string  the worker that does it; gone `HELD_S` after its last sign of life
    madoguchi:1:workers            zset    worker -> its last sign of life, seconds since 1970 by the server's clock
    madoguchi:1:queue (and Celery's own keys of that beginning)

A job is acknowledged when it is done. While it is, its worker renews the claim, so that jobs may take hours; the broker
hands the job of a worker that died to another after `VISIBILITY_S`. Doing a job twice harms nothing.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import redis
from redis.sentinel import MasterNotFoundError, Sentinel

from knowledge.errors import ConfigError, MadoguchiError, RedisUnavailable, UnknownJob
from knowledge.passages import DEFAULT_COLLECTION, NO_ATTRIBUTES, Attributes
from knowledge.redis_address import Several, several

if TYPE_CHECKING:
    from celery import Celery

TASK = "madoguchi.ingest"
PREFIX = "madoguchi:1:"
QUEUE = f"{PREFIX}queue"
WORKERS = f"{PREFIX}workers"
UNACKED = f"{PREFIX}unacked_index"  # Celery's own: each job that was handed out, and when
KEPT_S = 86_400  # seconds that a job can be asked about after its last change
VISIBILITY_S = 30  # seconds until a job of a worker that died is handed to another
HELD_S = 20  # less than VISIBILITY_S: whoever gets the job then finds it free
BEAT_S = 5  # seconds between signs of life
ALIVE_S = 16  # a worker that was not heard of for so long is taken for dead
WAIT_S = 5.0  # for one answer of Redis
ASK_S = 1.0  # for one answer of a Sentinel
ATTEMPTS = 10  # of a job over which its worker died; then it is given up

_NO_MASTER = " : <redis.client"
_FAILED = re.compile(r" - (?:\w+:)?(\w+Error)")
FAILURES = (redis.RedisError, OSError)  # how Redis fails
REFUSED = "Redis refuses the login: the user or the password in REDIS_URL is wrong or missing."
UNTRUSTED = "The certificate of Redis is not trusted: name your authority at the end of REDIS_URL, ?ssl_ca_certs=FILE."

State = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a job is to do, as it goes over the wire; the fields are those of `ingest.order.Order`."""

    paths: tuple[str, ...] = ()  # absolute
    addresses: tuple[str, ...] = ()
    kind: str = "auto"
    collection: str = DEFAULT_COLLECTION
    prune: bool = False
    dry_run: bool = False
    rebuild: bool = False
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a stage of a job is."""

    name: str  # looking, fetching, reading, embedding, committing
    done: int
    total: int  # that are known of by now
    rate: float  # steps a second
    left_s: float | None  # estimated


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    state: State
    created_at: float  # seconds since 1970
    started_at: float | None = None
    finished_at: float | None = None
    attempts: int = 0
    note: str | None = None  # why it waits
    stages: tuple[Stage, ...] = ()
    helpers: dict[str, int] = field(default_factory=dict)  # other workers, and how many parts each has done
    report: dict[str, Any] | None = None
    error: dict[str, str] | None = None  # type and detail


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for workers."""

    jobs: int  # that no worker has taken yet
    oldest_s: float  # how long the oldest of them has waited
    workers: int  # that are alive


class Jobs:
    """All jobs. Every method waits for Redis, and raises RedisUnavailable when it does not answer."""

    def __init__(self, client: redis.Redis, url: str) -> None:
        self.redis, self._url = client, url

    @classmethod
    def connect(cls, url: str) -> Jobs:
        """Jobs in the Redis server at `url`; connects when first used. Raises ConfigError where none can be."""
        if not can_queue(url):
            raise ConfigError(
                "Jobs need one Redis server that holds all of them: a Cluster is for conversations only. Ingest "
                "without a queue, or set REDIS_URL for the worker and for madoguchi ingest --queue, to one server or "
                "to a master behind Sentinels. Example: REDIS_URL=redis://127.0.0.1:6379/0"
            )
        waits: dict[str, Any] = {"socket_timeout": WAIT_S, "socket_connect_timeout": WAIT_S}
        if (place := several(url)) is None:
            return cls(redis.Redis.from_url(url, **waits), url)
        waits |= {"ssl": True} | place.tls if place.secure else {}
        watch: Any = Sentinel(list(place.servers), sentinel_kwargs=waits | _of_sentinels(place))  # type: ignore[no-untyped-call]
        client = watch.master_for(place.master, db=place.db, username=place.user, password=place.password, **waits)
        return cls(client, url)

    def close(self) -> None:
        """Give the connections back."""
        self.redis.close()

    def check_login(self) -> None:
        """Raises ConfigError where Redis turns us away; one that does not answer may yet come."""
        try:
            self.redis.ping()
        except FAILURES as error:
            if is_refusal(error):
                raise ConfigError(f"{REFUSED} Example: REDIS_URL=redis://:password@redis:6379/0") from None

    def send(self, wish: Wish) -> str:
        """Queue a job; returns its id."""
        from kombu.exceptions import OperationalError

        job = secrets.token_hex(12)
        app = application(self._url)
        try:
            self.change(job, state="queued", created_at=time.time())
            with app.connection_for_write() as connection:
                app.send_task(TASK, kwargs=asdict(wish), task_id=job, queue=QUEUE, connection=connection, retry=False)
        except (*FAILURES, OperationalError) as error:
            told = REFUSED if is_refusal(error) else _said(error)
            with suppress(*FAILURES):
                self.redis.delete(_key(job))  # else it would seem to wait for a worker
            raise RedisUnavailable(f"The job could not be queued: {told}") from None
        return job

    def get(self, job: str) -> Job:
        """A job as it stands. Raises UnknownJob."""
        found = self._asked(lambda: self.redis.hgetall(_key(job)))
        fields = {name.decode(): json.loads(value) for name, value in found.items()}
        if "state" not in fields:
            raise UnknownJob(f"There is no job {job}, or it was done more than a day ago.")
        stages = tuple(Stage(**_known(Stage, stage)) for stage in fields.pop("stages", ()))
        return Job(id=job, stages=stages, **_known(Job, fields))

    def all(self) -> list[Job]:
        """Every job that can be asked about, newest first."""
        beginning, end = _key("*").split("*")
        names = self._asked(lambda: list(self.redis.scan_iter(match=f"{beginning}*{end}", count=1_000)))
        found = []
        for name in names:
            with suppress(UnknownJob):  # it was forgotten just now
                found.append(self.get(name.decode().removeprefix(beginning).removesuffix(end)))
        return sorted(found, key=lambda job: -job.created_at)

    def holder(self, job: str) -> str | None:
        """The worker that does a job."""
        name = self._asked(lambda: self.redis.get(f"{_key(job)}:held"))
        return name.decode() if name else None

    def change(self, job: str, **fields: Any) -> None:
        """Write some fields of a job down, and keep it for another day."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(_key(job), mapping={name: json.dumps(value) for name, value in fields.items()})
            pipe.expire(_key(job), KEPT_S)
            pipe.execute()

    def hold(self, job: str, worker: str) -> bool:
        """Claim a job for a worker; False while another one that lives holds it."""
        key = f"{_key(job)}:held"
        return bool(self.redis.set(key, worker, nx=True, ex=HELD_S)) or self.redis.get(key) == worker.encode()

    def keep(self, job: str, worker: str, delivery: str | None) -> None:
        """Renew a worker's claim to a job, with the broker too."""
        seconds, _ = self.redis.time()
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(f"{_key(job)}:held", worker, ex=HELD_S)
            if delivery is not None:
                pipe.zadd(UNACKED, {delivery: time.time()}, xx=True)  # Celery compares with this machine's clock
            pipe.zadd(WORKERS, {worker: seconds})
            pipe.execute()

    def release(self, job: str) -> None:
        """Give up a claim."""
        self.redis.delete(f"{_key(job)}:held")

    def beat(self, worker: str) -> None:
        """A worker's sign of life; the dead are forgotten."""
        seconds, _ = self.redis.time()
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.zadd(WORKERS, {worker: seconds})
            pipe.zremrangebyscore(WORKERS, "-inf", seconds - ALIVE_S)
            pipe.execute()

    def leave(self, worker: str) -> None:
        """A worker ends."""
        self.redis.zrem(WORKERS, worker)

    def backlog(self) -> Backlog:
        """How far the work lags behind. Cheap: it looks at the queue alone."""
        waiting, last = self._asked(lambda: (self.redis.llen(QUEUE), self.redis.lindex(QUEUE, -1)))
        waited = 0.0
        if last is not None:  # the next to be taken, which is the oldest; it may be forgotten by now
            created = self._asked(lambda: self.redis.hget(_key(json.loads(last)["headers"]["id"]), "created_at"))
            waited = max(0.0, time.time() - json.loads(created)) if created else KEPT_S
        return Backlog(waiting, waited, len(self.workers()))

    def workers(self) -> list[str]:
        """The workers that live."""
        seconds, _ = self._asked(self.redis.time)
        return [
            name.decode() for name in self._asked(lambda: self.redis.zrangebyscore(WORKERS, seconds - ALIVE_S, "+inf"))
        ]

    def _asked(self, ask: Any) -> Any:
        try:
            return ask()
        except FAILURES as error:
            if is_refusal(error):
                raise RedisUnavailable(REFUSED) from None
            what = "refuses" if isinstance(error, redis.ResponseError) else "does not answer"
            raise RedisUnavailable(f"Redis {what}: {_said(error)}") from None


def _known(of: type, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a later version has added."""
    return {name: value for name, value in fields.items() if name in of.__dataclass_fields__}  # type: ignore[attr-defined]


def is_refusal(error: BaseException) -> bool:
    """Whether Redis turned our login away, or its Sentinels did: waiting does not help then."""
    refused = isinstance(error, MasterNotFoundError) and "AuthenticationError" in str(error)
    return refused or isinstance(error, redis.AuthenticationError)


def _said(error: BaseException) -> str:
    """An error's words, where it is Sentinels that name no master without all that redis-py tells of each of them."""
    told, _, each = str(error).partition(_NO_MASTER)
    return f"{told}: {', '.join(dict.fromkeys(_FAILED.findall(each)))}" if each else told


def why(error: BaseException) -> str:
    """What Redis, or the way to it, says, for people."""
    if is_refusal(error):
        return REFUSED
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return UNTRUSTED
    return f"Redis does not answer ({type(error).__name__})."


def can_queue(url: str) -> bool:
    """Whether jobs can be queued there: Celery's work is spread over keys that must be on one server."""
    place = several(url)
    return place is None or not place.is_cluster


def _of_sentinels(place: Several) -> dict[str, Any]:
    """How Sentinels are asked: one that is gone must leave time to ask the next."""
    return {**place.guards, "socket_timeout": ASK_S, "socket_connect_timeout": ASK_S}


def _broker(url: str) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    """An address in Celery's words, with the options of its transport and of TLS that go with it."""
    if (place := several(url)) is None:
        if url.startswith("rediss://") and "ssl_cert_reqs=" not in url:  # Celery would take any certificate then
            url += ("&" if "?" in url else "?") + "ssl_cert_reqs=required"
        return url.replace("unix://", "redis+socket://", 1), {}, None
    login = f"{quote(place.user or '', '')}:{quote(place.password or '', '')}@" if place.user or place.password else ""
    hosts = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in place.servers)
    secure = {"ssl_cert_reqs": "required"} | place.tls if place.secure else None
    asked = _of_sentinels(place) | ({"ssl": True} | secure if secure else {})
    broker = ";".join(f"sentinel://{login}{host}/{place.db}" for host in hosts)
    return broker, {"master_name": place.master, "sentinel_kwargs": asked}, secure


def application(url: str) -> Celery:
    """The Celery application on a Redis server."""
    from celery import Celery

    broker, options, secure = _broker(url)
    app = Celery("madoguchi", broker=broker)
    app.conf.update(
        broker_use_ssl=secure or False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,  # a job's state is ours
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_channel_error_retry=True,  # a master that was demoted says so by an error: a worker must not end of it
        broker_connection_max_retries=None,  # a server may be away for longer than an hour
        broker_connection_timeout=WAIT_S,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_S,
            "unacked_key": f"{PREFIX}unacked",
            "unacked_index_key": UNACKED,
            "unacked_mutex_key": f"{PREFIX}unacked_mutex",
            "unacked_restore_interval": BEAT_S,
            "unacked_restore_throttle": 1,
            "socket_timeout": WAIT_S,
            "socket_connect_timeout": WAIT_S,
        }
        | options,
        task_default_queue=QUEUE,
        accept_content=["json"],
    )
    return app


def error_of(error: MadoguchiError) -> dict[str, str]:
    """Why a job failed."""
    return {"type": type(error).__name__, "detail": str(error)}


def _key(job: str) -> str:
    return f"{PREFIX}job:{{{job}}}"


def told_to_stop() -> bool:
    """Whether the worker of this process ended because somebody wished it to."""
    from celery.worker import state

    return state.should_stop is not None or state.should_terminate is not None
