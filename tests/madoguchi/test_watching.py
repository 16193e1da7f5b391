"""`madoguchi ingest --watch` as a process of its own: each round does what has changed, until it is told to stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from programs import environment
from typer.testing import CliRunner

from ingest.pipeline import Pipeline
from knowledge.index.generations import ingesting
from madoguchi.cli import app


class Watcher:
    """The process, and the rounds that it tells of."""

    def __init__(self, folder: Path, *arguments: str, data: str = "data") -> None:
        command = [sys.executable, "-m", "madoguchi", "ingest", "files", "--watch", "--json", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(MADOGUCHI_LOCK_WAIT_S="0", MADOGUCHI_DATA=data),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is ignored by what is started in the background, as tests may be, and by what that starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def round(self, seconds: float = 60) -> dict[str, Any]:
        return json.loads(self._lines.get(timeout=seconds))

    def end(self) -> str:
        """What it said on its standard error."""
        self._reader.join()
        with self.process:
            assert self.process.stderr is not None
            return self.process.stderr.read()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/hours.md").write_text("# Hours\n\nOpen from 9 to 18.\n", "utf-8")
    return tmp_path / "files"


@pytest.fixture
def watcher(tmp_path: Path, files: Path) -> Iterator[Watcher]:
    watcher = Watcher(tmp_path, "--prune")
    yield watcher
    if watcher.process.poll() is None:
        watcher.process.kill()
        watcher.end()


def test_each_round_ingests_what_has_changed_until_it_is_told_to_stop(tmp_path, files, watcher):
    first = watcher.round()
    assert (first["round"], first["added"], first["exit_code"]) == (1, ["hours.md"], 0)

    (files / "sub").mkdir()
    (files / "sub/prices.md").write_text("# Prices\n\nThe kettle costs 30 euros.\n", "utf-8")
    (files / ".hidden.md").write_text("# Hidden\n\nNobody reads this.\n", "utf-8")
    assert watcher.round()["added"] == ["sub/prices.md"]

    (files / "bad.pdf").write_bytes(b"%PDF-1.7 nothing more")
    bad = watcher.round()
    assert ([item["source"] for item in bad["quarantined"]], bad["exit_code"]) == (["bad.pdf"], 2)
    (files / "bad.pdf").unlink()
    assert watcher.round()["quarantined"] == []

    with ingesting(tmp_path / "data", 10):
        (files / "hours.md").write_text("# Hours\n\nOpen from 10 to 17.\n", "utf-8")
        assert watcher.round()["error"]["type"] == "Busy"
    assert watcher.round()["changed"] == ["hours.md"], "it tries again by itself"

    (files / "sub/prices.md").unlink()
    assert watcher.round()["removed"] == ["sub/prices.md"]

    files.rename(tmp_path / "old")
    missing = watcher.round()
    assert (missing["removed"], missing["total_documents"]) == ([], 1), "a folder that is away takes nothing with it"
    (tmp_path / "new").mkdir()
    (tmp_path / "new/shipping.md").write_text("# Shipping\n\nIt takes two days.\n", "utf-8")
    (tmp_path / "new").rename(files)
    back = watcher.round()
    assert (back["added"], back["removed"]) == (["shipping.md"], ["hours.md"])

    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(60) == 0
    assert "Traceback" not in watcher.end()


def test_the_knowledge_base_within_the_folder_that_is_followed_makes_no_rounds(files):
    watcher = Watcher(files.parent, "--prune", data="files/data")
    assert watcher.round()["added"] == ["hours.md"]
    (files / "prices.md").write_text("# Prices\n\nThe kettle costs 30 euros.\n", "utf-8")
    told = watcher.round()
    assert (told["added"], told["unchanged"], told["quarantined"]) == (["prices.md"], 1, [])
    with pytest.raises(Empty):
        watcher.round(seconds=4)
    watcher.process.send_signal(signal.SIGTERM)
    assert watcher.process.wait(60) == 0
    watcher.end()


def test_a_run_that_is_stopped_before_it_reads_says_how_to_go_on(files, monkeypatch):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(files.parent)
    monkeypatch.setattr(Pipeline, "run", stopped)
    result = CliRunner().invoke(app, ["ingest", "files", "--json"])
    assert result.exit_code == 130
    assert json.loads(result.stdout)["error"]["type"] == "Stopped"
    assert "again" in result.stderr


@pytest.mark.parametrize("given", [["https://a.example/"], ["files", "--queue"], ["files", "--rebuild"], ["nowhere"]])
def test_what_cannot_be_followed_is_refused_in_words(files, given, monkeypatch):
    monkeypatch.chdir(files.parent)
    refused = CliRunner().invoke(app, ["ingest", *given, "--watch"])
    assert refused.exit_code == 2
    assert "follow" in refused.output
