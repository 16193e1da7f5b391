"""Faults in the middle of a commit: afterwards the old state serves or the new one, never another, and work goes on."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from bases import ANALYZER, EMBEDDER, open_generation
from committing import DONE, REFUSED, begin, commit_version, end_of, version
from waiting import soon

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.errors import DamagedIndex
from knowledge.index import generations

COUNT, KILL, FAIL_ONCE, FULL = range(4)  # as in faults.c
FORK = multiprocessing.get_context("fork")
SPAWN = multiprocessing.get_context("spawn")  # for what starts threads and processes of its own
HERE = Path(__file__).parent


def goes_on(data: Path, number: int) -> None:
    """The next commit works, and leaves nothing of what the fault left."""
    commit_version(data, number)
    assert version(data) == number
    assert len(generations.history(data)) <= generations.KEEP
    assert {path.name for path in (data / "generations").iterdir()} == set(generations.history(data))
    assert {path.name for path in data.iterdir()} <= {"CURRENT", "generations", "write.lock"}


@pytest.fixture
def data(tmp_path) -> Path:
    begin(tmp_path / "data")
    return tmp_path / "data"


def _let_go_of_inherited_files(keep: int = -1) -> None:
    """Tantivy's threads may be holding a lock file at the moment of the fork; the child would wait for itself."""
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number != keep:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(number)


def _commit_for_ever(data: Path, number: int, told: Connection) -> None:
    _let_go_of_inherited_files(keep=told.fileno())
    told.send(number - 1)  # from here on it commits
    while True:
        commit_version(data, number)
        told.send(number)
        number += 1


@pytest.mark.parametrize(
    "times", [pytest.param(20, id="20 kills"), pytest.param(200, marks=pytest.mark.slow, id="200 kills")]
)
def test_a_writer_that_is_killed_at_any_moment_loses_no_finished_commit(data, times):
    chance, done, unfinished, took_s = random.Random(7), 0, 0, 0.1
    for round_number in range(times):
        heard, told = FORK.Pipe(duplex=False)
        child = FORK.Process(target=_commit_for_ever, args=(data, done + 1, told))
        child.start()
        assert heard.poll(60), "the writer did not begin"
        heard.recv()
        if round_number % 2:  # within a commit, if it is not too quick
            soon(lambda: list((data / "generations").glob(".unfinished*")), look_every_s=0.001)
            time.sleep(chance.uniform(0, took_s / 4))
        else:
            time.sleep(chance.uniform(0, 3 * took_s))  # a few commits
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        told.close()
        while heard.poll():
            try:
                done = heard.recv()
            except EOFError:
                break
        unfinished += bool(list((data / "generations").glob(".unfinished*")))
        assert version(data) in (done, done + 1)
        done = version(data) + 1
        began = time.monotonic()
        goes_on(data, done)
        took_s = time.monotonic() - began
    print(f"{times} writers killed, {unfinished} of them within a commit")
    assert unfinished, "no commit was interrupted: the test kills at the wrong moments to show anything"


class FaultyProcesses:
    """Commits in processes whose n-th call that changes a file fails."""

    def __init__(self, library: Path) -> None:
        environment = os.environ | {
            "LD_PRELOAD": str(library),
            "PYTHONPATH": os.pathsep.join(map(str, (HERE.parents[1], HERE.parent, HERE))),
        }
        self._program = subprocess.Popen(
            [sys.executable, str(HERE / "committing.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def commit(self, data: Path, number: int, at: int, mode: int) -> tuple[int, int]:
        """How the process ended, and how many such calls it made."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        order = {"data": str(data), "number": number, "at": at, "mode": mode}
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        answer = json.loads(self._program.stdout.readline())
        return answer["ended"], answer["calls"]

    def close(self) -> None:
        self._program.communicate(timeout=60)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> Iterator[FaultyProcesses]:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no C compiler, or this is not Linux: calls cannot be made to fail")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "faults.c", "-ldl"], check=True)
    processes = FaultyProcesses(library)
    yield processes
    processes.close()


@pytest.mark.parametrize(
    "step", [pytest.param(9, id="every 9th call"), pytest.param(1, marks=pytest.mark.slow, id="every call")]
)
@pytest.mark.parametrize(
    ("mode", "ends"),
    [(KILL, {-signal.SIGKILL}), (FAIL_ONCE, {REFUSED, DONE}), (FULL, {REFUSED, DONE})],
    ids=["killed", "I/O error", "disk full"],
)
def test_a_fault_at_each_call_that_changes_a_file_leaves_the_old_or_the_new_state(data, faulty, mode, ends, step):
    scratch = data.parent / "scratch"
    shutil.copytree(data, scratch)
    ended, calls = faulty.commit(scratch, 1, 0, COUNT)
    assert ended == DONE
    assert calls > 50, "the calls are not seen"
    states, ways = set(), set()
    for at in range(1, calls + 1, step):
        # A thread of Tantivy that has just begun to watch the old one may still make a lock file there.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch = data.parent / f"scratch-{at}"
        shutil.copytree(data, scratch)
        ended, made = faulty.commit(scratch, 1, at, mode)
        assert ended in ends or made < at, f"call {at} of {calls}"
        states.add(version(scratch))
        ways.add(ended)
        if ended == DONE:
            assert version(scratch) == 1, f"call {at} failed, and the commit says that it did not"
        goes_on(scratch, 2)
    print(f"{len(range(1, calls + 1, step))} of {calls} calls failed, one a commit")
    assert states == {0, 1} or step > 1, "the calls before and after the last step are not both among these"
    assert states <= {0, 1}
    assert ways & (ends - {DONE})


def _commit_with_small_files(data: Path, limit: int) -> None:
    _let_go_of_inherited_files()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    os._exit(end_of(data, 1)[0])


def test_a_file_that_may_not_grow_leaves_the_old_state(data):
    ends = []
    for limit in (0, 1, 10, 100, 300, 500, 700, 900, 1000, 1500, 2000, 100_000):  # bytes
        child = FORK.Process(target=_commit_with_small_files, args=(data, limit))
        child.start()
        child.join()
        ends.append(child.exitcode)
        assert version(data) == (ends[-1] == DONE)
    assert ends == sorted(ends, reverse=True)
    assert set(ends) == {REFUSED, DONE}
    goes_on(data, 2)


def test_a_full_disk_leaves_the_old_state_and_room_mends_it(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        begin(disk)
        filler = disk.parent / "disk/generations/filler"
        ends = []
        for room in (0, 4, 8, 16, 24, 32, 48, 64):  # KiB
            filler.unlink(missing_ok=True)
            free = shutil.disk_usage(disk).free
            filler.write_bytes(bytes(max(0, free - room * 1024)))
            before = version(disk)
            ends.append(end_of(disk, before + 1)[0])
            assert version(disk) == before + (ends[-1] == DONE)
        assert ends[0] == REFUSED
        assert set(ends) <= {DONE, REFUSED}
        filler.unlink()
        goes_on(disk, 99)
    finally:
        # Lazily: a thread of Tantivy that has ended its work may not have let go of its files yet.
        subprocess.run(["umount", "--lazy", disk], check=True)


def flip(path: Path, bit: int) -> None:
    """Flip a bit where it lies: who has mapped the file would die of a shorter one."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        (byte,) = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


@pytest.mark.parametrize(
    "times", [pytest.param(100, id="100 bits"), pytest.param(1000, marks=pytest.mark.slow, id="1,000 bits")]
)
def test_a_flipped_bit_is_noticed_or_harmless_and_the_last_state_can_be_gone_back_to(data, times):
    commit_version(data, 1)
    named = (data / "CURRENT").read_bytes()
    sound = open_generation(data)
    vectors = sound.dense.vectors(np.arange(4))
    passages = [sound.passage(row) for row in range(4)]
    files = [data / "CURRENT", *(path for path in sound.place.rglob("*") if path.is_file() and path.stat().st_size)]
    chance, noticed = random.Random(11), 0
    for _ in range(times):
        path = chance.choice(files)
        bit = chance.randrange(path.stat().st_size * 8)
        flip(path, bit)
        try:
            opened = open_generation(data)
            assert (opened.manifest, opened.documents) == (sound.manifest, sound.documents), path.name
            assert [opened.passage(row) for row in range(4)] == passages
            assert np.array_equal(opened.dense.vectors(np.arange(4)), vectors)
            (data / "CURRENT").write_bytes(named)
            assert path.name in ("CURRENT", "manifest.json"), "white space is all that no checksum covers"
        except DamagedIndex:
            noticed += 1
            generations.roll_back(data)
            assert version(data) in (0, 1), "1 when it was CURRENT that was damaged"
            (data / "CURRENT").write_bytes(named)
        if path.name != "CURRENT":
            flip(path, bit)
        assert version(data) == 1
    print(f"{noticed} of {times} flipped bits noticed, the others harmless")
    assert noticed > 0.9 * times
    goes_on(data, 2)


def _ingest(data: Path, folder: Path) -> None:
    Pipeline(IngestSettings(data=data, readers=1, lock_wait_s=300), EMBEDDER, ANALYZER).run(Order([folder]))
    os._exit(DONE)


@pytest.mark.slow
def test_of_two_writers_at_once_nothing_is_lost_and_a_killed_one_blocks_nobody(tmp_path):
    data, expected = tmp_path / "data", set()
    for number in range(3):
        writers = []
        for name in ("first", "second", "killed"):
            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            (folder / f"{name}-{number}.csv").write_text(f"question,answer\nWho wrote {number}?,{name}.\n", "utf-8")
            writers.append(SPAWN.Process(target=_ingest, args=(data, folder)))
            writers[-1].start()
        time.sleep(0.8 + 0.4 * number)  # seconds: before it has the lock, with it, after it
        os.kill(writers[2].pid, signal.SIGKILL)
        for writer in writers:
            writer.join(300)
        assert [writer.exitcode for writer in writers[:2]] == [DONE, DONE]
        expected |= {f"first-{number}.csv", f"second-{number}.csv"}
        found = {document.source for document in open_generation(data).documents.values()}
        assert expected <= found <= expected | {f"killed-{earlier}.csv" for earlier in range(number + 1)}
    assert len(open_generation(data).lexical) == len(open_generation(data))
