"""Many users at once who ask a streaming chat: when their first word came, when the last, and what went wrong."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

TURNS = 8  # questions of a user before a new conversation begins
PATIENCE_S = 60.0
RAMP_S = 0.3  # over which users begin: nobody's customers come in one instant
_WORDS = re.compile(rb'"(?:delta|content)": ?"[^"]')
_END = b"\r\n0\r\n\r\n"

Body = Callable[[int, int], bytes]  # of a request, by user and by number of the question


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask, and by which bytes a good answer is told."""

    port: int
    path: str
    body: Body
    good: tuple[bytes, ...]
    headers: str = ""

    def request(self, user: int, number: int) -> bytes:
        """The bytes of one question."""
        body = self.body(user, number)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"{self.headers}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(slots=True)
class Load:
    """What users met; seconds."""

    first: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    wall: float = 0.0
    cpu: float = 0.0  # seconds of the server's process

    def first_ms(self, share: float = 0.5) -> float:
        """The time to the first word that this share of the chats stayed below."""
        return percentile(self.first, share) * 1000

    def total_ms(self, share: float = 0.5) -> float:
        """The same for the end of the answer."""
        return percentile(self.total, share) * 1000

    @property
    def per_second(self) -> float:
        """Chats."""
        return len(self.total) / self.wall

    @property
    def cpu_ms(self) -> float:
        """Of the server, for each chat."""
        return 1000 * self.cpu / max(1, len(self.total) + self.errors.total())


def percentile(values: list[float], share: float) -> float:
    """The value at a share of the sorted values; not a number when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else float("nan")


def paired(ours: Sequence[Load], others: Sequence[Load], compared: Callable[[Load, Load], float]) -> float:
    """The median of what each round says: both were measured in it, one right after the other."""
    return statistics.median(compared(mine, other) for mine, other in zip(ours, others, strict=True))


class _Connection(asyncio.Protocol):
    """One user's connection; one question at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self.open, self.asked, self.first = True, 0.0, 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._received = bytearray()
        self._answer = asyncio.get_running_loop().create_future()
        self.first, self.asked = 0.0, time.perf_counter()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.first and _WORDS.search(self._received):
            self.first = time.perf_counter()
        if self._answer is None or self._answer.done():
            return
        if self._received.endswith(_END) or b"content-length" in self._received[:400].lower():
            self._answer.set_result(bytes(self._received))

    def close(self) -> None:
        self._transport.abort()


async def load(target: Target, users: int, chats: int, pid: int | None = None, ramp: float = RAMP_S) -> Load:
    """Ask `chats` questions by so many users at once, after one each that is not counted."""
    told, left, ready, begun = Load(), chats, 0, asyncio.Event()
    began, before = 0.0, 0.0

    async def user(number: int) -> None:
        nonlocal left, ready, began, before
        await asyncio.sleep(ramp * number / users)
        connection: _Connection | None = None

        async def ask(question: int, count: bool) -> None:
            nonlocal connection
            try:
                if connection is None or not connection.open:
                    opening = asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", target.port)
                    _, connection = await asyncio.wait_for(opening, PATIENCE_S)
                answer = await asyncio.wait_for(connection.ask(target.request(number, question)), PATIENCE_S)
            except (OSError, TimeoutError) as error:
                if connection is not None:
                    connection.close()
                connection = None
                told.errors[type(error).__name__] += count
                return
            now = time.perf_counter()
            if not answer.startswith(b"HTTP/1.1 200"):
                told.errors[answer[9:12].decode()] += count
            elif not connection.first or any(sign not in answer for sign in target.good):
                told.errors["not the whole answer"] += count
            elif count:
                told.first.append(connection.first - connection.asked)
                told.total.append(now - connection.asked)

        await ask(0, count=False)
        ready += 1
        if ready == users:
            began, before = time.perf_counter(), cpu_seconds(pid)
            begun.set()
        await begun.wait()
        await asyncio.sleep(ramp * number / users)
        question = 0
        while left > 0:
            left -= 1
            question += 1
            await ask(question, count=True)
        told.wall = time.perf_counter() - began
        if connection is not None:
            connection.close()

    await asyncio.gather(*(user(number) for number in range(users)))
    told.cpu = cpu_seconds(pid) - before
    return told


def cpu_seconds(pid: int | None) -> float:
    """The processor time that a process has used, without its children."""
    if pid is None:
        return 0.0
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - it is no file, and read often
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """What a process keeps in memory, resident, in MB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
