"""Reads files in child processes with limits on time and memory: one bad file ends a child, never the run."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from operator import attrgetter
from pathlib import Path
from socket import socketpair
from types import TracebackType
from typing import Any, Literal, Self

from ingest.privacy.redaction_rules import Rules, parsed, using
from ingest.texts.extracts import Extract, Section
from knowledge.errors import UnreadableFile
from knowledge.passages import NO_ATTRIBUTES, Attributes, Kind

CPU_SHARE = 2 / 3  # of the wall-clock limit: a child that computes is stopped before one that waits for a slow disk
OCR_SHARE = 0.8  # of the wall-clock limit: what was recognised by then is kept
PER_BYTE = 6  # bytes of memory that a byte of a file may need beyond the fixed limit: text, its parts and the answer
LARGEST_REPLY = 1 << 30  # bytes
STARTING = 30.0  # seconds that a child may take before it says that it is ready
MOST_OF_IT = 0.7  # of the memory allowed: a child that breaks down with more than this in use wanted more still
MB = 1 << 20
TOO_MUCH_MEMORY = "Reading needed more memory than is allowed and was given up. Split the file."

Wanted = Kind | Literal["auto"]


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: Connection
    ready: bool = False
    born_with: int = 0  # bytes: the peak that it took over from this process, which started it
    faults: int = 0  # page faults by the time it was given its file
    key: str | None = None  # of the file that it reads
    deadline: float = math.inf

    def end(self) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)  # its own group: tesseract, which it started, ends too
        self.process.kill()
        self.connection.close()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


@dataclass
class ReadingPool:
    """Child processes that read files. Use it in a `with` block; leaving it ends them.

    They are plain interpreters that import the readers and nothing else, get no secrets in their environment, answer in
    JSON, and end when this process does.
    """

    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    seconds: float = 30.0  # for one file
    memory_mb: int = 512  # of address space for one file, beside what its size needs anyway
    rules: Rules = field(default_factory=Rules)  # for redaction; sent with each order, as children know no settings
    ocr: bool = True
    _children: list[_Child] = field(default_factory=list, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.end()
        self._children.clear()

    def read_all(self, files: Iterable[tuple[str, Path, Wanted]]) -> Iterator[tuple[str, Extract | UnreadableFile]]:
        """Read (key, path, kind) files; yields each key with what came out, in the order in which they are done."""
        waiting = iter(files)
        again: deque[tuple[str, Path, Wanted]] = deque()  # taken, but their child ended before it began
        exhausted = False
        while True:
            while not exhausted and len(again) < self.workers - self._busy():
                following = next(waiting, None)
                exhausted = following is None
                if following is not None:
                    again.append(following)
            while again and (child := self._idle()) is not None:
                self._give(child, again.popleft())
            if not self._busy() and exhausted and not again:
                return
            yield from self._results()

    def _busy(self) -> int:
        return sum(child.key is not None for child in self._children)

    def _idle(self) -> _Child | None:
        for child in self._children:
            if child.key is None:
                return child
        if len(self._children) < self.workers:
            self._children.append(_start())
            return self._children[-1]
        return None

    def _give(self, child: _Child, file: tuple[str, Path, Wanted]) -> None:
        key, path, kind = file
        child.key, child.faults = key, _faults(child.process.pid)
        child.deadline = time.monotonic() + self.seconds + (0 if child.ready else STARTING)
        limits = {"seconds": self.seconds, "cpu": math.ceil(self.seconds * CPU_SHARE), "memory": self.memory_mb * MB}
        how = {"kind": kind, "rules": self.rules.as_message(), "ocr": self.ocr}
        message = json.dumps({"path": str(path), **how, **limits})
        with contextlib.suppress(OSError):  # it has just ended: its connection says so when results are collected
            child.connection.send_bytes(message.encode())

    def _results(self) -> Iterator[tuple[str, Extract | UnreadableFile]]:
        busy = [child for child in self._children if child.key is not None]
        soonest = min(child.deadline for child in busy)
        heard = wait([child.connection for child in busy], max(0.0, soonest - time.monotonic()))
        for child in busy:
            key = child.key
            assert key is not None, "busy children have a file"
            if child.connection in heard:
                reply = _receive(child)
                if reply is not None and "ready" in reply:
                    child.ready, child.born_with = True, reply["ready"]
                    child.deadline = time.monotonic() + self.seconds
                    continue
                child.key, child.deadline = None, math.inf
                if reply is None:
                    yield key, self._lost(child)
                else:
                    yield key, _decoded(reply)
                    if reply.get("last"):
                        self._drop(child)
            elif time.monotonic() >= child.deadline:
                self._drop(child)
                yield key, self._too_slow()

    def _lost(self, child: _Child) -> UnreadableFile:
        """Why a child has ended without an answer."""
        code, used = _end_of(child)
        self._drop(child)
        if code == -signal.SIGXCPU:
            return self._too_slow()
        if code == -signal.SIGKILL:
            return UnreadableFile("too-much-memory", "The system stopped its reading, most likely for want of memory.")
        if used > MOST_OF_IT * self.memory_mb * MB:  # PDFium ends the process when it is given no more
            return UnreadableFile("too-much-memory", TOO_MUCH_MEMORY)
        return UnreadableFile(
            "crashed", "Its reader broke down over it. The file is damaged, or made to do that; save it anew."
        )

    def _too_slow(self) -> UnreadableFile:
        return UnreadableFile(
            "too-slow", f"Reading took more than {self.seconds:g} s and was given up. Split it, or save it anew."
        )

    def _drop(self, child: _Child) -> None:
        child.end()
        self._children.remove(child)


def _start() -> _Child:
    ours, theirs = socketpair()
    root = str(Path(__file__).resolve().parents[2])
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": root, "PYTHONUTF8": "1"}
    environment["OPENBLAS_NUM_THREADS"] = "1"  # openpyxl imports numpy, which reserves memory for every core
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest.workers.isolation", str(theirs.fileno())],
        stdin=subprocess.PIPE,  # the lifeline: when we die, it ends, and so does the child
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env=environment,
        start_new_session=True,  # Ctrl-C at the terminal is for us to handle
    )
    theirs.close()
    return _Child(process, Connection(ours.detach()))


def _end_of(child: _Child) -> tuple[int, int]:
    """How a child that is ending has ended, and about the most bytes of memory that it had in use."""
    if sys.platform != "linux":
        return child.process.wait(), 0
    _, status, used = os.wait4(child.process.pid, 0)
    child.process.returncode = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss * 1024
    # Linux counts the memory of who started a process as its own; below that, what it touched since is all we know.
    touched = (used.ru_minflt - child.faults) * os.sysconf("SC_PAGESIZE")
    return child.process.returncode, peak if peak > child.born_with else touched


def _faults(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[7])
    except (OSError, IndexError):  # it has just ended, or this is not Linux
        return 0


def _receive(child: _Child) -> dict[str, Any] | None:
    try:
        reply = json.loads(child.connection.recv_bytes(LARGEST_REPLY))
    except (EOFError, OSError):
        return None
    return reply if isinstance(reply, dict) else None


def _encoded(result: Extract) -> dict[str, Any]:
    values = attrgetter(*Section.__slots__)
    sections = [[*told, _plain(attributes), day] for *told, attributes, day in map(values, result.sections)]
    return {"title": result.title, "kind": result.kind, "lang": result.lang} | {
        "attributes": _plain(result.attributes),
        "warnings": result.warnings,
        "sections": sections,
        "redacted": result.redacted,
        "beside": result.beside,
        "updated": result.updated,
    }


def _plain(attributes: Attributes) -> dict[str, Any]:
    return {} if attributes is NO_ATTRIBUTES or attributes == NO_ATTRIBUTES else asdict(attributes)


def _decoded(reply: dict[str, Any]) -> Extract | UnreadableFile:
    if "reason" in reply:
        return UnreadableFile(reply["reason"], reply["message"])
    sections = [
        Section(text, question, tuple(headings), page, anchor, row, lang, url, kind, _attributes(attributes), day)
        for text, question, headings, page, anchor, row, lang, url, kind, attributes, day in reply["sections"]
    ]
    about, beside = _attributes(reply["attributes"]), tuple(reply["beside"])
    told = reply["title"], reply["kind"], sections, reply["lang"], reply["warnings"], reply["redacted"]
    return Extract(*told, about, beside, reply["updated"])


def _attributes(told: dict[str, Any]) -> Attributes:
    return Attributes.of(told) if told else NO_ATTRIBUTES


def _answer(order: dict[str, Any]) -> bytes:
    """In the child: read one file."""
    from ingest.files.sources import shown
    from ingest.printed import ocr  # after the child has said that it lives
    from ingest.readers.reading import read

    path = Path(order["path"])
    try:
        with (
            using(parsed(order["rules"], "the operator's rules")),
            ocr.within(order["seconds"] * OCR_SHARE, order["ocr"]),
        ):
            return _message(_encoded(read(path.read_bytes(), shown(path.name), order["kind"])))
    except UnreadableFile as error:
        return _refusal(error.reason, str(error))
    except OSError as error:
        return _refusal("unreadable", f"It cannot be opened: {error.strerror}.")
    except MemoryError:
        return _refusal("too-much-memory", TOO_MUCH_MEMORY, last=True)
    except RecursionError:
        return _refusal("damaged", "Its parts are nested without end.", last=True)


def _refusal(reason: str, message: str, last: bool = False) -> bytes:
    """`last` when the child is no longer fit for another file."""
    return _message({"reason": reason, "message": message, "last": last})


def _message(told: dict[str, Any]) -> bytes:
    """JSON without halves of surrogate pairs, which the JSON of a file can hold and no index can."""
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def _limit(cpu_seconds: int, memory: int) -> None:
    import resource  # only where there is one: not on Windows

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(used.ru_utime + used.ru_stime)
    for what, value in ((resource.RLIMIT_CPU, spent + cpu_seconds), (resource.RLIMIT_AS, memory)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _peak() -> int:
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(arguments: Sequence[str]) -> int:
    """The child: take orders, one at a time, until the parent closes the connection."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.disable(logging.CRITICAL)  # what a library grumbles about a broken file is not for the terminal
    connection = Connection(int(arguments[0]))
    connection.send_bytes(json.dumps({"ready": _peak()}).encode())
    with contextlib.suppress(EOFError, OSError):
        while True:
            order = json.loads(connection.recv_bytes())
            with contextlib.suppress(OSError):
                order["memory"] += PER_BYTE * Path(order["path"]).stat().st_size
            if sys.platform != "win32":
                _limit(order["cpu"], order["memory"])
            connection.send_bytes(_answer(order))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
