"""The local trainer: it ends, it survives a kill, it can be stopped, and it says what is missing."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from counter import Counter

from knowledge.errors import SetupError
from tuning.training import curves
from tuning.training.jobs import Job, Jobs, Order
from tuning.training.local_trainer import LocalTrainer

LONGEST_S = 300.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.make(tmp_path_factory.mktemp("model"))


@pytest.fixture
def store(tmp_path: Path) -> Jobs:
    (tmp_path / "set").mkdir()
    (tmp_path / "set/train.jsonl").write_text(tiny_model.rows(0, 30), "utf-8")
    (tmp_path / "set/validation.jsonl").write_text(tiny_model.rows(30, 8), "utf-8")
    return Jobs(tmp_path)


def ordered(store: Jobs, model: Path, tmp_path: Path, epochs: int, **more: Any) -> Job:
    return store.create(Order("local", str(model), str(tmp_path / "set"), "hash", epochs=epochs, **more))


def followed(job: Job, store: Jobs, kill_at: int | None = None) -> Job:
    """Look at a job until it has ended; kill its process once, when it has come to a step."""
    until = time.monotonic() + LONGEST_S
    while not job.has_ended:
        assert time.monotonic() < until
        job = LocalTrainer().advance(job, store)
        curve = store.curve(job.id)
        if kill_at is not None and curve and curve[-1].step >= kill_at:
            os.kill(int((store.folder(job.id) / "pid").read_text()), signal.SIGKILL)
            kill_at = None
        time.sleep(0.02)
    return job


def weights(job: Job) -> bytes:
    return (Path(job.result or "") / "adapter_model.safetensors").read_bytes()


@pytest.mark.slow
def test_a_run_that_was_killed_ends_with_the_weights_of_one_that_was_not(
    store: Jobs, model: Path, tmp_path: Path
) -> None:
    undisturbed = followed(ordered(store, model, tmp_path, epochs=8), store)
    killed = followed(ordered(store, model, tmp_path, epochs=8, suffix="again"), store, kill_at=20)
    assert undisturbed.state == killed.state == "succeeded"
    assert len(store.events(undisturbed.id)) == 1
    assert len(store.events(killed.id)) == 2
    assert store.curve(killed.id) == store.curve(undisturbed.id)
    assert killed.trained_tokens == undisturbed.trained_tokens
    assert weights(killed) == weights(undisturbed)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks transformers so
def test_the_merged_model_is_the_base_with_its_adapter(counter: Counter, model: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    folder = counter.data / "set"
    folder.mkdir()
    (folder / "train.jsonl").write_text(tiny_model.rows(0, 30), "utf-8")
    store = Jobs(counter.data)
    job = followed(store.create(Order("local", str(model), str(folder), "hash", epochs=4, learning_rate=0.01)), store)
    code, _, err = counter.run("tune", "merge", "--out", str(counter.data / "merged"))
    assert code == 0, err
    tokens = torch.arange(5, 25).unsqueeze(0)
    base = AutoModelForCausalLM.from_pretrained(str(model))
    plain = base(tokens).logits.detach()
    merged = AutoModelForCausalLM.from_pretrained(str(counter.data / "merged"))(tokens).logits
    tuned = PeftModel.from_pretrained(base, job.result).eval()(tokens).logits
    assert not torch.allclose(plain, tuned, atol=0.1)
    assert torch.allclose(merged, tuned, atol=1e-3)
    code, _, err = counter.run("tune", "merge", "--out", str(counter.data / "merged"))
    assert code == 1
    assert "not empty" in err


@pytest.mark.slow
def test_a_run_can_be_cancelled_by_a_program_that_did_not_start_it(store: Jobs, model: Path, tmp_path: Path) -> None:
    started = LocalTrainer().advance(ordered(store, model, tmp_path, epochs=100), store)
    assert started.state == "running"
    again = Jobs(tmp_path)
    assert LocalTrainer().cancel(again.get(started.id), again).state == "cancelled"
    assert LocalTrainer().advance(again.get(started.id), again).state == "cancelled"


@pytest.mark.slow
def test_learning_by_heart_is_stopped_early_and_without_the_stop_it_is_flagged(
    store: Jobs, model: Path, tmp_path: Path
) -> None:
    careful = followed(ordered(store, model, tmp_path, epochs=40, learning_rate=0.01), store)
    steps = 40 * 8
    assert store.curve(careful.id)[-1].step < steps
    assert "was stopped at" in careful.message
    hasty = ordered(store, model, tmp_path, epochs=40, learning_rate=0.01, options={"patience": 0, "rank": 32})
    ended = followed(hasty, store)
    assert store.curve(ended.id)[-1].step == steps
    judgement = curves.judge(store.curve(ended.id))
    assert judgement.over_fitted, store.curve(ended.id)
    # What is kept are the weights of the best step all the same.
    assert f"best at step {judgement.best_step}" in ended.message


@pytest.mark.slow
def test_a_run_that_learns_what_its_rows_have_in_common_is_not_flagged(
    store: Jobs, model: Path, tmp_path: Path
) -> None:
    healthy = followed(ordered(store, model, tmp_path, epochs=6, learning_rate=3e-3), store)
    losses = [point.validation_loss for point in store.curve(healthy.id) if point.validation_loss is not None]
    assert losses[-1] < losses[0]
    judgement = curves.judge(store.curve(healthy.id))
    assert not judgement.over_fitted, judgement
    assert judgement.best_step is not None


@pytest.mark.slow
def test_a_run_that_dies_again_and_again_is_given_up_with_its_last_words(
    store: Jobs, model: Path, tmp_path: Path
) -> None:
    job = ordered(store, model, tmp_path, epochs=100)
    until = time.monotonic() + LONGEST_S
    while not (job := LocalTrainer().advance(job, store)).has_ended:
        assert time.monotonic() < until
        os.kill(int((store.folder(job.id) / "pid").read_text()), signal.SIGKILL)
        time.sleep(0.1)
    assert job.state == "failed"
    assert "It broke off 10 times" in job.message


@pytest.mark.slow
def test_rows_that_cannot_be_learnt_from_end_the_job_in_words(store: Jobs, model: Path, tmp_path: Path) -> None:
    (tmp_path / "set/train.jsonl").write_text(json.dumps({"preferred_output": []}), "utf-8")
    ended = followed(ordered(store, model, tmp_path, epochs=1), store)
    assert ended.state == "failed"
    assert "learns from rows with messages" in ended.message


def test_what_is_not_installed_is_told_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("torch", "peft") else find(name))
    with pytest.raises(SetupError, match=r"needs torch,.* peft.*: make tuning, or in this order pip install torch==2"):
        LocalTrainer()
