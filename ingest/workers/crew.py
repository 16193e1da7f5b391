"""
Shares the reading and embedding of one job among all workers, through Redis alone; the job's own worker commits.

    key                            type    holds
    madoguchi:1:crews              zset    job -> last sign of life of its own worker
    madoguchi:1:crew:{JOB}:waiting list    numbers of the parts that nobody has taken, such as read-3
    madoguchi:1:crew:{JOB}:parts   hash    number -> the part: files with their bytes, or texts; what helpers must be
    madoguchi:1:crew:{JOB}:taken   zset    number -> last sign of life of the worker that has it
    madoguchi:1:crew:{JOB}:done    list    number, worker and result

Files travel with their bytes, so that a helper needs neither the folder of documents nor that of the knowledge base.
Only a few parts are lent at a time: Redis holds little, and when all others die nothing but those is left to be done by
the job's own worker. A part whose helper is not heard of goes back to the pile; whoever brings a part first counts.
"""

from __future__ import annotations

import base64
import json
import math
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, Generic, TypeVar, cast

from ingest.passages.drafting import READING, Drafter, Task
from ingest.privacy.redaction_rules import Rules
from ingest.workers.isolation import Wanted
from ingest.workers.piles import Part, Pile
from knowledge.jobs import ALIVE_S, FAILURES, PREFIX, Jobs
from knowledge.passages import Passage

CREWS = f"{PREFIX}crews"
LEND = 2  # parts of a kind for each helper: one that it does, and one that waits for it
MOST_LENT = 16  # parts of a kind, whatever the number of helpers
LARGEST = 8_000_000  # bytes of a part's files; larger ones are not lent
GONE_S = 3_600  # seconds after which all keys of a job that nobody ends are gone
LOST_S = 12  # a helper that was not heard of for so long has lost its part
GRACE_S = 4.0  # a part of which Redis knows nothing for so long is taken back: it may have lost all it held
LOOK_EVERY_S = 0.5  # seconds between looks at what others do
L = TypeVar("L")


class LentPile(Pile[L], ABC, Generic[L]):
    """A pile of which other workers take parts. Without any, nothing goes to Redis."""

    def __init__(self, crew: Crew, kind: str) -> None:
        super().__init__()
        self._crew, self._kind = crew, kind
        self._lent: dict[int, Part[L]] = {}
        self._seen: dict[int, float] = {}  # when each was last known to wait or to be done by somebody who lives
        self._kept: set[int] = set()  # parts that are not to be lent, or not again
        self._looked = -math.inf

    @abstractmethod
    def payload(self, part: Part[L]) -> dict[str, Any] | None:
        """The part for somebody else; None when it cannot be lent."""

    def take(self) -> Part[L] | None:
        """A part for this process: one that is not lent, else one that is lent and that nobody has taken."""
        with self._lock:
            part = super().take()
            if part is None:
                for number in reversed(self._lent):
                    if self._crew.recall(self._name(number)):
                        return self._lent.pop(number)
            return part

    def done(self, part: Part[L]) -> bool:
        """Strike a part off."""
        with self._lock:
            self._lent.pop(part.number, None)
            return super().done(part)

    def collect(self) -> list[tuple[Part[L], bytes]]:
        """What others have done; lends them more."""
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return []
        self._looked = time.monotonic()
        with self._lock:
            brought = []
            for number, result in self._crew.brought(self._kind):
                part = self._undone.get(number)
                if part is not None and self.done(part):
                    with suppress(ValueError):
                        self._waiting.remove(part)  # it had been taken for lost
                    brought.append((part, result))
            known = self._crew.known(self._kind)
            for number in list(self._lent):
                if number in known:
                    self._seen[number] = self._looked
                elif self._looked - self._seen[number] > GRACE_S:
                    self._waiting.appendleft(self._lent.pop(number))
                    self._kept.add(number)  # perhaps it was the part that its helper died of
                    self._crew.forget(self._name(number))
            self._lend()
            return brought

    def _lend(self) -> None:
        room = min(LEND * self._crew.helpers, MOST_LENT) - len(self._lent)
        # From the end: the first are about to be taken here. The last one stays here.
        for part in [part for part in reversed(self._waiting) if part.number not in self._kept][: max(room, 0)]:
            if len(self._waiting) == 1:
                return
            payload = self.payload(part)
            if payload is None:
                self._kept.add(part.number)
            elif self._crew.lend(self._name(part.number), payload):
                self._waiting.remove(part)
                self._lent[part.number] = part
                self._seen[part.number] = self._looked

    def _name(self, number: int) -> str:
        return f"{self._kind}-{number}"


class _Files(LentPile[Task]):
    def __init__(self, crew: Crew, drafter: Drafter, kind: Wanted, rules: Rules, ocr: bool) -> None:
        super().__init__(crew, "read")
        self._how = {
            "collection": drafter.collection,
            "passage_tokens": drafter.passage_tokens,
            "attributes": asdict(drafter.attributes),
            "kind": kind,
            "rules": rules.as_message(),
            "ocr": ocr,
        }

    def payload(self, part: Part[Task]) -> dict[str, Any] | None:
        if sum(task.size for task in part.load) > LARGEST:
            return None
        files = []
        for task in part.load:
            try:
                data = task.file.path.read_bytes()
            except OSError:
                return None  # our own reader says what is wrong with it
            files.append(
                {
                    "source": task.file.source,
                    "path": str(task.file.path),
                    "url": task.file.url,
                    "is_copy": task.file.is_copy,
                    "id": task.document_id,
                    "hash": task.content_hash,
                    "data": base64.b64encode(data).decode(),
                }
            )
        return self._how | {"files": files}


class _Passages(LentPile[Passage]):
    def payload(self, part: Part[Passage]) -> dict[str, Any] | None:
        return {"views": [passage.views() for passage in part.load]}


class Crew:
    """Hands for a job: those of every worker that has nothing else to do. Redis failing means working alone."""

    def __init__(self, jobs: Jobs, job: str, worker: str, embedding: str) -> None:
        self._jobs, self._redis, self._job, self._worker = jobs, jobs.redis, job, worker
        self._common = common(embedding)
        self.helpers = 0  # workers beside this one
        self.parts: Counter[str] = Counter()  # that each helper has brought
        self._brought: dict[str, list[tuple[int, bytes]]] = {"read": [], "embed": []}

    @contextmanager
    def reading(self, drafter: Drafter, kind: Wanted, rules: Rules, ocr: bool) -> Iterator[Pile[Task]]:
        """A pile of files that helpers read and cut."""
        yield _Files(self, drafter, kind, rules, ocr)

    @contextmanager
    def embedding(self) -> Iterator[Pile[Passage]]:
        """A pile of passages that helpers embed."""
        yield _Passages(self, "embed")

    def beat(self) -> None:
        """A sign of life; counts the helpers."""
        now = self._now()
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(self._key("parts"), "embedding", self._common)
            pipe.zadd(CREWS, {self._job: now})
            pipe.zremrangebyscore(CREWS, "-inf", now - ALIVE_S)
            for each in ("waiting", "parts", "taken", "done"):
                pipe.expire(self._key(each), GONE_S)
            pipe.execute()
        self.helpers = len([name for name in self._jobs.workers() if name != self._worker])

    def end(self) -> None:
        """No more work: helpers go."""
        with suppress(*FAILURES):
            self._redis.zrem(CREWS, self._job)
            self._redis.delete(*(self._key(each) for each in ("waiting", "parts", "taken", "done")))

    def lend(self, number: str, payload: dict[str, Any]) -> bool:
        """Offer a part; False when Redis does not take it."""
        with suppress(*FAILURES), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(self._key("parts"), number, json.dumps(payload))
            pipe.rpush(self._key("waiting"), number)
            pipe.execute()
            return True
        return False

    def recall(self, number: str) -> bool:
        """Take a part back that nobody has begun, or may have: True when it is ours again."""
        try:
            ours = bool(self._redis.lrem(self._key("waiting"), 1, number))
            if ours:
                self._redis.hdel(self._key("parts"), number)
        except FAILURES:
            return True
        return ours

    def brought(self, kind: str) -> list[tuple[int, bytes]]:
        """Numbers and results of parts that helpers have brought."""
        with suppress(*FAILURES):
            while (record := self._redis.lpop(self._key("done"))) is not None:
                head, _, result = cast(bytes, record).partition(b"\n")
                told = json.loads(head)
                of, _, number = told["part"].partition("-")
                self.parts[told["worker"]] += 1
                self._brought[of].append((int(number), result))
        found, self._brought[kind] = self._brought[kind], []
        return found

    def known(self, kind: str) -> set[int]:
        """Numbers of lent parts that wait, or that a helper which lives is doing; none when Redis does not say."""
        names: list[bytes] = []
        with suppress(*FAILURES):
            names += cast(list[bytes], self._redis.lrange(self._key("waiting"), 0, -1))
            alive = self._now() - LOST_S
            names += cast(list[bytes], self._redis.zrangebyscore(self._key("taken"), alive, "+inf"))
        parts = (name.decode().partition("-") for name in names)
        return {int(number) for of, _, number in parts if of == kind}

    def forget(self, number: str) -> None:
        """Let nobody take or keep a part any longer."""
        with suppress(*FAILURES), self._redis.pipeline(transaction=True) as pipe:
            pipe.lrem(self._key("waiting"), 0, number)
            pipe.zrem(self._key("taken"), number)
            pipe.hdel(self._key("parts"), number)
            pipe.execute()

    def _now(self) -> int:
        return self._redis.time()[0]

    def _key(self, what: str) -> str:
        return key_of(self._job, what)


def common(embedding: str) -> str:
    """What all hands of a job must have in common: the embedding model's fingerprint, and the way of reading, as an
    earlier version's reading would else be taken for ours while workers are upgraded one after another.
    """
    return f"{READING} {embedding}"


def key_of(job: str, what: str) -> str:
    """The key of what Redis holds of a job's crew."""
    return f"{PREFIX}crew:{{{job}}}:{what}"
