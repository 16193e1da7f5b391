"""JSON files of the tuning room: replaced whole or not at all, and lines that are added to."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.errors import CannotWrite, SetupError
from knowledge.files import replacing


def write(path: Path, record: dict[str, Any]) -> None:
    """Replace a file. Raises CannotWrite, and then it is as it was."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, mode=0o600) as file:
            file.write(json.dumps(record, ensure_ascii=False, indent=2).encode())
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}).") from None


def read(path: Path) -> dict[str, Any] | None:
    """What a file holds; None when there is none or it is no JSON object."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def add(path: Path, *added: dict[str, Any]) -> None:
    """Add lines, so that they are there after a crash. Raises CannotWrite."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"  # the last line of a run that was killed
            else:
                torn = False
            file.write(b"\n" if torn else b"")
            file.writelines(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in added)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}).") from None


def given(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that somebody gave us, with their numbers; empty ones are passed over.

    Raises SetupError when it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path} is not written in UTF-8.") from None


def parsed(line: str) -> Any:
    """The JSON of a line that somebody gave us. Raises ValueError, also for what nobody can write or count.

    That is half a surrogate pair, which the escapes of JSON can hold and UTF-8 cannot.
    """
    try:
        record = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested without end") from None
    if "\\ud" in line.lower():
        json.dumps(record, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return record


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file that are whole."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(ValueError):  # UnicodeDecodeError is one: half a character of a torn line
            if isinstance(record := json.loads(line), dict):
                yield record


class Keyed:
    """Records by their "key", in files of lines that are added to; a file is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def get(self, name: str, key: str) -> dict[str, Any] | None:
        """The last record of a key in the file of that name, if there is one."""
        return self._of(name).get(key)

    def add(self, name: str, record: dict[str, Any]) -> None:
        """Keep a record; it is on disk when this returns. Raises CannotWrite."""
        add(self._file(name), record)
        self._of(name)[record["key"]] = record

    def _of(self, name: str) -> dict[str, dict[str, Any]]:
        if name not in self._known:
            self._known[name] = {record["key"]: record for record in lines(self._file(name))}
        return self._known[name]

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"
