"""A fine-tuning API on this machine, made after OpenAI's published description: files, jobs, events, checkpoints.

It trains nothing. Faults can be ordered for any request: an error instead of it, or an answer that is lost after the
work was done.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import Quiet, Server

Fault = Callable[[int, str, str], str | None]  # number, method and path of a request: "429", "500", "cut", "lost"


@dataclass
class FakeFineTuning:
    """What the server holds."""

    url: str = ""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)  # bodies of the jobs that were ordered
    requests: int = 0
    fault: Fault | None = None
    losses: tuple[tuple[float, float], ...] = ((2.0, 2.1), (1.2, 1.5), (0.8, 1.2))  # training, validation
    fails: str | None = None  # why the training will fail
    page: int = 2  # jobs and events a page, whatever is asked for: the client must go on

    def request(self, method: str, path: str, query: dict[str, list[str]], body: bytes, kind: str) -> tuple[int, Any]:
        if method == "POST" and path == "/v1/files":
            return self._upload(body, kind)
        if path == "/v1/files":
            return 200, {"object": "list", "data": list(self.files.values()), "has_more": False}
        if method == "POST" and path == "/v1/fine_tuning/jobs":
            return self._create(json.loads(body))
        if path == "/v1/fine_tuning/jobs":
            return self._paged(list(reversed(self.jobs.values())), query)
        found = re.fullmatch(r"/v1/fine_tuning/jobs/([^/]+)(/\w+)?", path)
        if found is None or found[1] not in self.jobs:
            return 404, _error("There is no such thing.")
        return self._of_job(self.jobs[found[1]], found[2] or "", method, query)

    def _upload(self, body: bytes, kind: str) -> tuple[int, Any]:
        boundary = b"--" + re.search(r'boundary="?([^";]+)', kind)[1].encode()
        part = next(piece for piece in body.split(boundary) if b'name="file"' in piece)
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]+)"', head)[1].decode()
        content = content.removesuffix(b"\r\n")
        number = f"file-{len(self.files) + 1}"
        shown = {"id": number, "object": "file", "bytes": len(content), "created_at": 1, "filename": name}
        self.files[number] = shown | {"purpose": "fine-tune", "status": "processed"}
        self.contents[number] = content
        return 200, self.files[number]

    def _create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        if wanted["training_file"] not in self.files:
            return 400, _error("training_file does not exist.")
        if wanted["model"] == "unknown-model":
            return 400, _error("The model unknown-model cannot be fine-tuned.")
        self.created.append(wanted)
        number = f"ftjob-{len(self.jobs) + 1}"
        self.jobs[number] = {
            "id": number, "object": "fine_tuning.job", "created_at": 1, "error": None, "fine_tuned_model": None,
            "finished_at": None, "hyperparameters": {}, "organization_id": "org", "result_files": [],
            "status": "queued", "trained_tokens": None, "validation_file": None, "seed": 0, **wanted,
        }  # fmt: skip
        self.events[number] = [_event(number, 0, "The job was created.")]
        return 200, self.jobs[number]

    def _of_job(self, job: dict[str, Any], what: str, method: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if what == "/cancel" and method == "POST":
            if job["status"] == "succeeded":
                return 400, _error("The job has ended.")
            job["status"] = "cancelled"
        elif what == "/events":
            return self._paged(list(reversed(self.events[job["id"]])), query)
        elif what == "/checkpoints":
            name = f"{job['fine_tuned_model']}:step-1"
            point = {
                "id": "c1",
                "object": "fine_tuning.job.checkpoint",
                "created_at": 1,
                "metrics": {},
                "step_number": 1,
            }
            return 200, _listed([point | {"fine_tuned_model_checkpoint": name, "fine_tuning_job_id": job["id"]}])
        elif what == "":
            self._train(job)
        return 200, job

    def _train(self, job: dict[str, Any]) -> None:
        """One step for each look at the job."""
        events = self.events[job["id"]]
        step = sum(event["type"] == "metrics" for event in events)
        if job["status"] == "queued":
            job["status"] = "running"
        elif job["status"] == "running" and self.fails:
            job |= {"status": "failed", "error": {"code": "bad", "message": self.fails, "param": None}}
        elif job["status"] == "running" and step < len(self.losses):
            trained, validated = self.losses[step]
            data = {"step": step + 1, "train_loss": trained, "valid_loss": validated}
            events.append(_event(job["id"], step + 1, f"Step {step + 1}", "metrics", data))
        elif job["status"] == "running":
            job |= {"status": "succeeded", "fine_tuned_model": f"ft:{job['model']}:{job['id']}", "trained_tokens": 1234}

    def _paged(self, entries: list[dict[str, Any]], query: dict[str, list[str]]) -> tuple[int, Any]:
        after = query.get("after", [None])[0]
        names = [entry["id"] for entry in entries]
        start = names.index(after) + 1 if after in names else 0
        shown = entries[start : start + self.page]
        return 200, _listed(shown, start + self.page < len(entries))


def _listed(entries: list[dict[str, Any]], more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": entries, "has_more": more}


def _event(job: str, at: int, message: str, kind: str = "message", data: Any = None) -> dict[str, Any]:
    name = f"ev-{job}-{at}"
    shown = {"id": name, "object": "fine_tuning.job.event", "created_at": at, "level": "info", "message": message}
    return shown | {"type": kind, "data": data}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


@contextmanager
def fake_fine_tuning() -> Iterator[FakeFineTuning]:
    """The server on a free port, until the block ends."""
    state, lock = FakeFineTuning(), threading.Lock()

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: in two, the second waits 40 ms for word of the first

        def answer(self) -> None:
            body = self.whole_body()
            address = urlsplit(self.path)
            with lock:
                state.requests += 1
                fault = state.fault(state.requests, self.command, address.path) if state.fault else None
                if fault in ("429", "500"):
                    status, told = int(fault), _error("Wait." if fault == "429" else "We are sorry.")
                elif fault == "cut":
                    self.close_connection = True
                    return
                else:
                    kind = self.headers.get("content-type", "")
                    status, told = state.request(self.command, address.path, parse_qs(address.query), body, kind)
            if fault == "lost":
                self.close_connection = True
                return
            text = json.dumps(told).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0.01")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer

    with Server(Handler) as server:
        state.url = f"{server.url}/v1"
        yield state
