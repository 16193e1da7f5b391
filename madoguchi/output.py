"""What commands print: prose and progress to stderr, results to stdout, JSON alone when it is asked for."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any

import rich.progress
from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, markup=False, emoji=False)  # data may hold anything: never read it as markup
err = Console(stderr=True, highlight=False, markup=False, emoji=False)

PLAIN_EVERY_S = 5.0  # seconds between lines of progress where there is no terminal


def say(text: str, style: str | None = None) -> None:
    """A line for a person, to stderr."""
    err.print(Text(clean(text)), style=style, soft_wrap=True)


def show(text: str = "", style: str | None = None) -> None:
    """A line of the result, to stdout."""
    out.print(Text(clean(text)), style=style, soft_wrap=True)


def show_json(value: Any) -> None:
    """The one JSON object of `--json`, to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_line(value: Any) -> None:
    """One object of JSON Lines, to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def table(*columns: str) -> Table:
    """An empty table in the house's looks."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def add(rows: Table, *cells: object) -> None:
    """Add a row of plain cells."""
    rows.add_row(*(Text(clean(str(cell))) for cell in cells))


def clean(text: str) -> str:
    """Text without the control characters by which data could steer a terminal."""
    return "".join(c for c in text if c in "\n\t" or (c.isprintable() or c == "\u3000"))


class Bars:
    """The progress of a run: bars with rate and remaining time on a terminal, plain lines elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = rich.progress.Progress(
            rich.progress.TextColumn("{task.description:<11}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TimeElapsedColumn(),
            rich.progress.TextColumn("left"),
            rich.progress.TimeRemainingColumn(),
            console=err,
            disable=quiet or not err.is_terminal,
        )
        self._task: rich.progress.TaskID | None = None
        self._name, self._done, self._total, self._told = "", 0, 0, 0.0

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins."""
        self._name, self._done, self._total, self._told = name, 0, total, time.monotonic()
        self._task = self._live.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        """So many steps are done."""
        self._done += steps
        if self._task is not None:
            self._live.advance(self._task, steps)
        if not self._quiet and not err.is_terminal and time.monotonic() - self._told >= PLAIN_EVERY_S:
            self._told = time.monotonic()
            say(f"{self._name}: {self._done} of {self._total}")
