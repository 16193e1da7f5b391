"""Which files there are to read, and what each is called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read."""

    source: str  # what operators and customers see: relative to the folder that was given
    path: Path
    url: str | None = None  # of a web page
    is_copy: bool = False  # whether `path` is a passing copy of that page

    @property
    def origin(self) -> str:
        """Where it was read, for the operator."""
        return self.url if self.url and self.is_copy else str(self.path)


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # two letters at least: one is a drive


def divided(given: Sequence[str]) -> tuple[list[Path], list[str]]:
    """What the operator named, as files and folders, and as addresses of the web."""
    addresses = [each for each in given if _ADDRESS.match(each)]
    return [Path(each) for each in given if each not in addresses], addresses


def files(paths: Iterable[Path]) -> Iterator[SourceFile | tuple[str, UnreadableFile]]:
    """Every file of the given files and folders, folders in order of name, hidden ones left out.

    What cannot be listed comes as its name and the reason.
    """
    for path in paths:
        if path.is_file():
            yield SourceFile(path.name, path.resolve(), _address(path))
        elif path.is_dir():
            root = path.resolve()
            found = sorted(file for file in root.rglob("*") if file.is_file())
            for file in found:
                relative = file.relative_to(root)
                if not any(part.startswith(".") for part in relative.parts):
                    yield SourceFile(relative.as_posix(), file, _address(file))
        else:
            yield str(path), UnreadableFile("missing", f"There is no file or folder {path}.")


def _address(path: Path) -> str | None:
    """The address of the page that a file holds, when a file .NAME.url beside it says so, as uploads do."""
    try:
        url = json.loads(path.with_name(f".{path.name}.url").read_bytes())
    except (OSError, ValueError):
        return None
    return url if isinstance(url, str) else None
