"""Runs that are killed: the next one goes on where they were, and ends with what an undisturbed one makes."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import ingesting
import numpy as np
import pytest
from embedders import FakeEmbedder

from ingest.pipeline import Order, Pipeline
from ingest.preparing import EMBED_TOGETHER
from ingest.runs.journal import DAYS, NAME, Journal
from ingest.settings import IngestSettings
from knowledge.errors import CannotWrite
from knowledge.index import generations
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.progress import Silent

ROOT = Path(__file__).parents[2]
FILES = 24


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for number in range(FILES):
        parts = (f"## Part {part}\n\nArticle {number} costs {part} yen and weighs {number} g.\n" for part in range(4))
        (folder / f"{number:02}.md").write_text(f"# Article {number}\n\n" + "\n".join(parts), "utf-8")
    return folder


def begin(data: Path, files: Path, notes: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    return subprocess.Popen([sys.executable, ingesting.__file__, data, files, notes], env=environment)


def contents(data: Path) -> tuple[list[object], list[object], np.ndarray]:
    generation = Generation.open(data, Analyzer())
    passages = [generation.passage(row) for row in range(len(generation))]
    documents = [replace(document, ingested_at="") for document in generation.documents.values()]
    return documents, passages, generation.dense.vectors(np.arange(len(generation)))


@pytest.fixture(scope="module")
def undisturbed(files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The index of a run that nobody killed, and how long that took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    started = time.monotonic()
    assert begin(folder / "data", files, folder / "notes").wait(60) == 0
    assert not (folder / "data" / NAME).exists(), "what was committed need not be kept twice"
    return folder, time.monotonic() - started


def notes_of(path: Path) -> Counter[tuple[str, str]]:
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return Counter((line[0], json.loads(line[2:])) for line in lines)


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(3, 3, id="3 kills"),
        pytest.param(100, 1, marks=pytest.mark.slow, id="100 kills"),
        pytest.param(100, 2, marks=pytest.mark.slow, id="100 more kills"),
    ],
)
def test_after_being_killed_at_random_moments_the_next_run_goes_on_where_they_were(
    tmp_path, files, undisturbed, kills, seed
):
    folder, took = undisturbed
    chance, done = random.Random(seed), 0
    while done < kills:
        data, notes, killed = tmp_path / f"data-{done}", tmp_path / f"notes-{done}", 0
        run = begin(data, files, notes)
        while done < kills:
            try:
                run.wait(chance.uniform(0.3, took))
                break
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
                killed, done = killed + 1, done + 1
                run = begin(data, files, notes)
        assert run.wait(60) == 0
        assert not (data / NAME).exists()
        for mine, theirs in zip(contents(data), contents(folder / "data"), strict=True):
            assert np.array_equal(mine, theirs)
        # Each death may cost the part that was being embedded and the files that were being read, and no more.
        again = notes_of(notes) - notes_of(folder / "notes")
        embedded = sum(count for (what, _), count in again.items() if what == "E")
        cut = {text for (what, text) in again if what == "C"}
        assert embedded <= killed * 2 * ingesting.TOGETHER
        assert len(cut) <= killed * 2 * (4 + 1)


def test_what_a_run_left_that_was_killed_just_after_its_commit_goes_with_the_next(tmp_path):
    (tmp_path / "faq.csv").write_text("question,answer\nWhen?,Today.\n", "utf-8")
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), FakeEmbedder(), Analyzer())
    kept: list[bytes] = []

    class Watching(Silent):
        def stage(self, name: str, total: int) -> None:
            if name == "committing":
                kept.append((tmp_path / "data" / NAME).read_bytes())

    pipeline.run(Order([tmp_path / "faq.csv"]), Watching())
    (tmp_path / "data" / NAME).write_bytes(kept[0])
    for _ in range(2):
        assert pipeline.run(Order([tmp_path / "faq.csv"])).unchanged == 1
        assert not (tmp_path / "data" / NAME).exists()


def test_a_torn_or_damaged_end_of_the_journal_is_cut_off_and_the_rest_is_kept(tmp_path):
    journal = Journal.open(tmp_path)
    journal.put([(("a",), b"one"), (("b", "c"), b"two" * 1000)])
    journal.put([(("d",), b"three")])
    journal.close()
    whole = (tmp_path / NAME).read_bytes()
    for spoilt in (whole[:-1], whole[:-4] + b"XXXX", whole + b"\0" * 7, whole[:-40]):
        (tmp_path / NAME).write_bytes(spoilt)
        again = Journal.open(tmp_path)
        assert (again.get("a"), again.get("b", "c")) == (b"one", b"two" * 1000)
        assert again.get("d") == (b"three" if spoilt.startswith(whole) else None)
        again.put([(("e",), b"four")])
        again.close()
        assert Journal.open(tmp_path).get("e") == b"four"


def test_what_was_committed_leaves_the_journal_and_the_rest_stays_for_a_while(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    journal.put([(("a",), b"one"), (("b",), b"two")])
    journal.settle([("a",)])
    again = Journal.open(tmp_path)
    assert (again.get("a"), again.get("b")) == (None, b"two")
    again.close()
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + (DAYS + 1) * 86_400)
    late = Journal.open(tmp_path)
    assert late.get("b") is None
    late.settle([])
    assert not (tmp_path / NAME).exists()


def test_a_journal_that_cannot_be_written_is_told_and_fails_nothing(tmp_path):
    (tmp_path / NAME).mkdir()
    journal = Journal.open(tmp_path)
    journal.put([(("a",), b"one")])
    assert journal.get("a") is None
    assert "cannot be used" in (journal.trouble or "")
    journal.settle([("a",)])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


class Filling(Silent):
    """Fills the disk when a stage begins, up to so many bytes."""

    def __init__(self, disk: Path, at: str, left: int = 0) -> None:
        self._disk, self._at, self._left = disk, at, left

    def stage(self, name: str, total: int) -> None:
        if name == self._at:
            free = shutil.disk_usage(self._disk).free
            (self._disk / "filler").write_bytes(bytes(max(0, free - self._left)))


def test_what_was_embedded_is_kept_when_the_disk_is_full_at_the_commit(disk, files):
    embedder = FakeEmbedder()
    pipeline = Pipeline(IngestSettings(data=disk / "data", readers=1), embedder, Analyzer())

    with pytest.raises(CannotWrite, match="Make room"):
        pipeline.run(Order([files]), Filling(disk, "committing"))
    assert generations.current(disk / "data") is None
    embedded = len(embedder.embedded)
    assert embedded > FILES
    with pytest.raises(CannotWrite, match="free"):  # nothing is read or embedded for a disk that is full
        pipeline.run(Order([files]))
    (disk / "filler").unlink()
    report = pipeline.run(Order([files]))
    assert (len(report.added), report.embedded, len(embedder.embedded)) == (FILES, 0, embedded)
    assert not (disk / "data" / NAME).exists()


def test_a_disk_that_fills_up_on_the_way_ends_the_run_before_more_is_embedded_than_is_kept(disk, tmp_path):
    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\n" + "".join(f"What is {n}?,It is {n}.\n" for n in range(1000)), "utf-8")
    embedder = FakeEmbedder()
    pipeline = Pipeline(IngestSettings(data=disk / "data", readers=1), embedder, Analyzer())
    with pytest.raises(CannotWrite, match="could not grow"):  # there is room for some parts, as the index would need it
        pipeline.run(Order([faq]), Filling(disk, "embedding", left=160_000))
    assert 0 < len(embedder.embedded) < 2000, "a question and its answer are two texts"
    (disk / "filler").unlink()
    report = pipeline.run(Order([faq]))
    assert report.passages == 1000
    assert report.embedded < 1000, "what was kept is not embedded again"
    assert len(embedder.embedded) - 2000 <= 2 * 2 * EMBED_TOGETHER


def test_a_disk_that_has_surely_no_room_is_told_before_anything_is_embedded(tmp_path, files, monkeypatch):
    embedder = FakeEmbedder()
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), embedder, Analyzer())
    first = tmp_path / "first.csv"
    first.write_text("question,answer\nWhen?,Today.\n", "utf-8")
    pipeline.run(Order([first]))
    words = sum(path.stat().st_size for path in (tmp_path / "data").rglob("lexical/*"))
    before, embedded = generations.current(tmp_path / "data"), list(embedder.embedded)
    monkeypatch.setattr(generations, "room", lambda data: words // 2 - 1)
    with pytest.raises(CannotWrite, match=r"more than 0\.0 MB"):
        pipeline.run(Order([files]))
    assert (generations.current(tmp_path / "data"), embedder.embedded) == (before, embedded)
    assert pipeline.run(Order([first])).unchanged == 1, "what changes nothing needs no room"
    monkeypatch.setattr(generations, "room", lambda data: 10 * words)
    assert len(pipeline.run(Order([files])).added) == FILES


def test_what_a_killed_writer_left_counts_as_room(tmp_path, monkeypatch):
    left = tmp_path / "generations" / ".unfinished-00000000" / "lexical"
    left.mkdir(parents=True)
    (left / "words").write_bytes(bytes(5_000))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=100_000, used=99_000, free=900))
    assert generations.room(tmp_path) == 6_000
