"""Does parts of other workers' jobs (crew.py), while a worker has nothing to do itself."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path, PurePath
from typing import Any, cast

from ingest.files.sources import SourceFile
from ingest.passages.drafting import Drafter, Outcome, Task, outcomes_to_bytes, unit_vectors
from ingest.privacy.redaction_rules import parsed
from ingest.settings import IngestSettings
from ingest.workers.crew import CREWS, GONE_S, LOOK_EVERY_S, common, key_of
from ingest.workers.isolation import ReadingPool
from knowledge.embedder import Embedder
from knowledge.errors import MadoguchiError
from knowledge.jobs import FAILURES, Jobs
from knowledge.passages import Attributes
from knowledge.scratch import throwaway

AWAY_S = 5.0  # the same, while Redis does not answer
log = logging.getLogger(__name__)
TAKE = """
local part = redis.call('LPOP', KEYS[1])
if part then redis.call('ZADD', KEYS[2], redis.call('TIME')[1], part) end
return part
"""


class Helper:
    """Does parts of other workers' jobs while its own worker has nothing to do. One thread runs it."""

    def __init__(self, jobs: Jobs, worker: str, settings: IngestSettings, embedder: Callable[[], Embedder]) -> None:
        self._jobs, self._redis, self._worker = jobs, jobs.redis, worker
        self._settings, self._embedder = settings, embedder
        self._take = self._redis.register_script(TAKE)
        self._doing: tuple[str, str] | None = None  # job and number
        self.busy = threading.Event()  # set while the worker has a job of its own
        self.stopping = threading.Event()

    def run(self) -> None:
        """Help until told to stop."""
        away = False
        while not self.stopping.wait(AWAY_S if away else LOOK_EVERY_S):
            try:
                crews = [] if self.busy.is_set() else cast(list[bytes], self._redis.zrange(CREWS, 0, -1))
                for job in crews:
                    self._help(job.decode())
                away = False
            except FAILURES as error:
                if not away:  # said once, not for hours
                    log.warning("Helping with other workers' jobs waits for Redis: %s", error)
                away = True
            except MadoguchiError as error:
                log.warning("No help for other workers' jobs for a minute: %s", error)
                self.stopping.wait(60)

    def beat(self) -> None:
        """A sign of life for the part that is being done."""
        if (doing := self._doing) is not None:
            job, number = doing
            now = self._redis.time()[0]
            self._redis.zadd(key_of(job, "taken"), {number: now}, xx=True)

    def stop(self) -> None:
        """Take nothing more, and give back what is being done."""
        self.stopping.set()
        if (doing := self._doing) is not None:
            with suppress(*FAILURES):
                self._redis.zadd(key_of(doing[0], "taken"), {doing[1]: 0}, xx=True)

    def _help(self, job: str) -> None:
        keys = [key_of(job, "waiting"), key_of(job, "taken")]
        with ExitStack() as stack:
            pool: ReadingPool | None = None
            while not self.busy.is_set() and not self.stopping.is_set():
                if not self._redis.llen(keys[0]):
                    return
                needed = cast(bytes, self._redis.hget(key_of(job, "parts"), "embedding") or b"").decode()
                if needed != common(self._embedder().fingerprint):
                    return
                taken = cast("bytes | None", self._take(keys))
                if taken is None:
                    return
                number = taken.decode()
                payload = self._redis.hget(key_of(job, "parts"), number)
                if payload is None:
                    continue
                order = json.loads(cast(bytes, payload))
                self._doing = job, number
                try:
                    if "views" in order:
                        result = unit_vectors(self._embedder(), order["views"]).tobytes()
                    else:
                        if pool is None:
                            pool = stack.enter_context(self._pool(order["rules"], order["ocr"]))
                        result = outcomes_to_bytes(self._read(pool, order))
                    self._bring(job, number, result)
                finally:
                    self._doing = None  # or the part would seem to be in good hands for ever

    def _pool(self, rules: dict[str, Any], ocr: bool) -> ReadingPool:
        settings = self._settings
        how = parsed(rules, "the job's rules"), ocr
        return ReadingPool(settings.readers, settings.file_seconds, settings.file_memory_mb, *how)

    def _read(self, pool: ReadingPool, order: dict[str, Any]) -> list[Outcome]:
        about = Attributes.of(order["attributes"])
        drafter = Drafter(order["collection"], order["passage_tokens"], self._embedder().count_tokens, about)
        outcomes: dict[str, Outcome] = {}
        with throwaway("parts") as scratch:
            tasks, wanted = {}, []
            for place, file in enumerate(order["files"]):
                data = base64.b64decode(file["data"])
                source = SourceFile(file["source"], Path(file["path"]), file["url"], file["is_copy"])
                tasks[file["id"]] = Task(source, file["id"], file["hash"], len(data))
                copy = scratch / str(place) / PurePath(file["path"]).name
                copy.parent.mkdir()
                copy.write_bytes(data)
                wanted.append((file["id"], copy, order["kind"]))
            for name, result in pool.read_all(wanted):
                outcomes[name] = drafter.outcome(tasks[name], result)
        return [outcomes[file["id"]] for file in order["files"]]

    def _bring(self, job: str, number: str, result: bytes) -> None:
        head = json.dumps({"part": number, "worker": self._worker}).encode()
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(key_of(job, "done"), head + b"\n" + result)
            pipe.expire(key_of(job, "done"), GONE_S)
            pipe.zrem(key_of(job, "taken"), number)
            pipe.hdel(key_of(job, "parts"), number)
            pipe.execute()
