"""Fine-tuning through the official client: whatever breaks at whatever step, one job is made and nothing is lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import planted
import pytest
from fake_fine_tuning import FakeFineTuning, fake_fine_tuning
from pydantic import SecretStr

from knowledge.errors import Busy, SetupError
from tuning.training.curves import judge
from tuning.training.jobs import Job, Jobs, Order, Point, TrainerUnavailable, same_order
from tuning.training.openai_trainer import OpenAITrainer

KEY = SecretStr("sk-test")
STEPS = 40  # looks at the job: more than any run of the fake takes


@pytest.fixture
def server() -> Iterator[FakeFineTuning]:
    with fake_fine_tuning() as running:
        yield running


@pytest.fixture
def order(tmp_path, server) -> Order:
    folder = tmp_path / "set"
    folder.mkdir()
    planted.write(folder / "train.jsonl", planted.clean())
    planted.write(folder / "validation.jsonl", planted.clean()[:2])
    (folder / "test.jsonl").write_text("")
    return Order("openai", "gpt-4.1-mini", str(folder), "abc", epochs=3, seed=7, suffix="shop", base_url=server.url)


@pytest.fixture
def jobs(tmp_path) -> Jobs:
    return Jobs(tmp_path / "data")


def run(job: Job, jobs: Jobs, url: str) -> Job:
    """Go on until the job has ended, however often that takes; each time as a program that was just started."""
    for _ in range(STEPS):
        try:
            job = OpenAITrainer(url, KEY).advance(jobs.get(job.id), jobs)
        except TrainerUnavailable:
            continue
        if job.has_ended:
            return job
    raise AssertionError("it never ended")


def test_a_run_from_the_upload_to_the_model(server, order, jobs):
    job = run(jobs.create(order), jobs, server.url)
    assert (job.state, job.result, job.trained_tokens) == ("succeeded", "ft:gpt-4.1-mini:ftjob-1", 1234)
    assert job.checkpoints == ("ft:gpt-4.1-mini:ftjob-1:step-1",)
    assert jobs.curve(job.id) == [Point(1, 2.0, 2.1), Point(2, 1.2, 1.5), Point(3, 0.8, 1.2)]
    assert [message for _, message in jobs.events(job.id)] == ["The job was created.", "Step 1", "Step 2", "Step 3"]
    [wanted] = server.created
    assert wanted["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
    assert (wanted["seed"], wanted["suffix"], wanted["metadata"]["madoguchi_job"]) == (7, "shop", job.id)
    assert server.contents[wanted["training_file"]] == (Path(order.dataset) / "train.jsonl").read_bytes()
    assert server.contents[wanted["validation_file"]] == (Path(order.dataset) / "validation.jsonl").read_bytes()


@pytest.mark.parametrize(
    "fault",
    ["cut", "lost", pytest.param("429", marks=pytest.mark.slow), pytest.param("500", marks=pytest.mark.slow)],
)
def test_a_fault_at_any_request_makes_no_second_job_and_no_second_file(server, order, jobs, fault, tmp_path):
    run(jobs.create(order), jobs, server.url)
    requests = server.requests
    for broken in range(1, requests + 1):
        with fake_fine_tuning() as other:
            other.fault = lambda number, method, path, broken=broken: fault if number == broken else None
            store = Jobs(tmp_path / f"data-{broken}")
            job = run(store.create(order), store, other.url)
            assert job.state == "succeeded"
            assert len(other.created) == 1, f"request {broken} of {requests}"
            assert len(other.files) == 2
            assert [point.step for point in store.curve(job.id)] == [1, 2, 3]


class Died(BaseException):
    """Stands for kill -9: nothing of ours handles it."""


class FakeDyingJobs(Jobs):
    """Jobs whose program dies when it writes a job down for the n-th time, before or after it is on the disk."""

    def __init__(self, data: Path, dies_at: int, after: bool) -> None:
        super().__init__(data)
        self.left, self.after = dies_at, after

    def keep(self, job: Job, **changes) -> Job:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Died
        kept = super().keep(job, **changes)
        if self.left == 0:
            raise Died
        return kept


@pytest.mark.parametrize("after", [False, True])
def test_a_program_that_dies_at_any_step_is_continued_by_the_next(order, tmp_path, after):
    for dies_at in itertools.count(1):
        with fake_fine_tuning() as server:
            data = tmp_path / f"{dies_at}"
            job = Jobs(data).create(order)
            dying = FakeDyingJobs(data, dies_at, after)
            try:
                for _ in range(STEPS):
                    if OpenAITrainer(server.url, KEY).advance(dying.get(job.id), dying).has_ended:
                        break
            except Died:
                job = run(job, Jobs(data), server.url)
                assert job.state == "succeeded"
                assert len(server.created) == 1
                assert len(server.files) == 2
                continue
            break
    assert dies_at > 8, "it died at each of its steps"


def test_files_that_are_there_already_are_not_sent_again(server, order, jobs):
    run(jobs.create(order), jobs, server.url)
    run(jobs.create(order), jobs, server.url)
    assert len(server.files) == 2
    assert len(server.created) == 2


def test_the_same_order_is_recognised_until_it_has_failed(order, jobs):
    job = jobs.create(order)
    assert same_order(jobs.all(), order) == job
    jobs.keep(job, state="failed")
    assert same_order(jobs.all(), order) is None


def test_a_refused_job_says_why_and_has_failed(server, order, jobs):
    job = jobs.create(Order("openai", "unknown-model", order.dataset, "abc", base_url=server.url))
    with pytest.raises(SetupError, match="cannot be fine-tuned"):
        OpenAITrainer(server.url, KEY).advance(job, jobs)
    assert jobs.get(job.id).state == "failed"


def test_a_job_that_is_not_shown_for_a_while_is_not_given_up_and_paid_for_again(server, order, jobs, monkeypatch):
    trainer = OpenAITrainer(server.url, KEY)
    job = trainer.advance(trainer.advance(jobs.create(order), jobs), jobs)
    assert job.remote_id is not None
    with monkeypatch.context() as hidden:
        hidden.setattr(server, "jobs", {})
        with pytest.raises(SetupError, match="does not show job"):
            trainer.advance(job, jobs)
    assert same_order(jobs.all(), order) == jobs.get(job.id)
    assert run(job, jobs, server.url).state == "succeeded"
    assert len(server.created) == 1


def test_a_training_that_fails_tells_the_providers_reason(server, order, jobs):
    server.fails = "The rows are too alike."
    job = run(jobs.create(order), jobs, server.url)
    assert (job.state, job.message) == ("failed", "The rows are too alike.")


def test_a_run_is_cancelled_whatever_its_state(server, order, jobs):
    trainer = OpenAITrainer(server.url, KEY)
    fresh = jobs.create(order)
    assert trainer.cancel(fresh, jobs).state == "cancelled"
    assert not server.created
    running = trainer.advance(jobs.create(order), jobs)
    assert trainer.cancel(running, jobs).state == "cancelled"
    ended = run(jobs.create(order), jobs, server.url)
    assert trainer.cancel(ended, jobs).state == "succeeded"


def test_a_server_that_asks_to_wait_says_how_long(server, order, jobs):
    server.fault = lambda number, method, path: "429"
    with pytest.raises(TrainerUnavailable, match=r"Wait\.") as caught:
        OpenAITrainer(server.url, KEY).advance(jobs.create(order), jobs)
    assert caught.value.retry_after_s == 0.01


def test_a_server_that_is_not_there_leaves_the_job_as_it_is(order, jobs):
    job = jobs.create(order)
    with pytest.raises(TrainerUnavailable):
        OpenAITrainer("http://127.0.0.1:9/v1", KEY).advance(job, jobs)
    assert jobs.get(job.id) == job


def test_a_job_is_continued_by_one_program_at_a_time(order, jobs):
    job = jobs.create(order)
    with jobs.working_on(job.id), pytest.raises(Busy), jobs.working_on(job.id):
        pass
    with jobs.working_on(job.id) as mine:
        assert mine == job


def test_half_a_line_of_a_run_that_was_killed_harms_nothing(order, jobs):
    job = jobs.create(order)
    jobs.add_points(job.id, [Point(1, 2.0)])
    with (jobs.folder(job.id) / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "train')
    assert jobs.curve(job.id) == [Point(1, 2.0)]
    jobs.add_points(job.id, [Point(2, 1.0)])
    assert jobs.curve(job.id) == [Point(1, 2.0), Point(2, 1.0)]


def test_a_run_that_learns_by_heart_is_flagged_and_a_healthy_one_is_not():
    healthy = [Point(step, 2 / step, 2.2 / step + 0.2) for step in range(1, 10)]
    by_heart = [Point(step, 2 / step**2, 1.5 + abs(step - 3) * 0.2) for step in range(1, 10)]
    assert not judge(healthy).over_fitted
    assert judge(by_heart).over_fitted
    assert judge(by_heart).best_step == 3
    assert not judge(healthy[:2]).over_fitted


def test_recited_answers_and_repeated_secrets_are_signs():
    taught = "商品の到着後30日以内にお申し出ください。"
    assert judge([], recited=[(taught, taught)] * 4).over_fitted
    assert not judge([], recited=[("30日以内です。", taught)] * 4).over_fitted
    assert judge([], canaries={"KX-7291": "The code is KX-7291."}).over_fitted
    assert not judge([], canaries={"KX-7291": "I do not know any code."}).over_fitted
