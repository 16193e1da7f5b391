"""Text recognition (OCR) by tesseract, where it is installed: the only file that knows it.

It runs as a program of its own, inside the limits of the child that reads the file, one page at a time and on one core.
Nothing is recognised after `until`, so that a long scan gives its first pages rather than none.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from ingest.printed.letters import is_garbled
from ingest.texts.lines import joined

ADVICE = (
    "Install tesseract (on Debian: apt-get install tesseract-ocr tesseract-ocr-jpn) and ingest it again, or run text "
    "recognition (OCR) over it elsewhere and ingest the result."
)
OFF = (
    "Text recognition (OCR) is turned off: set MADOGUCHI_OCR=true and ingest it again, or run it elsewhere and ingest "
    "the result."
)
LANGUAGES = ("jpn", "eng")  # those of them that are installed
SUREST = 55.0  # percent: a page whose words tesseract is less sure of, on average, is not text that it can read
DEFAULT_S = 24.0  # seconds that one file may take where nothing else is said
_CJK = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef々]"
_SPACED = re.compile(rf"(?<={_CJK}) +(?={_CJK})")  # tesseract parts Japanese signs as if they were words
_until: ContextVar[float | None] = ContextVar("when recognition ends", default=None)
_wanted: ContextVar[bool] = ContextVar("whether anything is recognised", default=True)


class CannotRecognise(Exception):
    """tesseract does not take the picture, or has no time left."""

    def __init__(self, message: str, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


@dataclass(frozen=True, slots=True)
class Recognised:
    """What stands in a picture."""

    paragraphs: list[str]
    is_doubtful: bool  # tesseract is not sure, or the signs make no text


@contextmanager
def within(seconds: float, wanted: bool = True) -> Iterator[None]:
    """Recognise nothing once so many seconds have passed, or nothing at all."""
    until, want = _until.set(time.monotonic() + seconds), _wanted.set(wanted)
    try:
        yield
    finally:
        _until.reset(until)
        _wanted.reset(want)


def available() -> bool:
    """Whether tesseract is on the PATH and may be used."""
    return _wanted.get() and shutil.which("tesseract") is not None


def advice() -> str:
    """What to do where it is not available."""
    return ADVICE if _wanted.get() else OFF


def recognise(picture: bytes) -> Recognised:
    """The text of one picture (PNG, JPEG, TIFF, WebP, PNM). Raises CannotRecognise."""
    until = _until.get()
    left = DEFAULT_S if until is None else until - time.monotonic()
    if left <= 0:
        raise CannotRecognise("There is no time left.", late=True)
    command = ["tesseract", "stdin", "stdout", "-l", _languages(), "--psm", "3", "tsv"]
    environment = {"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, input=picture, capture_output=True, env=environment, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        raise CannotRecognise("It took too long.", late=True) from None
    except OSError as error:
        raise CannotRecognise(f"tesseract cannot be started: {error.strerror}.") from None
    if done.returncode != 0:
        raise CannotRecognise(
            "tesseract cannot read the picture: it is damaged, too large, or of a kind unknown to it."
        )
    return _text(done.stdout.decode("utf-8", "replace"))


@cache
def _languages() -> str:
    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=10, check=False)
    known = done.stdout.decode("utf-8", "replace").split()
    return "+".join(language for language in LANGUAGES if language in known) or "eng"


def _text(tsv: str) -> Recognised:
    rows = [
        row
        for row in csv.DictReader(tsv.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        if row.get("level") == "5" and (row.get("text") or "").strip()
    ]
    sure = [float(row["conf"]) for row in rows for _ in row["text"]]
    paragraphs = []
    for _, of_paragraph in groupby(rows, key=lambda row: (row["block_num"], row["par_num"])):
        lines = [
            _SPACED.sub("", " ".join(row["text"] for row in of_line))
            for _, of_line in groupby(of_paragraph, key=lambda row: row["line_num"])
        ]
        paragraphs.append(joined(lines))
    whole = "\n".join(paragraphs)
    doubtful = bool(sure) and (sum(sure) / len(sure) < SUREST or is_garbled(whole))
    return Recognised(paragraphs, doubtful)
