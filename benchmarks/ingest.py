"""How fast files are read, beside the textbook's LangChain in the same run, and what a chunk costs on disk.

    python -m benchmarks.ingest [text] [web] [PDF] [real] [model] [unchanged] [FOLDER ...]

The parts can be run one by one; without a name all are. CPU seconds count every process and thread; what a machine is
busy with moves them nevertheless, so both sides are measured three times by turns, and the middle one counts. Imports
are left out on both sides, ours as a run of one line a reading process. Folders given are read too, beside text, web
pages and PDFs that are made of the documentation of Python's own library. Our passages have at most 256 of the model's
tokens, so that none is cut off when it is embedded. The textbook's chunks are of two kinds: of 1,000 characters of
which 200 are said twice, which is what its tutorials do, and of as many tokens of the same tokenizer as ours, which is
the same work. Ours are shorter where a page has many headings; so characters of text a second are printed too.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pypdfium2
from rich.console import Console
from rich.table import Table

from benchmarks.common.places import DATA
from benchmarks.textbook import corpora
from ingest.pipeline import Order, Pipeline
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder, ManyEmbedder, Progress, Vectors
from knowledge.embedding.embeddings import open_embedder
from knowledge.encoder.build import ensure_model
from knowledge.encoder.card import TOKENIZER
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.settings import load

TEXTBOOK = Path(__file__).parent / "textbook" / "ingest.py"
PARTS = ("text", "web", "PDF", "real", "model", "unchanged")
REAL = (DATA / "localgovfaq/raw/html", DATA / "pdf")
GOALS = {"text": 3, "web": 10, "PDF": 8}  # times the textbook's chunks per CPU second
UNCHANGED = 5_000  # files
FOR_THE_MODEL = 60  # modules: half a minute of embedding or so
TURNS = 3  # each side is measured so often; the middle one counts


class FakeModel:
    """Vectors at no cost, counted; tokens are the real model's."""

    def __init__(self, real: Embedder) -> None:
        self.fingerprint, self.dimensions = "fake", real.dimensions
        self.count_tokens = real.count_tokens
        self.embedded = 0

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded += len(texts)
        return np.full((len(texts), self.dimensions), self.dimensions**-0.5, np.float32)

    def embed_query(self, text: str) -> Vectors:
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)


class RecordingModel:
    """The real model, and what it was asked."""

    def __init__(self, real: ManyEmbedder) -> None:
        self._real = real
        self.fingerprint, self.dimensions = real.fingerprint, real.dimensions
        self.count_tokens = real.count_tokens
        self.embed_query, self.embed_queries = real.embed_query, real.embed_queries
        self.asked: list[str] = []

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.asked += texts
        return self._real.embed_passages(texts, progress)


def main() -> None:
    real, analyzer = open_embedder(load(IngestSettings, embedding="builtin")), Analyzer()
    bench = Bench(real, analyzer)
    chosen = [part for part in PARTS if part in sys.argv[1:]] or list(PARTS)
    given = [Path(each) for each in sys.argv[1:] if each not in PARTS]
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        made = {"text": corpora.write_text, "web": corpora.write_html, "PDF": corpora.write_pdf}
        for name, write in made.items():
            (root / name).mkdir()
            write(root / name)
        real_ones = (*(REAL if "real" in chosen else ()), *given)
        folders = {name: root / name for name in made if name in chosen}
        folders |= {f"{folder.parent.name}/{folder.name}": folder for folder in real_ones if folder.is_dir()}
        if folders:
            bench.beside_the_textbook(folders, root)
        if "model" in chosen:
            bench.with_the_model(root / "text", root)
        if "unchanged" in chosen:
            bench.unchanged(root)


class Bench:
    """The measurements, each of which prints what it found."""

    def __init__(self, real: ManyEmbedder, analyzer: Analyzer) -> None:
        self._real, self._analyzer = real, analyzer

    def ingest(self, data: Path, paths: Sequence[Path], embedder: ManyEmbedder, dry_run: bool = False) -> Report:
        settings = load(IngestSettings, embedding="builtin", data=data)
        return Pipeline(settings, embedder, self._analyzer).run(Order(paths, dry_run=dry_run))

    def beside_the_textbook(self, folders: dict[str, Path], root: Path) -> None:
        tokenizer = ensure_model(load(IngestSettings, embedding="builtin").models) / TOKENIZER
        table = Table(
            "", "files", "chunks", "theirs", "by tokens", "characters a chunk", "theirs", "by tokens",
            "chunks per CPU s", "times theirs", "times by tokens", "text per CPU s, times theirs", "times by tokens",
            title="Files to chunks, beside LangChain's loaders and splitter",
        )  # fmt: skip
        whole = Table(
            "", "chunks per CPU s", "theirs", "times", "bytes a chunk", "theirs",
            title="Files to an index on disk, with a model that costs nothing",
        )  # fmt: skip
        started = self._starting(root)
        for number, (name, folder) in enumerate(folders.items()):
            files = [file for file in sorted(folder.rglob("*")) if file.suffix in (".txt", ".html", ".pdf")]
            data, model = root / f"ours-{number}", FakeModel(self._real)
            theirs, cpu = self._by_turns(folder, files, root, tokenizer)
            their_whole = textbook(folder, "--index", root / f"theirs-{number}")
            report, whole_cpu = measured(lambda files=files, model=model, data=data: self.ingest(data, files, model))
            cpu, whole_cpu = cpu - started, whole_cpu - started
            generation = Generation.open(data, self._analyzer)
            text = sum(len(generation.passage(row).text) for row in range(len(generation)))
            speed = report.passages / cpu
            times = [f"{speed / (each['chunks'] / each['cpu']):.2f}" for each in theirs]
            goal = f" (goal {GOALS[name]})" if name in GOALS else ""
            table.add_row(
                name, str(theirs[0]["files"]), str(report.passages), *(str(each["chunks"]) for each in theirs),
                f"{text / report.passages:.0f}", *(f"{each['characters'] / each['chunks']:.0f}" for each in theirs),
                f"{speed:,.0f}", *(each + goal for each in times),
                *(f"{text / cpu / (each['characters'] / each['cpu']):.2f}" for each in theirs),
            )  # fmt: skip
            speed, their_speed = report.passages / whole_cpu, their_whole["chunks"] / their_whole["cpu"]
            whole.add_row(
                name, f"{speed:,.0f}", f"{their_speed:,.0f}", f"{speed / their_speed:.2f}",
                f"{on_disk(generation.place) / report.passages:,.0f}",
                f"{their_whole['bytes'] / their_whole['chunks']:,.0f}",
            )  # fmt: skip
        if "PDF" in folders:
            print(f"Of that, PDFium alone takes {pdfium_alone(folders['PDF']):.2f} CPU s for the pages of PDF.")
        Console(width=170).print(f"Start and imports, left out of our times: {started:.2f} CPU s", table, whole)

    def _by_turns(
        self, folder: Path, files: Sequence[Path], root: Path, tokenizer: Path
    ) -> tuple[list[dict[str, Any]], float]:
        """What the textbook tells of a folder, by characters and by tokens, and our CPU seconds for its files."""
        rounds = [
            (textbook(folder), textbook(folder, "--tokenizer", tokenizer), self._dry(root, files)) for _ in range(TURNS)
        ]
        by_characters, by_tokens, ours = zip(*rounds, strict=True)
        told = [{**kind[0], "cpu": median(each["cpu"] for each in kind)} for kind in (by_characters, by_tokens)]
        return told, median(ours)

    def _dry(self, root: Path, paths: Sequence[Path]) -> float:
        """The CPU seconds of reading and cutting alone."""
        return measured(lambda: self.ingest(root / "none", paths, FakeModel(self._real), dry_run=True))[1]

    def _starting(self, root: Path) -> float:
        """The CPU seconds of a run whose reading processes do nothing but start."""
        folder = root / "one line each"
        folder.mkdir()
        for number in range(load(IngestSettings, embedding="builtin").readers):
            (folder / f"{number}.txt").write_text(f"This is line {number}.", "utf-8")
        return median(self._dry(root, [folder]) for _ in range(TURNS))

    def with_the_model(self, folder: Path, root: Path) -> None:
        files = sorted(folder.iterdir())[:: len(list(folder.iterdir())) // FOR_THE_MODEL]
        recording = RecordingModel(self._real)
        began = time.perf_counter()
        report = self.ingest(root / "model", files, recording)
        whole = time.perf_counter() - began
        began = time.perf_counter()
        self._real.embed_passages(recording.asked)
        raw = time.perf_counter() - began
        place = Generation.open(root / "model", self._analyzer).place
        print(
            f"With the model: {report.passages} passages in {whole:.1f} s, {raw / whole:.0%} of the model's own speed "
            f"on the same texts (goal 90 %); {on_disk(place) / report.passages:,.0f} bytes a passage on disk"
        )

    def unchanged(self, root: Path) -> None:
        folder, data, model = root / "many", root / "unchanged", FakeModel(self._real)
        folder.mkdir()
        for number in range(UNCHANGED):
            (folder / f"{number}.md").write_text(f"# Question {number}?\n\nThe answer to it is {number}.\n", "utf-8")
        first = sum(self.ingest(data, [folder], model).seconds.values())
        model.embedded = 0
        began = time.perf_counter()
        report = self.ingest(data, [folder], model)
        print(
            f"{report.unchanged:,} unchanged files: {time.perf_counter() - began:.1f} s, {model.embedded} embeddings; "
            f"the first time {first:.1f} s without the model"
        )


def textbook(folder: Path, *options: str | Path) -> dict[str, Any]:
    command = [sys.executable, str(TEXTBOOK), str(folder), *map(str, options)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told


def pdfium_alone(folder: Path) -> float:
    """The CPU seconds that PDFium takes for the letters of all pages, in which nobody has found a line yet."""
    files = [file.read_bytes() for file in sorted(folder.rglob("*.pdf"))]
    before = cpu_seconds()
    for data in files:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            page.get_textpage().get_text_range()
        document.close()
    return cpu_seconds() - before


def measured(work: Callable[[], Report]) -> tuple[Report, float]:
    """What the work gave, and the CPU seconds of this process and of the children that it ended."""
    before = cpu_seconds()
    report = work()
    return report, cpu_seconds() - before


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def on_disk(place: Path) -> int:
    return sum(file.stat().st_size for file in place.rglob("*"))


if __name__ == "__main__":
    main()
