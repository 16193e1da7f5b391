"""What commands print: prose and progress to stderr, results to stdout, JSON alone when it is asked for."""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import rich.progress
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, markup=False, emoji=False)  # data may hold anything: never read it as markup
err = Console(stderr=True, highlight=False, markup=False, emoji=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
TIMES = ("created", "ends", "ingested", "last used", "made", "queued")  # columns that are broken between day and hour
DAY = len("2026-04-01")
UNBROKEN = 10_000  # letters of a line where there is no terminal: more than any row has
PLAIN_EVERY_S = 5.0  # seconds between lines of progress where there is no terminal


def examples(*commands: str) -> str:
    """What stands below a command's help."""
    return "\n".join(("Examples:", *(f"  madoguchi {command}" for command in commands)))


def say(text: str, style: str | None = None) -> None:
    """A line for a person, to stderr."""
    err.print(Text(clean(text)), style=style, soft_wrap=True)


def show(text: str = "", style: str | None = None) -> None:
    """A line of the result, to stdout."""
    out.print(Text(clean(text)), style=style, soft_wrap=True)


def show_json(value: Any) -> None:
    """The one JSON object of `--json`, to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_json_line(value: Any) -> None:
    """One JSON object on a line of its own, at once, where a command prints several."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def show_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    whole: Sequence[str] = (),
    styles: Iterable[str] = (),
) -> None:
    """A table of the result; where no terminal has a width, a line for each row, fit for grep and spreadsheets.

    Columns of `whole` are never broken, so that they can be copied.
    """
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in whole, min_width=DAY if column in TIMES else None)
    for row, style in zip(rows, chain(styles, repeat(None)), strict=False):
        made.add_row(*(Text(clean(str(cell))) for cell in row), style=style)
    console = out if out.is_terminal else Console(file=out.file, width=UNBROKEN, highlight=False)
    console.print(made)


def cut(text: str, most: int) -> str:
    """The beginning of a text, which is enough to recognise it."""
    return text if len(text) <= most else f"{text[:most]}…"


def moment(at: str | None) -> str:
    """A time as we store it, to the minute and in this machine's zone, for a table."""
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M") if at else ""


def clean(text: str) -> str:
    """Text without the control characters by which data could steer a terminal."""
    return "".join(c for c in text if c in "\n\t" or (c.isprintable() or c == "\u3000"))


def check_report(path: Path | None, option: str = "--report") -> None:
    """Refuse at once a file that could not be written after all the work. Raises BadParameter."""
    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise typer.BadParameter(f"no file can be written at {path}.", param_hint=option)


STOPPED = "Stopped. Run the same command again: it goes on where it was."


@contextmanager
def going_on() -> Iterator[None]:
    """Say to whom interrupts a command, the work of which is kept, that it is."""
    try:
        yield
    except KeyboardInterrupt:
        say(STOPPED)
        raise


class Bars:
    """The progress of a run: bars with rate and remaining time on a terminal, plain lines elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = rich.progress.Progress(
            rich.progress.TextColumn("{task.description:<11}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.fields[rate]}"),
            rich.progress.TimeElapsedColumn(),
            rich.progress.TextColumn("left"),
            rich.progress.TimeRemainingColumn(),
            console=err,
            disable=quiet or not err.is_terminal,
        )
        self._stages: dict[str, _Stage] = {}
        self._latest = ""
        self._told = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins, or more steps of one that has begun come to light."""
        with self._lock:
            self._latest = name
            if name not in self._stages:
                self._stages[name] = _Stage(self._live.add_task(name, total=0, rate=""))
            stage = self._stages[name]
            stage.total += total
            self._live.update(stage.task, total=stage.total)

    def advance(self, steps: int, stage: str | None = None) -> None:
        """So many steps are done."""
        with self._lock:
            name = stage or self._latest
            now = self._stages[name]
            now.done += steps
            self._live.update(now.task, completed=now.done, rate=f"{now.rate:.1f}/s")
            if not self._quiet and not err.is_terminal and time.monotonic() - self._told >= PLAIN_EVERY_S:
                self._told = time.monotonic()
                say("; ".join(f"{name}: {each.line}" for name, each in self._stages.items() if each.done < each.total))


@dataclass(slots=True)
class _Stage:
    task: rich.progress.TaskID
    total: int = 0
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.done / max(time.monotonic() - self.began, 1e-3)

    @property
    def line(self) -> str:
        left = (self.total - self.done) / self.rate if self.done else math.inf
        is_early = time.monotonic() - self.began < PLAIN_EVERY_S  # two steps tell nothing of the others
        remaining = "" if math.isinf(left) or is_early else f", {left:.0f} s left"
        return f"{self.done} of {self.total} ({self.rate:.1f}/s{remaining})"
