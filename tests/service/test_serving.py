"""The program itself: what it says at start, what it refuses, and that a conversation outlives it."""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import programs
import pytest
from events import ask, parse
from programs import ROOT, free_port
from upstream import FakeUpstream
from waiting import soon

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    ours = {"MADOGUCHI_DATA": str(data), "MADOGUCHI_PORT": str(port), "MADOGUCHI_OWN_WORKER": "false"}
    return programs.environment(**ours | more)


def ended(data: Path, port: int, **more: str) -> subprocess.CompletedProcess[str]:
    """`python -m service` where it ends by itself."""
    how = {"cwd": data.parent, "env": environment(data, port, **more), "capture_output": True, "text": True}
    return subprocess.run([sys.executable, "-m", "service"], timeout=programs.LONGEST_S, **how)


class Served:
    """`python -m service` as a program of its own, until the end of the block."""

    def __init__(self, data: Path, **more: str) -> None:
        self.port = free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service"],
            cwd=data.parent,
            env=environment(data, self.port, **more),
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Served:
        soon(lambda: self.process.poll() is not None or programs.answers(self.client), programs.LONGEST_S)
        assert self.process.poll() is None, self.stop()
        return self

    def stop(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=40)[1]

    def __exit__(self, *args: object) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stderr and not self.process.stderr.closed:
            self.process.communicate()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base of two questions, through the real path."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "faq.csv").write_text(
        "質問,回答\n返品の期限はいつまでですか,返品は商品の到着から30日以内です。\n送料はいくらですか,送料は全国一律500円です。\n"
    )
    settings = IngestSettings(data=folder / "data", _env_file=None)
    report = Pipeline(settings, open_embedder(settings), Analyzer()).run(Order([folder / "faq.csv"]))
    assert report.exit_code == 0
    return folder / "data"


def test_it_says_what_is_on_and_a_conversation_outlives_a_kill(data):
    with Served(data) as first:
        answer = first.client.post("/api/chat", json={"message": "返品の期限は?", "session_id": "T-1"}).json()
        assert answer["citations"][0]["source"] == "faq.csv"
        time.sleep(1.1)  # what Redis promises to have on disk
        said = first.stop(signal.SIGKILL)
    assert "http://127.0.0.1" in said
    assert "1 documents, 2 passages" in said
    assert "passages are quoted" in said
    with FakeUpstream(["500円です[1]。"]) as upstream:
        model = {"MADOGUCHI_MODEL": "up", "OPENAI_BASE_URL": upstream.url}
        with Served(data, **model) as second:
            assert second.client.get("/api/sessions/T-1").json()["turns"][0]["message"] == "返品の期限は?"
            assert ask(second.client, "送料はいくらですか?", session_id="T-1")[-1].data["model"] == "default"
            assert upstream.requests[0]["messages"][1]["content"] == "返品の期限は?"
            assert len(second.client.get("/api/sessions/T-1").json()["turns"]) == 2


def test_told_to_stop_it_finishes_the_answer_first(data):
    with (
        FakeUpstream(["送料は", "500円", "です[1]。"], pause_s=0.4) as upstream,
        Served(data, MADOGUCHI_MODEL="up", OPENAI_BASE_URL=upstream.url) as served,
    ):
        body = {"message": "送料はいくらですか?", "stream": True, "session_id": "T-2"}
        with served.client.stream("POST", "/api/chat", json=body) as response:
            pieces = response.iter_text()
            text = next(pieces)
            served.process.send_signal(signal.SIGTERM)
            text += "".join(pieces)
        assert parse(text)[-1].name == "done"
        assert served.process.wait(30) == 0
        assert "Traceback" not in served.process.stderr.read()
    with (data / "redis" / "server.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a Redis server that was left behind would hold it


def test_two_workers_share_one_memory(data):
    with Served(data, MADOGUCHI_WORKERS="2") as served:
        for number in range(6):
            with httpx.Client(base_url=served.client.base_url, timeout=30) as fresh:
                fresh.post("/api/chat", json={"message": f"返品の期限は? {number}", "session_id": "T-3"})
        assert len(served.client.get("/api/sessions/T-3").json()["turns"]) == 6
        counted = 'madoguchi_answers_total{model="extractive",outcome="answered",reason=""} 6.0'
        page = served.client.get("/metrics").text
        assert counted in page
        assert 'madoguchi_generation_info{generation="' in page
        workers = processes_of(served.process, b"spawn_main")
        assert len(workers) == 2
        assert memory_of(served.process.pid) < min(memory_of(pid) for pid in workers) / 2  # it only looks after them
        served.stop()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"MADOGUCHI_HOST": "0.0.0.0"}, "MADOGUCHI_ADMIN_KEY="),
        ({"MADOGUCHI_PORT": "99999"}, "MADOGUCHI_PORT is wrong"),
        ({"MADOGUCHI_MODEL": "gpt-4.1-mini"}, "OPENAI_API_KEY="),
        ({"MADOGUCHI_ADMIN_KEY": "short"}, "MADOGUCHI_ADMIN_KEY is wrong: must have at least 16 characters"),
        ({"MADOGUCHI_MODEL": "langchain:"}, "MADOGUCHI_MODEL is wrong"),
        ({"MADOGUCHI_HOST": "127.0.0.1:8000"}, "MADOGUCHI_HOST is wrong"),
        ({"MADOGUCHI_HOST": "999.1.1.1"}, "MADOGUCHI_HOST is wrong"),
        (
            {"MADOGUCHI_HOST": "203.0.113.9", "MADOGUCHI_ADMIN_KEY": "correct-horse-battery"},
            "Example of another: MADOGUCHI_HOST=",
        ),
        ({"MADOGUCHI_BUDGET_COST_PER_DAY": "inf"}, "MADOGUCHI_BUDGET_COST_PER_DAY is wrong"),
        ({"MADOGUCHI_HANDOFF_WEBHOOK": "https://"}, "MADOGUCHI_HANDOFF_WEBHOOK is wrong"),
        ({"MADOGUCHI_PROFILE": "chatty"}, "MADOGUCHI_PROFILE="),
    ],
)
def test_a_wrong_setting_ends_it_at_once_with_its_name_and_an_example(tmp_path, variables, told):
    run = ended(tmp_path / "data", free_port(), **variables)
    assert run.returncode == 78
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "data").exists(), "told before anything is written"


def test_a_port_that_is_taken_is_told_with_another(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        run = ended(tmp_path / "data", port)
    assert run.returncode == 78
    assert f"port {port}" in run.stderr


def processes_of(process: subprocess.Popen[str], words: bytes = b"madoguchi\0worker") -> list[int]:
    children = [file.read_text().split() for file in Path(f"/proc/{process.pid}/task").glob("*/children")]
    pids = [int(pid) for of_thread in children for pid in of_thread]
    return [pid for pid in pids if words in Path(f"/proc/{pid}/cmdline").read_bytes()]


def memory_of(pid: int) -> float:
    """What a process holds for itself, in MB."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells of a parent's death on Linux only")
def test_killed_it_leaves_no_worker_process_that_keeps_the_port(data):
    with Served(data, MADOGUCHI_WORKERS="2") as served:
        served.stop(signal.SIGKILL)  # waits until all of them have closed its standard error
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", served.port))


def test_killed_it_leaves_a_folder_that_goes_at_the_next_start_and_one_that_lives_keeps_its_own(data, tmp_path):
    several = {"MADOGUCHI_WORKERS": "2", "TMPDIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1"}

    def folders() -> set[Path]:
        return {path for path in tmp_path.glob("madoguchi-metrics-*") if path.is_dir()}

    with Served(data, **several) as killed:
        killed.stop(signal.SIGKILL)
    left = folders()
    assert len(left) == 1
    with Served(data, **several) as first:
        lives = folders()
        assert len(lives) == 1
        assert not lives & left
        with Served(data, **several) as second:
            assert len(folders()) == 2
            assert lives < folders()
            second.stop()
        assert folders() == lives
        assert "madoguchi_generation_info" in first.client.get("/metrics").text
        first.stop()
    assert [path for path in tmp_path.iterdir() if path.name.startswith("madoguchi-metrics-")] == []


@pytest.mark.slow
def test_a_worker_process_that_takes_long_to_begin_is_waited_for(data, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\nif 'spawn_main' in ' '.join(sys.orig_argv): time.sleep(8)\n"
    )
    with Served(data, MADOGUCHI_WORKERS="2", PYTHONPATH=f"{tmp_path}:{ROOT}") as served:
        assert "died" not in served.stop()


def test_a_terminal_that_closes_ends_it_in_good_order(data):
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # programs inherit it: nohup would have it ignored
    try:
        served = Served(data)
    finally:
        signal.signal(signal.SIGHUP, before)
    with served:
        assert "Traceback" not in served.stop(signal.SIGHUP)
        assert served.process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_what_is_uploaded_is_ingested_out_of_the_box_and_the_worker_ends_with_the_service(tmp_path):
    with Served(tmp_path / "data", MADOGUCHI_OWN_WORKER="true") as served:
        faq = "質問,回答\n返品できますか,未使用の商品は30日以内なら返品できます。\n"
        accepted = served.client.post("/api/documents", files=[("files", ("faq.csv", faq))])
        assert accepted.status_code == 202, accepted.text

        def job() -> dict[str, Any]:
            return served.client.get(accepted.headers["Location"]).json()

        assert soon(lambda: job()["state"] not in ("queued", "running"), 60), job()
        assert (job()["state"], job()["report"]["added"]) == ("done", ["faq.csv"]), job()
        answer = served.client.post("/api/chat", json={"message": "返品できますか"}).json()
        assert answer["citations"][0]["source"] == "faq.csv"
        (worker,) = processes_of(served.process)
        said = served.stop()
    assert "Traceback" not in said
    assert not Path(f"/proc/{worker}").exists()
