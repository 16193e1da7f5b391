import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ingest.texts.extracts import Extract
from ingest.workers.isolation import ReadingPool

ROOT = Path(__file__).resolve().parents[2]
PROC = Path("/proc")
pytestmark = pytest.mark.skipif(not (PROC / "self/stat").exists(), reason="the children are looked up in /proc")


def outcome(result):
    return "read" if isinstance(result, Extract) else result.reason


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.md"
    path.write_text("# 返品\n\n三十日以内です。", encoding="utf-8")
    return path


@pytest.fixture
def never_ending(tmp_path):
    path = tmp_path / "never.md"
    os.mkfifo(path)  # opening it waits for a writer who never comes
    return path


def test_what_is_read_comes_back_whole(good):
    with ReadingPool(workers=1) as pool:
        ((key, result),) = pool.read_all([("k", good, "auto")])
    assert key == "k"
    section = result.sections[0]
    assert (result.title, result.kind, result.lang) == ("返品", "document", "ja")
    assert (section.text, section.headings, section.anchor, section.page) == (
        "三十日以内です。",
        ("返品",),
        "返品",
        None,
    )


def test_bad_files_are_told_apart_and_the_rest_goes_on(tmp_path, good, never_ending):
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(b"0" * 190_000_000, 1))
    endless = tmp_path / "endless.md"
    endless.write_text("[a" * 60_000)
    files = [("bomb", bomb), ("never", never_ending), ("gone", tmp_path / "gone.md"), ("endless", endless)]
    files += [(f"good-{number}", good) for number in range(6)]
    with ReadingPool(workers=2, seconds=1.2, memory_mb=160) as pool:
        results = {key: outcome(result) for key, result in pool.read_all((k, p, "auto") for k, p in files)}
    assert results.pop("endless") in ("too-slow", "too-much-memory", "read")  # as fast as the machine is
    assert results == {
        "bomb": "too-much-memory",
        "never": "too-slow",
        "gone": "unreadable",
        **{f"good-{number}": "read" for number in range(6)},
    }


def _end_the_child(how):
    while not (children := children_of(os.getpid())):  # a busy machine takes a while to start it
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(children[0], how)


@pytest.mark.parametrize(("how", "reason"), [(signal.SIGSEGV, "crashed"), (signal.SIGKILL, "too-much-memory")])
def test_a_child_that_dies_costs_one_file(good, never_ending, how, reason):
    ballast = b"x" * 400_000_000  # bytes: as much as this process has with a model; no child is taken to have it
    with ReadingPool(workers=1) as pool:
        results = pool.read_all([("never", never_ending, "auto"), ("good", good, "auto")])
        threading.Thread(target=_end_the_child, args=(how,)).start()
        assert [(key, outcome(result)) for key, result in results] == [("never", reason), ("good", "read")]
    del ballast


def test_children_are_reused_and_gone_in_the_end(good):
    with ReadingPool(workers=2) as pool:
        first = list(pool.read_all((str(number), good, "auto") for number in range(20)))
        before = set(children_of(os.getpid()))
        second = list(pool.read_all((str(number), good, "auto") for number in range(20)))
        assert set(children_of(os.getpid())) == before
    assert len(first) == len(second) == 20
    assert not children_of(os.getpid())


def test_leaving_early_ends_the_children(good):
    with ReadingPool(workers=2) as pool:
        next(pool.read_all((str(number), good, "auto") for number in range(50)))
    assert not children_of(os.getpid())


def test_children_know_no_secrets(tmp_path, good, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with ReadingPool(workers=1) as pool:
        list(pool.read_all([("k", good, "auto")]))
        environment = PROC / str(children_of(os.getpid())[0]) / "environ"
        assert b"sk-secret" not in environment.read_bytes()


def test_children_die_with_their_parent(never_ending):
    script = (
        "import sys, pathlib\nfrom ingest.workers.isolation import ReadingPool\n"
        "with ReadingPool(workers=2) as pool:\n"
        f"    list(pool.read_all([(str(n), pathlib.Path({str(never_ending)!r}), 'auto') for n in range(2)]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as parent:
        deadline = time.monotonic() + 10
        while len(children := children_of(parent.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        parent.kill()
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(children) == 2
    assert not any(map(alive, children))


def children_of(pid):
    return [int(each.name) for each in PROC.iterdir() if each.name.isdecimal() and is_child(each.name, pid)]


def is_child(name, parent):
    try:
        told = (PROC / name / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:  # it has ended meanwhile
        return False
    return int(told) == parent and alive(name)


def alive(pid):
    try:
        return b"ingest.workers.isolation" in (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False
