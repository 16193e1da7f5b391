"""Runs the service: binds the address, says what is on, and lets running answers finish when told to stop."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import logging
import os
import signal
import socket
import sys
from contextlib import nullcontext, suppress

import uvicorn
from pydantic import SecretStr
from uvicorn.supervisors import Multiprocess

from knowledge.errors import Busy, CannotWrite, ConfigError
from knowledge.jobs import can_queue
from knowledge.private_redis import running_redis
from knowledge.scratch import throwaway
from knowledge.settings import KnowledgeSettings, unknown_variables
from service.access.gate import check_exposure
from service.access.keys import KeyFile
from service.app import create_app, ready_to_serve
from service.companion import companion
from service.http.connections import Connection
from service.memory.storage import REST_S, Storage
from service.models.specs import of_environment
from service.parts import Parts, open_parts
from service.profile import load_profile
from service.settings import ServiceSettings
from service.watching import logs, metrics, tracing

DRAIN_S = 25  # seconds that running answers get after SIGTERM: less than the 30 after which orchestrators kill
BACKLOG = 2048
FILES = 65_536  # open at the same time; the usual 1,024 are fewer than the connections of a busy day
UNANSWERED_S = 30  # a worker process that says nothing is replaced: one that only starts, slowly, must not be
KEEP_ALIVE_S = 75  # longer than proxies keep a connection open (60 s as a rule): who closes first, cuts a request off


def serve(settings: ServiceSettings, *others: type[KnowledgeSettings]) -> None:
    """Answer until told to stop. Raises ConfigError, WrongIndex or RedisUnavailable, each with what to do.

    `others` are the settings of other programs that may stand in the same environment.
    """
    check_exposure(settings)
    load_profile(settings.profile)  # what is wrong is told before anything is written or started
    of_environment(settings)
    logs.configure(settings.log_level)
    for complaint in unknown_variables(ServiceSettings, *others):
        _say(f"Note: {complaint}")
    _room_for_connections()
    # uvicorn drains on these signals and then raises them once more: now they end the program in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # a terminal that closed
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    with suppress(KeyboardInterrupt), _bound(settings) as listener, running_redis(settings) as server:
        settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
        own_worker = settings.own_worker and can_queue(server.url)
        settings = settings.model_copy(update={"own_worker": own_worker})
        beside = companion({"REDIS_URL": server.url}) if own_worker else nullcontext()
        with suppress(CannotWrite, Busy):  # a folder that may only be read: tokens of widgets then end with the program
            KeyFile(settings.data).ensure()
        with open_parts(settings) as parts:
            tracing.configure()
            _announce(parts, server.description)
            if settings.workers == 1:
                with beside:
                    uvicorn.Server(server_config(ready_to_serve(create_app(settings, parts)))).run(sockets=[listener])
                return
            os.environ.setdefault("MADOGUCHI_TOKEN_SECRET", parts.keys.token_secret)
        del parts  # the index and the models: each worker has its own
        gc.collect()
        if give_back := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc, which keeps what is freed else
            give_back(0)
        # Each worker reads the environment; what the command line or this process decided must stand there.
        os.environ |= {"REDIS_URL": server.url, "MADOGUCHI_HOST": settings.host, "MADOGUCHI_PORT": str(settings.port)}
        config = server_config("service.app:from_environment", workers=settings.workers, factory=True)
        with throwaway("metrics") as folder, beside:
            os.environ[metrics.FOLDER] = str(folder)  # the workers add their counts up there
            logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # says which worker died
            Multiprocess(config, sockets=[listener]).run()


def server_config(app: object, **options: object) -> uvicorn.Config:
    """How each process serves."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,  # ours says more, and no query strings
        server_header=False,
        http=Connection,
        ws="none",  # there are none here: who asks to change to one is answered, rather than waited for
        proxy_headers=False,  # it would believe everybody on this machine; see MADOGUCHI_TRUSTED_PROXIES
        lifespan="on",
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_worker_healthcheck=UNANSWERED_S,
        **options,  # type: ignore[arg-type]
    )


def _room_for_connections() -> None:
    """Let this process and its workers have as many files open as the system allows: each connection is one."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bound(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        wrong_host = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        other = "MADOGUCHI_HOST=127.0.0.1" if wrong_host else f"MADOGUCHI_PORT={settings.port % 65535 + 1}"
        raise ConfigError(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror or error}. "
            f"Example of another: {other}"
        ) from None
    listener.set_inheritable(True)
    return listener


def _announce(parts: Parts, redis: str) -> None:
    settings = parts.settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    guarded = settings.admin_key or parts.keys.guarded
    key = "needed" if guarded else "not needed, as only this machine can connect (madoguchi keys create makes one)"
    shop = "" if guarded else "a shop with the widget on it: /demo, "
    _say(f"Madoguchi answers on http://{host}:{settings.port}  ({shop}API: /docs)")
    _say(f"  knowledge: {_knowledge(parts)}")
    _say(f"  model:     {parts.models.described()}")
    _say(f"  Redis:     {redis}")
    if trouble := asyncio.run(_away(parts.redis.url)):
        _say(f"             {trouble} Answers go on without history; what waits for Redis is tried again.")
    _say(f"  worker:    {_worker(parts)}")
    _say(f"  key:       {key}")


async def _away(url: str) -> str | None:
    """Why Redis cannot be used at start, asked twice, since connecting to a server far away may take longer once."""
    storage = Storage.connect(url)
    try:
        if (trouble := await storage.ready()) is None:
            return None
        await asyncio.sleep(REST_S)
        return trouble if await storage.ready() else None
    finally:
        await storage.close()


def _worker(parts: Parts) -> str:
    if parts.jobs is None:
        return "none: jobs cannot be in a Cluster, so nothing can be sent to /api/documents"
    return "one of its own" if parts.settings.own_worker else "none of its own: run madoguchi worker"


def _knowledge(parts: Parts) -> str:
    from knowledge.searching.live import LiveKnowledge

    if trouble := parts.knowledge.ready():
        return f"none to answer from. {trouble}"
    assert isinstance(parts.knowledge, LiveKnowledge)
    generation = parts.knowledge.generation
    return f"{len(generation.documents)} documents, {len(generation)} passages"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
