"""Which files there are to read, and what each is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read."""

    source: str  # what operators and customers see: relative to the folder that was given
    path: Path


def files(paths: Iterable[Path]) -> Iterator[SourceFile | tuple[str, UnreadableFile]]:
    """Every file of the given files and folders, folders in order of name, hidden ones left out.

    What cannot be listed comes as its name and the reason.
    """
    for path in paths:
        if path.is_file():
            yield SourceFile(path.name, path.resolve())
        elif path.is_dir():
            root = path.resolve()
            found = sorted(file for file in root.rglob("*") if file.is_file())
            for file in found:
                relative = file.relative_to(root)
                if not any(part.startswith(".") for part in relative.parts):
                    yield SourceFile(relative.as_posix(), file)
        elif "://" in str(path) or str(path).startswith(("http:/", "https:/")):
            message = "Addresses cannot be read yet: save the page as a file and ingest that."
            yield str(path), UnreadableFile("unsupported", message)
        else:
            yield str(path), UnreadableFile("missing", f"There is no file or folder {path}.")
