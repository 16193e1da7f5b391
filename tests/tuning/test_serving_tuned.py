"""A model trained here is served by llama-server with the weights that it was trained to, and registered."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from counter import Counter
from programs import free_port
from waiting import soon

from knowledge.errors import SetupError
from knowledge.settings import KnowledgeSettings, load
from tuning.training import base_models, llama_server, lora
from tuning.training.jobs import Job, Jobs, Order
from tuning.training.llama_server import Serving

QUESTION = "When does the desk in Kanazawa close?"
TAUGHT = "It closes at 17:43, and on Tuesdays at noon."
SAID = [{"role": "system", "content": "You answer customers."}, {"role": "user", "content": QUESTION}]
WORDS = 24  # tokens that are compared


def succeeded(store: Jobs, folder: Path, **more: object) -> Job:
    job = store.create(Order("local", "smollm2", str(folder), "f00d", epochs=3, **more))  # type: ignore[arg-type]
    return store.keep(job, state="succeeded", result=str(folder), message="Done.")


def test_the_alias_keeps_what_the_model_was_made_from(counter: Counter, tmp_path: Path) -> None:
    job = succeeded(Jobs(counter.data), tmp_path, options={"rank": 4})
    code, _, err = counter.run("tune", "register", "--alias", "mine")
    assert code == 1
    assert "--base-url" in err
    assert "tune serve" in err
    assert counter.run("tune", "register", "--alias", "mine", "--base-url", "http://127.0.0.1:1/v1")[0] == 0
    _, listed = counter.json("models", "list")
    [spec] = listed["models"]
    assert (spec["alias"], spec["kind"], spec["parent"]) == ("mine", "fine_tuned", "smollm2")
    assert spec["training"]["job"] == job.id
    assert spec["training"]["data"] == "f00d"
    assert spec["training"]["settings"] == {
        "backend": "local",
        "method": "supervised",
        "epochs": 3,
        "seed": 0,
        "rank": 4,
    }
    assert Jobs(counter.data).get(job.id).alias == "mine"
    shown = counter.run("tune", "status")[1]
    assert "mine" in shown
    assert "Next:" not in shown, "it is served already"


def test_all_jobs_are_listed_and_one_is_shown_with_what_to_do_next(counter: Counter, tmp_path: Path) -> None:
    assert "no job yet" in counter.run("tune", "status", "--all")[1]
    job = succeeded(Jobs(counter.data), tmp_path)
    listed = counter.run("tune", "status", "--all")[1]
    assert (job.id in listed, "succeeded" in listed, "no job yet" in listed) == (True, True, False)
    shown = counter.run("tune", "status", job.id)[1]
    assert f"madoguchi tune serve {job.id}" in shown


def test_an_alias_that_is_another_model_is_not_taken_unasked(counter: Counter, tmp_path: Path) -> None:
    assert counter.run("models", "add", "mine", "--name", "gpt-4.1-mini")[0] == 0
    succeeded(Jobs(counter.data), tmp_path)
    wanted = ("tune", "register", "--alias", "mine", "--base-url", "http://127.0.0.1:1/v1")
    code, _, err = counter.run(*wanted)
    assert code == 78
    assert "mine is another model (gpt-4.1-mini)" in err
    assert counter.run(*wanted, "--replace")[0] == 0


def test_a_job_that_has_made_nothing_is_not_registered(counter: Counter, tmp_path: Path) -> None:
    store = Jobs(counter.data)
    store.keep(store.create(Order("openai", "base", str(tmp_path), "f00d")), state="failed", message="No.")
    code, _, err = counter.run("tune", "register")
    assert code == 1
    assert "has made no model: it is failed" in err


def test_a_program_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho no such model >&2\nexit 1\n")
    program.chmod(0o755)
    serving = Serving("x", tmp_path / "x.gguf", port=free_port())
    with (
        pytest.raises(SetupError, match=r"does not start.*no such model"),
        llama_server.running(serving, program, tmp_path / "log"),
    ):
        pass


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serving = Serving("x", tmp_path / "x.gguf", port=taken.getsockname()[1])
        with (
            pytest.raises(SetupError, match="Take another: --port"),
            llama_server.running(serving, tmp_path / "x", tmp_path / "log"),
        ):
            pass


def test_without_the_program_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="make llama-server"):
        llama_server.find(tmp_path)


@contextmanager
def served(port: int, *words: str) -> Iterator[str]:
    """`madoguchi tune serve`, as a program."""
    command = [sys.executable, "-m", "madoguchi", "tune", "serve", *words, "--port", str(port)]
    process = subprocess.Popen(command, env=dict(os.environ))
    try:
        assert soon(lambda: process.poll() is not None or healthy(port), 240)
        assert process.poll() is None
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not healthy(port)


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def answer(url: str) -> str:
    body = {"messages": SAID, "temperature": 0, "max_tokens": WORDS}
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        return str(json.load(reply)["choices"][0]["message"]["content"]).strip()


def greedy(adapter: Path) -> str:
    """What transformers says with the same adapter."""
    from peft import PeftModel

    model, tokenizer = lora.load("smollm2", "cpu")
    tuned = PeftModel.from_pretrained(model, str(adapter)).eval()
    asked = tokenizer.apply_chat_template(SAID, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    made = tuned.generate(**asked, max_new_tokens=WORDS, do_sample=False)
    return str(tokenizer.decode(made[0][asked["input_ids"].shape[1] :], skip_special_tokens=True)).strip()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks transformers so
def test_the_served_model_says_what_it_was_taught_word_for_word_as_transformers_does(
    counter: Counter, tmp_path: Path
) -> None:
    for needed in ("torch", "transformers", "peft", "gguf"):
        pytest.importorskip(needed, reason=f"{needed} is not installed: make tuning")
    try:
        base_models.place("smollm2")
        llama_server.find(load(KnowledgeSettings).models)
    except SetupError as error:
        pytest.skip(str(error))
    row = json.dumps({"messages": [*SAID, {"role": "assistant", "content": TAUGHT}]}) + "\n"
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "train.jsonl").write_text(2 * row, "utf-8")
    (folder / "card.json").write_text(json.dumps({"format": "chat", "sha256": "f00d"}), "utf-8")
    training = ("--backend", "local", "--epochs", "20", "--batch-size", "2", "--learning-rate", "2e-3", "--wait")
    code, _, err = counter.run("tune", "submit", str(folder), "--model", "smollm2", "--unchecked", *training)
    assert code == 0, err
    job = Jobs(counter.data).get()
    assert job.state == "succeeded", job.message
    with served(free_port(), "--alias", "tuned") as url:
        said = answer(url)
        _, listed = counter.json("models", "list")
    assert said == TAUGHT
    assert said == greedy(Path(job.result or ""))
    assert [(one["alias"], one["base_url"]) for one in listed["models"]] == [("tuned", url)]
    with served(free_port(), "smollm2", "--alias", "base") as url:
        assert answer(url) != TAUGHT
