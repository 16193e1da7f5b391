"""The service under load, beside the textbook's LangChain in the same run: python -m benchmarks.chat

One worker on one core with everything on: keys, limits, sessions in Redis, search by words and vectors in 5,000
passages, the check of every sentence, metrics, logs. The model's server, the load and Redis are on the other core,
where there is one. Both services ask one server for embeddings and answers. The textbook's searches by vectors alone
and has no keys, limits, checks, metrics or logs. Every question is a new one, so that no embedding comes out of a
cache. Then the same once more with the built-in encoder, which the textbook's has not.

"zero" is a model without any delay: what is left is the service's own work. "paced" speaks like a quick one, 50 ms to
the first of its tokens and 5 ms between them. "direct" asks the model's server with no service between.

It takes some minutes, needs no network, no key and no settings, and leaves nothing behind. A table comes for each load:
a line is a round, with the time to the first word and to the end of an answer that half of the chats and 95 of 100
stayed below, and the processor time of the service alone. The last table holds the goals and what was measured: medians
over rounds of what ours took of what the other took in the same round. Rounds that differ much mean that the machine
has something else to do; a ratio of one run may be quoted, milliseconds say something about one machine.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.load.client import TURNS, Body, Load, Target, load, memory_mb, paired
from benchmarks.load.model_server import ANSWER
from benchmarks.textbook import corpora
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.private_redis import running_redis
from knowledge.settings import KnowledgeSettings
from service.access.keys import KeyFile

HERE = Path(__file__).parent
PASSAGES = 5_000
LONGEST = 700  # characters of a passage
ZERO, PACED, SLOW = (0, 0), (50, 5), (200, 100)  # ms to the first token, and between tokens
ROUNDS = 3
START_S = 120.0
REMOTE, BUILTIN = "openai:fixed", "builtin"
QUESTIONS = {  # and how each answer begins; what follows there is what the model says, or it would not be let through
    "My forgotten password locks me out of the shop": "Passwords are reset by yourself, at any time.",
    "Loyalty vouchers vanished from my wallet": "Vouchers are kept in the wallet of your account.",
    "The courier's parcel tracking wants me to sign in": "Parcels are tracked from the account page.",
    "Invoices for my company's bookkeeping": "Invoices are listed in the account.",
    "My colleague left, who inherits her seat?": "The seat of a colleague passes to the administrator.",
    "Newsletter unsubscribing asks for credentials": "The newsletter is cancelled in the account.",
    "Warranty registration of the kettle": "Kettles are registered for the warranty in the account.",
    "Booking a showroom appointment online": "Appointments in the showroom are booked in the account.",
}
LAST_WORDS = " ".join(ANSWER.split()[-3:-1]).encode()
MET, MISSED = "[green]met[/green]", "[red]missed[/red]"


@dataclass(frozen=True, slots=True)
class Program:
    """A server that runs."""

    port: int
    pid: int


class Bench:
    """What is measured, and where."""

    def __init__(self, root: Path, core: int, console: Console) -> None:
        self._root, self._core, self._console = root, core, console
        self._runs = itertools.count()
        self._met = Table("", "target", "measured", "", title="Against the targets")

    def run(self) -> None:
        """Measure everything, and print it."""
        with contextlib.ExitStack() as stack:
            self._model = stack.enter_context(self._program([HERE / "load" / "model_server.py", "{port}"]))
            redis = running_redis(KnowledgeSettings(data=self._root / "redis", _env_file=None))
            self._redis = stack.enter_context(redis).url
            self._texts = list(passages())
            with self._ours(REMOTE) as ours, self._textbook() as theirs:
                self._against_the_textbook(ours, theirs)
            with self._ours(REMOTE) as ours:
                self._open_streams(ours)
            with self._ours(BUILTIN) as ours:
                self._with_our_encoder(ours)
        self._console.print(self._met)

    def _against_the_textbook(self, ours: Program, theirs: Program) -> None:
        idle = memory_mb(ours.pid)
        us, them, direct = self._target(ours), self._their_target(theirs), self._direct()
        self._pace(ZERO)
        mine: list[Load] = []
        textbook: list[Load] = []
        for _ in range(ROUNDS):
            mine.append(self._load(us, 32, 640, ours.pid))
            textbook.append(self._load(them, 32, 160, theirs.pid))
        self._table("zero delay, 32 at once", [("ours", mine), ("textbook", textbook)])
        cpu = paired(mine, textbook, lambda a, b: b.cpu_ms / a.cpu_ms)
        speed = paired(mine, textbook, lambda a, b: a.per_second / b.per_second)
        self._say("CPU of a chat, of the textbook's", "≤ 1/10", f"1/{cpu:.1f}", cpu >= 10)
        self._say("chats a second, times the textbook's", "≥ 10", f"{speed:.1f}", speed >= 10)
        self._pace(PACED)
        self._paced(us, direct, ours, (them, theirs))
        many = self._load(us, 256, 1024, ours.pid)
        self._table("paced, 256 at once", [("ours", [many])])
        self._say("256 at once: errors", "0", str(many.errors.total()), not many.errors)
        self._say(
            "256 at once: first word, 95 %", "≤ 1 s", f"{many.first_ms(0.95):,.0f} ms", many.first_ms(0.95) <= 1000
        )
        self._say("an idle worker", "≤ 180 MB", f"{idle:.0f} MB", idle <= 180)

    def _open_streams(self, ours: Program) -> None:
        self._pace(SLOW)
        many = self._load(self._target(ours), 1_000, 1_000, ours.pid, ramp=2.0)
        self._table("six seconds long, 1,000 at once", [("ours", [many])])
        self._say("1,000 open streams: errors", "0", str(many.errors.total()), not many.errors)

    def _with_our_encoder(self, ours: Program) -> None:
        us, direct = self._target(ours), self._direct()
        self._pace(ZERO)
        self._table("built-in encoder, zero delay, 32 at once", [("ours", [self._load(us, 32, 320, ours.pid)])])
        self._pace(PACED)
        for users, chats in ((1, 30), (32, 320)):
            rows = [("direct", [self._load(direct, users, chats)]), ("ours", [self._load(us, users, chats, ours.pid)])]
            self._table(f"built-in encoder, paced, {users} at once", rows)

    def _paced(self, us: Target, direct: Target, ours: Program, beside: tuple[Target, Program] | None) -> None:
        for users, chats, most_ms in ((1, 30, 10), (32, 320, 12)):
            rounds: dict[str, list[Load]] = {"direct": [], "ours": [], "textbook": []}
            for _ in range(ROUNDS):
                rounds["direct"].append(self._load(direct, users, chats))
                rounds["ours"].append(self._load(us, users, chats, ours.pid))
            if beside:
                rounds["textbook"].append(self._load(beside[0], users, max(10, chats // 4), beside[1].pid))
            self._table(f"paced, {users} at once", list(rounds.items()))
            added = paired(rounds["ours"], rounds["direct"], lambda a, b: a.first_ms() - b.first_ms())
            self._say(f"{users} at once: added to the first word, median", f"≤ {most_ms} ms", f"{added:.1f} ms",
                      added <= most_ms)  # fmt: skip
            if users == 32:
                ratio = paired(rounds["ours"], rounds["direct"], lambda a, b: a.total_ms() / b.total_ms())
                self._say("32 at once: whole answer, of direct", "≤ 1.06", f"{ratio:.3f}", ratio <= 1.06)

    def _load(self, target: Target, users: int, chats: int, pid: int | None = None, ramp: float = 0.3) -> Load:
        return uvloop.run(load(target, users, chats, pid, ramp))

    def _table(self, title: str, rows: Sequence[tuple[str, Sequence[Load]]]) -> None:
        table = Table(
            "", "first word, ms: 50 %", "95 %", "whole, ms: 50 %", "95 %", "chats/s", "CPU ms a chat", "errors",
            title=title,
        )  # fmt: skip
        for name, loads in rows:
            for one in loads:
                table.add_row(
                    name, f"{one.first_ms():.1f}", f"{one.first_ms(0.95):.1f}", f"{one.total_ms():.1f}",
                    f"{one.total_ms(0.95):.1f}", f"{one.per_second:.1f}", f"{one.cpu_ms:.2f}" if one.cpu else "",
                    str(dict(one.errors) or ""),
                )  # fmt: skip
        self._console.print(table)

    def _say(self, what: str, target: str, measured: str, met: bool) -> None:
        self._met.add_row(what, target, measured, MET if met else MISSED)

    def _pace(self, pace: tuple[int, int]) -> None:
        first_ms, token_ms = pace
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self._model.port}/pace",
            json.dumps({"first_ms": first_ms, "token_ms": token_ms}).encode(),
        )
        urllib.request.urlopen(asked).close()

    def _target(self, ours: Program) -> Target:
        good = (b"event: done", b'"outcome":"answered"', LAST_WORDS)
        return Target(
            ours.port, "/api/chat", self._bodies("ours", stream=True), good, f"Authorization: Bearer {self._key}\r\n"
        )

    def _their_target(self, theirs: Program) -> Target:
        return Target(theirs.port, "/api/chat", self._bodies("theirs"), (b"[DONE]", b" new"))

    def _direct(self) -> Target:
        asked = {"model": "fixed", "stream": True, "messages": [{"role": "user", "content": "How?"}]}
        body = json.dumps(asked).encode()
        return Target(self._model.port, "/v1/chat/completions", lambda user, number: body, (b"[DONE]", b" new"))

    def _bodies(self, whose: str, **more: bool) -> Body:
        asked, run, count = list(QUESTIONS), next(self._runs), itertools.count()

        def body(user: int, number: int) -> bytes:
            new = next(count)
            session = f"{whose}-{run}-{user}-{number // TURNS}"
            text = f"{asked[(user + number) % len(asked)]} {new}"
            return json.dumps({"session_id": session, "message": text, **more}).encode()

        return body

    @contextlib.contextmanager
    def _ours(self, embedding: str) -> Iterator[Program]:
        data = self._root / f"{embedding.replace(':', '-')}-{next(self._runs)}"
        asked = {"MADOGUCHI_EMBEDDING": embedding, "OPENAI_BASE_URL": f"http://127.0.0.1:{self._model.port}/v1"}
        settings = IngestSettings(
            data=data, embedding=embedding, openai_base_url=asked["OPENAI_BASE_URL"], _env_file=None
        )
        data.mkdir()
        file = self._root / "faq.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([("question", "answer"), *self._texts])
        report = Pipeline(settings, open_embedder(settings), Analyzer()).run(Order([file]))
        assert report.passages == len(self._texts), report
        _, self._key = KeyFile(data).create_key("load", ("chat",))
        environment = asked | {
            "MADOGUCHI_DATA": str(data), "MADOGUCHI_PORT": "{port}", "REDIS_URL": self._redis,
            "MADOGUCHI_MODEL": "fixed", "MADOGUCHI_RATE_KEY": "9999999/second", "MADOGUCHI_OWN_WORKER": "false",
        }  # fmt: skip
        with self._program(["-m", "service"], environment, on_first=True) as program:
            yield program

    @contextlib.contextmanager
    def _textbook(self) -> Iterator[Program]:
        file = self._root / "texts.jsonl"
        file.write_text("".join(json.dumps("\n".join(text)) + "\n" for text in self._texts), "utf-8")
        environment = {"UPSTREAM": f"http://127.0.0.1:{self._model.port}/v1", "REDIS_URL": self._redis}
        command = [HERE / "textbook" / "serving.py", file, "{port}"]
        with self._program(command, environment, on_first=True) as program:
            yield program

    @contextlib.contextmanager
    def _program(
        self, command: Sequence[str | Path], environment: dict[str, str] | None = None, on_first: bool = False
    ) -> Iterator[Program]:
        """A Python program that listens on a free port, until the end of the block."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MADOGUCHI_", "OPENAI_", "REDIS_"))}
        mine = os.sched_getaffinity(0)
        log = (self._root / f"{Path(command[-2]).name}-{port}.log").open("wb")
        try:
            if on_first:
                os.sched_setaffinity(0, {self._core})  # a child begins on our cores
            process = subprocess.Popen(
                [sys.executable, *(str(word).replace("{port}", str(port)) for word in command)],
                env=kept | {k: v.replace("{port}", str(port)) for k, v in (environment or {}).items()},
                cwd=HERE.parent, stdout=log, stderr=log,
            )  # fmt: skip
        finally:
            os.sched_setaffinity(0, mine)
        try:
            deadline = time.monotonic() + START_S
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{command} did not start:\n{Path(log.name).read_text()[-2000:]}")
                time.sleep(0.1)
            yield Program(port, process.pid)
        finally:
            process.terminate()
            process.wait()
            log.close()


def passages() -> Iterator[tuple[str, str]]:
    """Questions with their answers: a support desk's few, and the documentation of Python's library."""
    for question, beginning in QUESTIONS.items():
        yield question, f"{beginning} {ANSWER}"
    documented = ((f"What is {name} of {module}?", text) for module, parts in corpora.modules() for name, text in parts)
    seen = set()
    left = PASSAGES - len(QUESTIONS)
    for question, text in documented:
        text = " ".join(text.split())[:LONGEST]
        if left and len(text) > 40 and question not in seen:
            seen.add(question)
            left -= 1
            yield question, text


def main() -> None:
    about = argparse.ArgumentParser(
        prog="python -m benchmarks.chat", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-1:])
    with TemporaryDirectory() as scratch:
        Bench(Path(scratch), cores[0], Console()).run()


if __name__ == "__main__":
    main()
