"""Trains on this machine: starts the training as a process of its own, which outlives the command, and follows it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import filelock

from knowledge.errors import SetupError
from tuning.training import base_models
from tuning.training.jobs import Job, Jobs

NEEDS = ("torch", "transformers", "peft", "safetensors", "gguf")
RUNS = ".running"  # locked by the training while it lives
ENDED = "ended.json"  # what the training writes last
STOP = "stop"  # its being there asks the training to end
MOST_STARTS = 10  # of one job: a training that dies so often will not end well


class LocalTrainer:
    """A Trainer that needs nobody else. `python -m tuning.training.lora FOLDER` is the training itself."""

    def __init__(self) -> None:
        missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
        if missing:
            raise SetupError(
                f"Training here needs {', '.join(missing)}: make tuning, or in this order pip install torch==2.13.0 "
                "and pip install 'madoguchi[tuning]'"
            )

    def advance(self, job: Job, store: Jobs) -> Job:
        """Start the training, start it again where it was when it has died, or say how it goes."""
        folder = store.folder(job.id)
        if job.state == "prepared":
            base_models.place(job.order.model)  # a missing one is told before anything starts
            job = store.keep(job, state="submitting", message="The training is being started.")
        if job.has_ended or _is_running(folder):
            return job if job.has_ended else store.keep(job, state="running", message=_how_far(job, store))
        if (folder / ENDED).exists():
            ended = json.loads((folder / ENDED).read_text("utf-8"))
            return store.keep(
                job,
                state=ended["state"],
                message=ended["message"],
                result=ended.get("adapter"),
                trained_tokens=ended.get("trained_tokens"),
            )
        starts = [name for name, _ in store.events(job.id) if name.startswith("start-")]
        if len(starts) >= MOST_STARTS:
            message = f"It broke off {len(starts)} times. What it said last: {_last_words(folder)}"
            return store.keep(job, state="failed", message=message)
        store.add_events(job.id, [(f"start-{len(starts) + 1}", "Training begins." if not starts else "It goes on.")])
        _start(folder)
        return store.keep(job, state="running", message="The training runs on this machine.")

    def cancel(self, job: Job, store: Jobs) -> Job:
        """Let the training end after its present step."""
        if job.has_ended:
            return job
        folder = store.folder(job.id)
        (folder / STOP).touch()
        try:
            with filelock.FileLock(folder / RUNS, timeout=60):
                return store.keep(job, state="cancelled", message="Cancelled.")
        except filelock.Timeout:
            raise SetupError(f"The training does not end. Its process is {(folder / 'pid').read_text()}.") from None


def _is_running(folder: Path) -> bool:
    try:
        with filelock.FileLock(folder / RUNS, timeout=0):
            return False
    except filelock.Timeout:
        return True


def _start(folder: Path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    kept = ("PATH", "HOME", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "TMPDIR")
    environment: dict[str, Any] = {name: os.environ[name] for name in kept if name in os.environ}
    environment = (
        {"OMP_WAIT_POLICY": "PASSIVE"}
        | environment
        | {"PYTHONPATH": root, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    )
    with (folder / "training.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tuning.training.lora", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,  # it goes on when the terminal is closed
        )
    (folder / "pid").write_text(str(process.pid))
    _wait_until_locked(process, folder)
    process.returncode = process.returncode or 0  # it is left to itself on purpose: nothing is to warn of that


def _wait_until_locked(process: subprocess.Popen[bytes], folder: Path) -> None:
    """So that a second look right after this one does not start a second training."""
    while process.poll() is None and not _is_running(folder) and not (folder / ENDED).exists():
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue


def _how_far(job: Job, store: Jobs) -> str:
    curve = store.curve(job.id)
    return f"Step {curve[-1].step}, loss {curve[-1].train_loss or 0:.3f}." if curve else "It loads the model."


def _last_words(folder: Path) -> str:
    lines = (folder / "training.log").read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing"
