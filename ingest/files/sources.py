"""Which files there are to read, and what each is called."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Literal

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
        return self.url if self.url and self.is_copy else shown(self.path)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """What was given, or stands in a folder, and is no file that can be read."""

    source: str
    path: Path
    error: UnreadableFile


# Hidden files; the owner's marks of Microsoft Office beside open documents; what Windows keeps of a folder's looks.
_CLUTTER = re.compile(r"\.|~\$|(?:thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # two letters at least: one is a drive


def divided(given: Sequence[str]) -> tuple[list[Path], list[str]]:
    """What the operator named, as files and folders, and as addresses of the web."""
    addresses = [each for each in given if _ADDRESS.match(each)]
    return [Path(each) for each in given if each not in addresses], addresses


def files(paths: Iterable[Path], data: Path) -> Iterator[SourceFile | Unlisted]:
    """Every file of the given files and folders, folders in order of name; what is passed over is left out.

    `data` is the folder of the knowledge base. What is there and cannot be looked at is told: a folder that may not be
    listed, a link that leads nowhere or to a folder elsewhere.
    """
    for path in paths:
        match kind_of(path):
            case "file":
                yield SourceFile(shown(path.name), absolute(path), _address(path))
            case "folder":
                yield from _within(path, absolute(data))
            case "other":
                yield Unlisted(
                    shown(path), absolute(path), UnreadableFile("unsupported", "It is not a file or folder.")
                )
            case UnreadableFile() as reason:
                yield Unlisted(shown(path), absolute(path), reason)


def as_stored(
    listed: Sequence[SourceFile | Unlisted], stored: Sequence[tuple[str | None, str]]
) -> list[SourceFile | Unlisted]:
    """The files under the names that they are stored by, as (origin, source), whatever folder above them was given.

    Where another file of this run is called so, or a file is new, it has the name from the highest folder given.
    """
    known = set(stored)
    names = dict(reversed(stored))
    own: dict[str, str] = {}
    for item in listed:
        if isinstance(item, SourceFile):
            own[item.origin] = max(own.get(item.origin, ""), item.source, key=len)
    taken = set(own.values())
    for origin, source in own.items():
        if origin in names and (origin, source) not in known and names[origin] not in taken:
            own[origin] = names[origin]
    return [replace(item, source=own[item.origin]) if isinstance(item, SourceFile) else item for item in listed]


def is_passed_over(path: Path, root: Path, data: Path) -> bool:
    """Whether a file or folder in `root` is none of the operator's documents.

    Hidden ones, what office programs and systems leave behind, and the knowledge base itself where it is kept in there.
    """
    return any(_CLUTTER.match(part) for part in path.relative_to(root).parts) or (
        root in data.parents and (path == data or data in path.parents)
    )


def absolute(path: Path) -> Path:
    """The path without links; one that is a loop of links stays one."""
    return Path(os.path.realpath(path))


def shown(path: Path | str) -> str:
    """A name as text. One that is not UTF-8 comes from another system, most likely from a Japanese Windows."""
    name = str(path)
    return name if name.isprintable() else "/".join(map(_shown, os.fsencode(name).split(b"/")))


def kind_of(path: Path) -> Literal["file", "folder", "other"] | UnreadableFile:
    """What stands at a path, links being followed; why that cannot be told."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno in _NOWHERE and path.is_symlink():
            message = f"It is a link to {shown(path.readlink())}, which leads nowhere. Mend the link, or remove it."
            return UnreadableFile("link", message)
        if error.errno not in _NOWHERE:
            return UnreadableFile("unreadable", f"It cannot be looked at: {error.strerror}.")
        return UnreadableFile("missing", f"There is no file or folder {shown(path.absolute())}.")
    return "file" if S_ISREG(mode) else "folder" if S_ISDIR(mode) else "other"


def _shown(part: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        try:
            return part.decode(encoding)
        except UnicodeDecodeError:
            continue
    return part.decode("utf-8", "backslashreplace")


def _within(given: Path, data: Path) -> Iterator[SourceFile | Unlisted]:
    root = absolute(given)
    refused: list[OSError] = []
    found: list[Path] = []
    for folder, names, others in os.walk(root, onerror=refused.append):
        here = Path(folder)
        names[:] = [name for name in names if not is_passed_over(here / name, root, data)]
        found += (here / name for name in names if (here / name).is_symlink())  # os.walk does not go into those
        found += (here / name for name in others if not is_passed_over(here / name, root, data))
    for error in refused:
        message = f"The folder cannot be listed: {error.strerror}. Let the user who ingests read it."
        path = Path(error.filename)
        yield Unlisted(_source(path, root) or shown(given), path, UnreadableFile("unreadable", message))
    for path in sorted(found):
        match kind_of(path):
            case "file":
                yield SourceFile(_source(path, root), path, _address(path))
            case "folder":
                if not _is_read_anyway(absolute(path), root, data):
                    message = (
                        f"It is a link to a folder, which is not followed. Ingest that too: {shown(absolute(path))}"
                    )
                    yield Unlisted(_source(path, root), path, UnreadableFile("link", message))
            case UnreadableFile() as reason:
                yield Unlisted(_source(path, root), path, reason)


def _is_read_anyway(target: Path, root: Path, data: Path) -> bool:
    return target == root or (root in target.parents and not is_passed_over(target, root, data))


def _source(path: Path, root: Path) -> str:
    """What a file is called; nothing for the root itself."""
    return "" if path == root else shown(path.relative_to(root).as_posix())


def _address(path: Path) -> str | None:
    """The address of the page that a file holds, when a file .NAME.url beside it says so, as uploads do."""
    try:
        url = json.loads(path.with_name(f".{path.name}.url").read_bytes())
    except (OSError, ValueError):
        return None
    return url if isinstance(url, str) else None
