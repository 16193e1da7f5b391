"""The queue with a real Redis server and real workers: what is handed over is done once, whoever dies."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import programs
import pytest
from programs import ROOT
from waiting import soon

from ingest.settings import IngestSettings
from ingest.workers.queue import Worker
from knowledge.errors import NoKnowledge, RedisUnavailable, UnknownJob
from knowledge.index.store import Generation
from knowledge.jobs import QUEUE, TASK, VISIBILITY_S, Backlog, Job, Jobs, Wish, application
from knowledge.language.analysis import Analyzer
from madoguchi.doctor import _workers
from service.settings import ServiceSettings

FAQ = "質問,回答\n返品できますか,未使用の商品は30日以内なら返品できます。\n"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    port = programs.free_port()
    with programs.redis_process(tmp_path, port):
        yield programs.environment(REDIS_URL=f"redis://127.0.0.1:{port}/0")


@pytest.fixture
def jobs(environment: dict[str, str]) -> Iterator[Jobs]:
    jobs = Jobs.connect(environment["REDIS_URL"])
    yield jobs
    jobs.close()


@pytest.fixture
def worker(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Call it to start a worker; each is told to stop at the end."""
    with contextlib.ExitStack() as stack:

        def start() -> subprocess.Popen[bytes]:
            log = stack.enter_context((tmp_path / "worker.log").open("ab"))
            command = [sys.executable, "-m", "madoguchi", "worker"]
            process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            return process

        yield start


def madoguchi(*arguments: str, cwd: Path, env: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(programs.madoguchi(cwd, *arguments, "--json", **env).stdout)
    return told


def until(jobs: Jobs, job: str, reached: Callable[[Job], bool], within_s: float = 90) -> Job:
    assert soon(lambda: reached(jobs.get(job)), within_s), jobs.get(job)
    return jobs.get(job)


def ended(job: Job) -> bool:
    return job.state in ("done", "failed")


def sources(folder: Path) -> list[str]:
    try:
        generation = Generation.open(folder / "data", Analyzer())
    except NoKnowledge:
        return []
    return sorted(document.source for document in generation.documents.values())


def test_a_job_of_a_later_version_is_refused_in_words_and_its_progress_can_be_read(jobs, tmp_path):
    worker = Worker(IngestSettings(data=tmp_path / "data", _env_file=None), jobs)
    worker.do("later", None, {"paths": [str(tmp_path)], "only_new": True})
    error = jobs.get("later").error
    assert error is not None
    assert (error["type"], "another version" in error["detail"]) == ("ConfigError", True)
    stage = {"name": "reading", "done": 1, "total": 2, "rate": 1.0, "left_s": 1.0, "warmth": 21}
    jobs.change("later", stages=[stage])
    assert jobs.get("later").stages[0].done == 1


def test_a_worker_does_what_was_queued_before_it_started_and_tells_how(tmp_path, environment, jobs, worker):
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing more")
    queued = madoguchi("ingest", "faq.csv", "bad.pdf", "--queue", cwd=tmp_path, env=environment)
    job = str(queued["job"])
    assert queued["workers"] == []
    assert (jobs.get(job).state, jobs.workers()) == ("queued", [])
    told = madoguchi("jobs", "list", cwd=tmp_path, env=environment)
    assert (told["workers"], [each["id"] for each in told["jobs"]]) == ([], [job])
    settings = ServiceSettings(redis_url=environment["REDIS_URL"], _env_file=None)
    assert _workers(settings)[0] == "wrong"
    assert "1 job waiting" in _workers(settings)[1]
    process = worker()
    done = until(jobs, job, ended)
    assert done.state == "done", done
    assert done.report is not None
    assert (done.report["added"], done.report["exit_code"]) == (["faq.csv"], 2)
    assert {(stage.name, stage.done, stage.total) for stage in done.stages} >= {("reading", 2, 2), ("embedding", 1, 1)}
    assert f"Job {job} left out bad.pdf" in (tmp_path / "worker.log").read_text("utf-8")
    assert len(jobs.workers()) == 1
    assert _workers(settings)[0] == "ok"
    shown = madoguchi("jobs", "show", job, cwd=tmp_path, env=environment)
    assert (shown["state"], shown["report"]["added"]) == ("done", ["faq.csv"])
    assert sources(tmp_path) == ["faq.csv"]

    twice = jobs.send(Wish(paths=(str(tmp_path / "nowhere"),)))
    failed = until(jobs, twice, ended)
    assert failed.state == "failed"
    assert failed.report is not None
    assert "no file or folder" in failed.report["quarantined"][0]["message"]

    process.terminate()
    assert process.wait(30) == 0, (tmp_path / "worker.log").read_text()
    assert jobs.workers() == []


@pytest.mark.slow
def test_a_job_that_is_handed_over_twice_is_done_once(tmp_path, environment, jobs, worker):
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    wish = Wish(paths=(str(tmp_path / "faq.csv"),))
    job = jobs.send(wish)
    application(environment["REDIS_URL"]).send_task(TASK, kwargs=asdict(wish), task_id=job, queue=QUEUE)
    worker()
    first = until(jobs, job, ended)
    after = jobs.send(wish)  # comes behind the copy
    report = until(jobs, after, ended).report
    assert report is not None
    assert report["unchanged"] == 1
    assert jobs.get(job) == first


def test_a_worker_outlives_that_its_redis_is_made_a_replica_for_a_while(tmp_path, jobs, worker):
    running = worker()
    assert soon(lambda: any(line["cmd"] == "brpop" for line in jobs.redis.client_list()), 60), "it waits for jobs"
    jobs.redis.execute_command("REPLICAOF", "127.0.0.1", 1)
    time.sleep(2)
    jobs.redis.execute_command("REPLICAOF", "NO", "ONE")
    done = until(jobs, jobs.send(Wish(paths=(str(many(tmp_path, 1)),))), ended)
    assert running.poll() is None
    assert done.state == "done"


def test_a_worker_that_crashes_says_so_by_its_exit_code(tmp_path, environment, worker):
    # What breaks in Celery itself cannot be brought about from outside.
    (tmp_path / "sitecustomize.py").write_text(
        "from celery.worker import consumer\ndef start(self): raise RuntimeError('broken')\n"
        "consumer.Consumer.start = start\n"
    )
    environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"
    assert worker().wait(60) == 1
    told = (tmp_path / "worker.log").read_text()
    assert "RuntimeError('broken')" in told
    assert "ended by itself" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_ends_well(number, tmp_path, jobs, worker):
    running = worker()
    assert soon(lambda: "ready" in (tmp_path / "worker.log").read_text(), 60)
    running.send_signal(number)
    assert running.wait(60) == 0
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


def test_a_job_that_could_not_be_queued_does_not_seem_to_wait(environment, jobs):
    jobs.redis.execute_command("ACL", "SETUSER", "few", "on", ">pw", "~madoguchi:1:job*", "+@all")
    few = Jobs.connect(environment["REDIS_URL"].replace("//", "//few:pw@"))
    with pytest.raises(RedisUnavailable, match="could not be queued"):
        few.send(Wish(paths=("a",)))
    few.close()
    assert jobs.all() == []


def test_what_waits_is_told_with_how_long_it_has_waited(jobs):
    assert jobs.backlog() == Backlog(jobs=0, oldest_s=0, workers=0)
    first, _ = (jobs.send(Wish(paths=(name,))) for name in ("a", "b"))
    jobs.change(first, created_at=time.time() - 3600)
    jobs.beat("somebody")
    told = jobs.backlog()
    assert (told.jobs, told.workers) == (2, 1)
    assert 3600 <= told.oldest_s < 3700


def test_an_unknown_job_is_unknown(jobs):
    with pytest.raises(UnknownJob):
        jobs.get("nobody-sent-it")


def many(folder: Path, count: int) -> Path:
    files = folder / "many"
    files.mkdir()
    for number in range(count):
        parts = (f"## Part {part}\n\nArticle {number} costs {part} yen and weighs {number} g.\n" for part in range(5))
        (files / f"{number:03}.md").write_text(f"# Article {number}\n\n" + "\n".join(parts), "utf-8")
    return files


def check(folder: Path, done: Job, count: int) -> None:
    assert done.state == "done", done
    assert done.report is not None
    assert (len(done.report["added"]), done.report["quarantined"]) == (count, [])
    assert len(sources(folder)) == count
    generation = Generation.open(folder / "data", Analyzer())
    assert len(generation.dense) == len(generation.lexical) == len(generation) == done.report["total_passages"]


@pytest.mark.slow
def test_two_workers_share_a_job_and_when_its_helper_is_killed_it_still_ends_right(tmp_path, jobs, worker):
    files = many(tmp_path, 120)
    processes = [worker(), worker()]
    assert soon(lambda: len(jobs.workers()) == 2, 60)
    job = jobs.send(Wish(paths=(str(files),)))
    shared = until(jobs, job, lambda now: bool(now.helpers) or ended(now))
    assert shared.helpers, shared
    assert not ended(shared)
    (helper,) = shared.helpers
    (victim,) = (process for process in processes if f"-{process.pid}-" in helper)
    victim.kill()
    done = until(jobs, job, ended)
    check(tmp_path, done, 120)
    assert done.attempts == 1


@pytest.mark.slow
def test_when_the_worker_of_a_job_is_killed_another_goes_on_where_it_was(tmp_path, jobs, worker):
    files = many(tmp_path, 120)
    first = worker()
    job = jobs.send(Wish(paths=(str(files),)))
    until(jobs, job, lambda now: any(stage.name == "embedding" and stage.done > 150 for stage in now.stages))
    first.kill()
    killed = time.monotonic()
    worker()
    done = until(jobs, job, lambda now: ended(now), VISIBILITY_S + 60)
    check(tmp_path, done, 120)
    assert done.attempts == 2
    assert done.report is not None
    assert done.report["embedded"] < done.report["passages"], "what the first had embedded was in the journal"
    assert time.monotonic() - killed > VISIBILITY_S - 10, "a job is not taken from a worker that may still live"
