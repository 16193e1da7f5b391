"""
How a knowledge base lies on disk, and how it changes without ever being half-changed.

    DATA/CURRENT                     the name of the generation that serves
    DATA/generations/NAME/           immutable once it is named in CURRENT
        manifest.json                embedding model, counts, time, and the SHA-256 of every other file
        documents.jsonl              one line a document
        passages.jsonl               one line a passage, in the order of the vectors
        offsets.npy, keys.npy,       where each line begins; each passage's key in the lexical index,
            languages.npy            and its language
        dense.faiss, lexical/        the two indexes
    DATA/write.lock                  held by the one process that writes; the system frees it when that process dies

A commit writes a new folder, makes its bytes durable, and only then renames one small file over CURRENT: whatever
happens before that, the old generation serves. A reader keeps the generation that it opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from knowledge.errors import Busy, DamagedIndex, NoKnowledge

FORMAT = 1
KEEP = 3  # generations: the one that serves, the last to roll back to, and one that a slow reader may be opening
_CURRENT, _GENERATIONS, _MANIFEST, _UNFINISHED = "CURRENT", "generations", "manifest.json", ".unfinished-"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    name: str
    format: int
    created_at: str  # ISO 8601, UTC
    embedding: str  # the model's fingerprint
    dimensions: int
    documents: int
    passages: int
    files: dict[str, str]  # relative path to SHA-256, for every file but the manifest


def current(data: Path) -> str | None:
    """The name of the generation that serves; None when nothing has been committed yet."""
    try:
        return (data / _CURRENT).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def folder(data: Path, name: str) -> Path:
    """Where a generation lies."""
    return data / _GENERATIONS / name


def check(data: Path, name: str) -> Manifest:
    """Read a generation's manifest and compare every file with it. Raises DamagedIndex naming what differs."""
    place = folder(data, name)
    try:
        fields = json.loads((place / _MANIFEST).read_text("utf-8"))
        manifest = Manifest(**fields)
    except FileNotFoundError:
        raise DamagedIndex(f"{place / _MANIFEST} is missing. {_MEND}") from None
    except (ValueError, TypeError):
        raise DamagedIndex(f"{place / _MANIFEST} cannot be read. {_MEND}") from None
    if manifest.format != FORMAT:
        raise DamagedIndex(f"{place} is of format {manifest.format}; this version reads {FORMAT}. {_MEND}")
    for relative, expected in manifest.files.items():
        try:
            actual = _sha256(place / relative)
        except OSError as error:
            raise DamagedIndex(f"{place / relative} cannot be read: {error.strerror}. {_MEND}") from None
        if actual != expected:
            raise DamagedIndex(f"{place / relative} has changed since it was written. {_MEND}")
    return manifest


_MEND = "Roll back by writing the name of an older generation into CURRENT, or ingest the documents again."


@contextlib.contextmanager
def writing(data: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the writer's lock. Raises Busy when another process holds it for longer than `wait_s` seconds."""
    data.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(data / "write.lock")
    try:
        lock.acquire(timeout=wait_s)
    except filelock.Timeout:
        raise Busy(f"Another process is writing {data}. Try again when it has finished.") from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def new_generation(data: Path) -> Iterator[Path]:
    """A folder to write a generation into; on an error it is removed. The caller holds the writer's lock.

    The caller fills the folder and calls `publish` on it.
    """
    generations = data / _GENERATIONS
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.glob(f"{_UNFINISHED}*"):  # of a writer that was killed: the lock says it is gone
        shutil.rmtree(leftover)
    place = generations / f"{_UNFINISHED}{secrets.token_hex(4)}"
    place.mkdir()
    try:
        yield place
    finally:
        if place.exists():
            shutil.rmtree(place)


def publish(data: Path, place: Path, *, embedding: str, dimensions: int, documents: int, passages: int) -> Manifest:
    """Make a filled folder durable and let it serve; remove generations that are too old to keep."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    files = {path.relative_to(place).as_posix(): path for path in sorted(place.rglob("*")) if path.is_file()}
    manifest = Manifest(
        name=name,
        format=FORMAT,
        created_at=now.isoformat(timespec="seconds"),
        embedding=embedding,
        dimensions=dimensions,
        documents=documents,
        passages=passages,
        files={relative: _sha256(path) for relative, path in files.items()},
    )
    (place / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
    for path in place.rglob("*"):
        _make_durable(path)
    _make_durable(place)
    final = folder(data, name)
    place.rename(final)
    _make_durable(final.parent)
    point_to(data, name)
    for old in history(data)[KEEP:]:
        if old != name:
            shutil.rmtree(folder(data, old))
    return manifest


def point_to(data: Path, name: str) -> None:
    """Let a generation serve from now on, by one atomic rename."""
    if not (folder(data, name) / _MANIFEST).exists():
        raise NoKnowledge(f"There is no generation {name} in {data}.")
    fresh = data / f"{_CURRENT}.new"
    fresh.write_text(name + "\n", "utf-8")
    _make_durable(fresh)
    fresh.replace(data / _CURRENT)
    _make_durable(data)


def history(data: Path) -> list[str]:
    """The names of the finished generations, newest first."""
    try:
        names = [path.name for path in (data / _GENERATIONS).iterdir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if not name.startswith(_UNFINISHED)), reverse=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
