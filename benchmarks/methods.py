"""The whole way from documents to the method that answers best, on the sample company: python -m benchmarks.methods

Data set, check, transfer, tuned prompt, LoRA on this machine, serving, an answer of the tuned model by /api/chat, its
probe, and the comparison of all methods on the same questions. Every step is a command of `madoguchi`; with --keep it
can be interrupted and goes on. Needs make tuning and make llama-server, and nothing outside this machine; what is
missing is said before the first step.

Without options it takes SmolLM2 (135 million parameters, English) and English questions. Half of the samples' questions
with an answer are labels for transfer; the other half, and questions without one, judge the methods. No question that
judges is in any training data.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common.places import SAMPLES, sample_questions
from knowledge.errors import SetupError
from knowledge.settings import KnowledgeSettings, load
from tuning.training import base_models, llama_server
from tuning.training.local_trainer import LocalTrainer

KINDS = "extractive,extractive+transfer,alone,alone+prompt,rag,rag+prompt,rag+transfer"
READY_S = 240.0  # seconds for a server to begin
ASKED = {"ja": "注文をキャンセルできますか。", "en": "Can I cancel my order?"}


class Run:
    """One run in a data folder."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.environment = os.environ | {
            "MADOGUCHI_DATA": str(folder / "data"),
            "MADOGUCHI_PASSAGES_PER_ANSWER": str(options.passages),
            "HF_HUB_OFFLINE": "1",
        }
        self._times = folder / "seconds.json"
        self.took: dict[str, float] = json.loads(self._times.read_text()) if self._times.exists() else {}

    def madoguchi(self, step: str, *words: str, fine: tuple[int, ...] = (0,)) -> int:
        """Run a command, show what it says, and note how long it took."""
        print(f"\n$ madoguchi {' '.join(words)}", flush=True)
        began = time.monotonic()
        try:
            code = subprocess.run([*self.program, *words], env=self.environment, check=False).returncode
        finally:
            self.took[step] = self.took.get(step, 0) + time.monotonic() - began
            self._times.write_text(json.dumps(self.took))
        if code not in fine:
            sys.exit(f"madoguchi {' '.join(words)} ended with exit code {code}.")
        return code

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "madoguchi"]

    def told(self, *words: str) -> dict[str, Any]:
        """What a command says as JSON."""
        asked = [*self.program, *words, "--json"]
        said = subprocess.run(asked, env=self.environment, stdout=subprocess.PIPE, check=False).stdout
        if not said:  # it has told why on stderr
            sys.exit(f"madoguchi {' '.join(words)} tells nothing.")
        found: dict[str, Any] = json.loads(said)
        return found

    @contextlib.contextmanager
    def serving(self, url: str, *words: str) -> Iterator[None]:
        """A server that is stopped at the end."""
        print(f"\n$ madoguchi {' '.join(words)} &", flush=True)
        began = time.monotonic()
        process = subprocess.Popen([*self.program, *words], env=self.environment)
        try:
            until = began + READY_S
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > until:
                    sys.exit(f"madoguchi {' '.join(words)} does not start.")
                time.sleep(0.5)
            self.took["starting servers"] = self.took.get("starting servers", 0) + time.monotonic() - began
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description="The whole way to the best method, on the sample company.")
    parser.add_argument("--keep", type=Path, help="a folder for all that is made; a later run goes on with it")
    parser.add_argument("--report", type=Path, help="write the comparison's page here")
    parser.add_argument("--model", default="smollm2", help="the base model: smollm2, or a GGUF file")
    parser.add_argument("--lang", default="en", choices=("ja", "en"))
    parser.add_argument("--answerable", type=int, default=14, help="questions with an answer to judge by")
    parser.add_argument("--unanswerable", type=int, default=6, help="questions without one")
    parser.add_argument("--passages", type=int, default=3, help="for each answer")
    parser.add_argument("--budget", type=int, default=60, help="questions for tuning the prompt")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--port", type=int, default=8471, help="the first of three free ones")
    options = parser.parse_args()
    try:
        lack_nothing(options.model, range(options.port, options.port + 3))
    except SetupError as error:
        sys.exit(str(error))
    with tempfile.TemporaryDirectory(prefix="madoguchi-methods-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(options, folder)
        whole(run)
        for step, seconds in (run.took | {"all": sum(run.took.values())}).items():
            print(f"{step:<22}{seconds:6.0f} s")


def lack_nothing(model: str, ports: range) -> None:
    """Raises SetupError when what a late step needs is not there: that is better known before the first one."""
    LocalTrainer()
    base_models.place(model)
    llama_server.find(load(KnowledgeSettings).models)
    for port in ports:
        with socket.socket() as ours:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port of the last run may not be free yet
            try:
                ours.bind((llama_server.HOST, port))
            except OSError as error:
                raise SetupError(f"Port {port} cannot be used ({error.strerror}). Take three others: --port") from None


def whole(run: Run) -> None:
    options, folder = run.options, run.folder
    labels, judged = divided(folder, options.lang, options.answerable, options.unanswerable)
    made, base_port, tuned_port = str(folder / "set"), options.port, options.port + 1
    short = ("--max-answer-tokens", "64")
    run.madoguchi("ingest", "ingest", str(SAMPLES / "knowledge"))
    kept = ("--lang", options.lang, "--canaries", "4", "--validation", "0.2", "--test", "0.1")
    run.madoguchi("data set", "tune", "dataset", "--out", made, *kept)
    run.madoguchi("check", "tune", "check", made, "--against", str(judged))
    run.madoguchi("transfer", "tune", "transfer", str(labels), fine=(0, 1))
    serve = ("tune", "serve", options.model, "--alias", "base", "--port", str(base_port), *short)
    with run.serving(f"http://127.0.0.1:{base_port}/health", *serve):
        prompt = ("tune", "prompt", made, "--model", "base", "--budget", str(options.budget))
        run.madoguchi("tuned prompt", *prompt)
        if not (folder / "data" / "tuning" / "prompts").exists():  # no words help it to read passages
            run.madoguchi("tuned prompt", *prompt, "--method", "alone")
    jobs = run.told("tune", "status", "--all")["jobs"]
    if all(job["state"] in ("failed", "cancelled") for job in jobs):
        training = ("--epochs", str(options.epochs), "--batch-size", "8", "--learning-rate", str(options.learning_rate))
        run.madoguchi("training", "tune", "submit", made, "--model", options.model, "--backend", "local", *training)
    run.madoguchi("training", "tune", "status", "--watch", fine=(0, 2))
    tuned = ("tune", "serve", "--alias", "tuned", "--port", str(tuned_port), *short)
    with (
        run.serving(f"http://127.0.0.1:{base_port}/health", *serve),
        run.serving(f"http://127.0.0.1:{tuned_port}/health", *tuned),
    ):
        run.madoguchi("probe", "tune", "probe", "--rows", "12", fine=(0, 2))
        chat(run, "tuned", options.port + 2)
        report = options.report or folder / "comparison.html"
        compared = ("--models", "base,tuned", "--methods", KINDS, "--report", str(report))
        run.madoguchi("comparison", "tune", "compare", str(judged), *compared, fine=(0, 2))
        found = run.told("tune", "compare", str(judged), *compared)  # every answer is kept: nothing is asked again
        report.with_suffix(".md").write_text(table(found), "utf-8")
        print(f"\n{table(found)}\nThe page: {report}")


def divided(folder: Path, lang: str, answerable: int, unanswerable: int) -> tuple[Path, Path]:
    """Files with the labels for transfer and with the questions that judge; no question is in both."""
    asked = sample_questions()
    mine = [one for one in asked if one["lang"] == lang and not one.get("cross")]
    judging = [one for one in mine if one["answerable"]][::2][:answerable]
    judging += [one for one in mine if not one["answerable"]][::2][:unanswerable]
    ids = {one["id"] for one in judging}
    labels, judged = folder / "labels.jsonl", folder / "questions.jsonl"
    rows = [_label(one) for one in asked if one["answerable"] and one["id"] not in ids]
    for path, records in ((labels, rows), (judged, judging)):
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    return labels, judged


def _label(asked: dict[str, Any]) -> dict[str, str]:
    source = asked["source"] if isinstance(asked["source"], str) else asked["source"][0]
    return {"question": asked["question"], "document": source, "answer": " ".join(asked["must_contain"])}


def chat(run: Run, alias: str, port: int) -> None:
    """Ask the service itself, as the widget does."""
    with run.serving(f"http://127.0.0.1:{port}/healthz", "serve", "--port", str(port)):
        question = {"message": ASKED[run.options.lang], "model": alias}
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/chat", json.dumps(question).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=300) as reply:
            answer = json.load(reply)
    print(f"/api/chat, {answer['model']}: {answer['outcome']}: {answer['answer']}", flush=True)
    if answer["model"] != alias:
        print(f"The tuned model's words did not stand the check against the passages, and {answer['model']} answered.")


def table(found: dict[str, Any]) -> str:
    """The comparison as a table in Markdown."""
    lines = [
        "| method | quality | 95 % interval | key facts | right refusals | wrong refusals | first word | tokens |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found["scores"]:
        values = one["values"]
        shares = [
            values[name] and f"{values[name]['value']:.2f}" for name in ("facts", "right_refusal", "wrong_refusal")
        ]
        interval = f"{values['quality']['low']:.2f} to {values['quality']['high']:.2f}"
        cells = [one["title"], f"{values['quality']['value']:.2f}", interval, *(share or "–" for share in shares)]
        cells += [f"{one['first_token_ms'] / 1000:.1f} s", f"{one['tokens_per_answer']:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    told = [found["advice"]["headline"], *found["advice"]["reasons"], *found["not_tried"]]
    return "\n".join([*lines, "", f"{found['questions']} questions.", "", *(f"- {line}" for line in told), ""])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
