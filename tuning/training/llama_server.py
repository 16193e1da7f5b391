"""llama-server, the program of llama.cpp that serves GGUF models by OpenAI's routes: where it is, and how it is run.

`python -m tuning.training.llama_server` prints where it is, or is to be built.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import SetupError
from knowledge.settings import KnowledgeSettings, load

PROGRAM = "llama-server"
HOST = "127.0.0.1"  # it asks nobody for a key and answers every web page: it must not be reached from elsewhere
READY_S = 180.0  # seconds for loading a model
LOOK_EVERY_S = 0.3  # seconds between looks at a server that is starting
STOP_S = 10.0  # seconds that it gets to end


@dataclass(frozen=True, slots=True)
class Serving:
    """What one server serves."""

    name: str  # of the model, as its clients call it
    base: Path  # GGUF
    adapter: Path | None = None  # GGUF
    port: int = 8080
    at_once: int = 1  # answers
    context: int = 8192  # tokens of each: passages, question and answer

    @property
    def url(self) -> str:
        """Where its clients ask."""
        return f"http://{HOST}:{self.port}/v1"

    def command(self, program: Path) -> list[str]:
        """The whole command line."""
        adapted = ["--lora", str(self.adapter)] if self.adapter else []
        return [
            *(str(program), "--model", str(self.base), *adapted, "--alias", self.name),
            *("--host", HOST, "--port", str(self.port), "--no-ui"),
            *("--parallel", str(self.at_once), "--ctx-size", str(self.at_once * self.context)),
        ]


def place(models: Path) -> Path:
    """Where the program is: on the PATH; else where `make llama-server` puts it, whether it is there yet or not."""
    installed = shutil.which(PROGRAM)
    return Path(installed) if installed else models / PROGRAM


def find(models: Path) -> Path:
    """The program. Raises SetupError saying how to get it."""
    found = place(models)
    if not os.access(found, os.X_OK):
        raise SetupError(
            f"There is no {PROGRAM}. Install llama.cpp (brew, apt, conda, or its releases), or build it here: "
            "make llama-server"
        )
    return found


@contextlib.contextmanager
def running(serving: Serving, program: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is ready; it ends with the block. Raises SetupError with its last words when it does not start."""
    if _is_taken(serving.port):
        raise SetupError(f"Something answers at port {serving.port} already. Take another: --port {serving.port + 1}")
    log.parent.mkdir(parents=True, exist_ok=True)
    # Threads of OpenMP that spin while they wait take the processor from whoever else works on this machine.
    environment = {"OMP_WAIT_POLICY": "passive"} | dict(os.environ)
    with log.open("w") as said:
        process = subprocess.Popen(
            serving.command(program), stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
        )
    try:
        _wait_until_ready(process, serving.port, log)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + READY_S
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > until:
            lines = log.read_text("utf-8", errors="replace").strip().splitlines()
            raise SetupError(f"{PROGRAM} does not start. See {log}. It said last: {lines[-1] if lines else 'nothing'}")
        time.sleep(LOOK_EVERY_S)


def _is_taken(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.stdout.write(f"{place(load(KnowledgeSettings).models)}\n")
