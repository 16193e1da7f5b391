"""
How a knowledge base lies on disk, and how it changes without ever being half-changed.

    DATA/CURRENT                     the name of the generation that serves
    DATA/generations/NAME/           immutable once it is named in CURRENT
        manifest.json                embedding model, counts, time, the SHA-256 of every other file, and its own
        documents.jsonl              one line a document
        passages.bin, .npy           one line a passage, packed in blocks, and where each block begins
        keys.npy, languages.npy      each passage's key in the lexical index, and the language it is read as
        groups.json, .npy,           what filters ask for: the kinds of passages, of which kind each is,
            validity.npy             and from which day to which it is valid
        dense-LANG.faiss,            the vectors of each language: four bits of each number, one more of every two, what
            shared-, ranges-LANG.npy all stand for, and
        coarse-LANG.faiss            a shorter form of them where they are very many
        priors.npy                   what pairs of a FAQ are worth before anything is asked, where there are many
        gauge.json                   what the cosines of an embedding model mean that is not built in
        lexical/                     the words
        asides.jsonl, .npy           passages that yield to others, with their vectors
    DATA/write.lock                  held by the one process that commits; the system frees it when that process dies
    DATA/ingest.lock                 held, in the same way, by the one process that reads and embeds for a commit

A commit writes a new folder, makes its bytes durable, and only then renames one small file over CURRENT: whatever
happens before that, the old generation serves. A reader keeps the generation that it opened.

Names sort by time. What is newer than the generation that serves was rolled back from, or belongs to a writer that died
before the last step: the next commit removes it. No two generations share a file, so that one bad spot on a disk spoils
one of them.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import filelock

from knowledge.errors import Busy, CannotWrite, DamagedIndex, NoKnowledge, Occupied, OtherFormat
from knowledge.files import sha256

FORMAT = 8  # raised also when manifests or documents gain a field: earlier versions know none but theirs
# 4 has the words of a passage once more, which are no longer asked for; 5 has texts packed without the primer; 6 has a
# fifth bit of each number of a vector, halves-LANG.npy; 7 has one of every two numbers, shared-LANG.npy.
READ = (4, 5, 6, 7, FORMAT)
KEEP = 3  # generations: the one that serves, the last to roll back to, and one that a slow reader may be opening
_CURRENT, _GENERATIONS, _MANIFEST, _UNFINISHED = "CURRENT", "generations", "manifest.json", ".unfinished-"
_TIME = "%Y%m%dT%H%M%S%f"  # how a name begins


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
        return (data / _CURRENT).read_bytes().decode("utf-8", "replace").strip() or None
    except FileNotFoundError:
        return None


def folder(data: Path, name: str) -> Path:
    """Where a generation lies."""
    return data / _GENERATIONS / name


def check(data: Path, name: str) -> Manifest:
    """Read a generation's manifest and compare every file with it. Raises DamagedIndex naming what differs.

    Raises OtherFormat where another version wrote it.
    """
    place = folder(data, name)
    try:
        fields = json.loads((place / _MANIFEST).read_text("utf-8"))
        _check_format(place, fields["format"])
        checksum = fields.pop("checksum", None)  # absent in generations written before there was one
        manifest = Manifest(**fields)
    except FileNotFoundError:
        raise DamagedIndex(f"{place / _MANIFEST} is missing. {_MEND}") from None
    except OSError as error:
        raise DamagedIndex(f"{place / _MANIFEST} cannot be read: {error.strerror}. {_MEND}") from None
    except (ValueError, TypeError, AttributeError, KeyError):
        raise DamagedIndex(f"{place / _MANIFEST} cannot be read. {_MEND}") from None
    if checksum is not None and checksum != _checksum(fields):
        raise DamagedIndex(f"{place / _MANIFEST} has changed since it was written. {_MEND}")
    for relative, expected in manifest.files.items():
        try:
            actual = sha256(place / relative)
        except OSError as error:
            raise DamagedIndex(f"{place / relative} cannot be read: {error.strerror}. {_MEND}") from None
        if actual != expected:
            raise DamagedIndex(f"{place / relative} has changed since it was written. {_MEND}")
    return manifest


def _check_format(place: Path, found: int) -> None:
    """Raises OtherFormat."""
    if found > FORMAT:
        raise OtherFormat(
            f"{place} was written by a later version of this program (format {found}; this version reads up to "
            f"{FORMAT}). Run the later version, or go back to the last generation that this one reads, without what "
            "has changed since: `madoguchi documents rollback`."
        )
    if found not in READ:
        raise OtherFormat(
            f"{place} was written by an early version of this program (format {found}; this version reads {READ[0]} to "
            f"{FORMAT}). Read everything that is to be kept again, beside the old: `madoguchi ingest --rebuild "
            "PATH...`. The earlier version still reads the old."
        )


_MEND = (
    "Go back to the generation before it with `madoguchi documents rollback`, or read everything again with "
    "`madoguchi ingest --rebuild PATH...`."
)


@contextlib.contextmanager
def writing(data: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the writer's lock. Raises Busy when another process holds it for longer than `wait_s` seconds.

    Raises CannotWrite where no lock can be made.
    """
    with _holding(data, "write.lock", wait_s, f"Another process is writing {data}."):
        yield


@contextlib.contextmanager
def ingesting(data: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Be the one that reads and embeds for this knowledge base, which may take hours; others may commit meanwhile.

    Raises Busy and CannotWrite as `writing` does.
    """
    with _holding(data, "ingest.lock", wait_s, f"Another process is ingesting into {data}."):
        yield


@contextlib.contextmanager
def _holding(data: Path, name: str, wait_s: float, busy: str) -> Iterator[None]:
    lock = filelock.FileLock(data / name)
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_s)
    except filelock.Timeout:
        raise Busy(f"{busy} Try again when it has finished.") from None
    except OSError as error:
        raise _cannot_write(data, current(data), error) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def new_generation(data: Path) -> Iterator[Path]:
    """A folder to write a generation into; on an error it is removed. The caller holds the writer's lock.

    The caller fills the folder and calls `publish` on it. Raises CannotWrite when the disk is full or fails.
    """
    generations = data / _GENERATIONS
    place = generations / f"{_UNFINISHED}{secrets.token_hex(4)}"
    before = current(data)
    try:
        generations.mkdir(parents=True, exist_ok=True)
        for leftover in generations.glob(f"{_UNFINISHED}*"):  # of a writer that was killed: the lock says it is gone
            shutil.rmtree(leftover)
        place.mkdir()
        yield place
    except OSError as error:
        raise _cannot_write(data, before, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)  # a failing disk may keep it: the next writer tries again


def room(data: Path) -> int:
    """The bytes that the next generation can have on the disk: what an unfinished one holds is removed before."""
    disk = shutil.disk_usage(data)
    unfinished = (data / _GENERATIONS).glob(f"{_UNFINISHED}*/**/*")
    return disk.total - disk.used + sum(path.stat().st_size for path in unfinished if path.is_file())


def _cannot_write(data: Path, before: str | None, error: OSError) -> CannotWrite:
    if current(data) == before:
        state = "Nothing has changed, and what served before goes on serving"
    else:
        state = "The new generation serves, but it may not survive a power cut"
    return CannotWrite(
        f"The index in {data} could not be written: {error.strerror or error}. {state}. "
        "Make room or mend the disk, then run the same command again."
    )


def publish(data: Path, place: Path, *, embedding: str, dimensions: int, documents: int, passages: int) -> Manifest:
    """Make a filled folder durable and let it serve; remove generations that are too old to keep."""
    before = served(data)
    now = _later_than(history(data))
    name = f"{now:{_TIME}}-{secrets.token_hex(4)}"
    files = {path.relative_to(place).as_posix(): path for path in sorted(place.rglob("*")) if path.is_file()}
    manifest = Manifest(
        name=name,
        format=FORMAT,
        created_at=now.isoformat(timespec="seconds"),
        embedding=embedding,
        dimensions=dimensions,
        documents=documents,
        passages=passages,
        files={relative: sha256(path) for relative, path in files.items()},
    )
    fields = asdict(manifest)
    (place / _MANIFEST).write_text(json.dumps(fields | {"checksum": _checksum(fields)}, indent=1), "utf-8")
    for path in place.rglob("*"):
        _make_durable(path)
    _make_durable(place)
    final = folder(data, name)
    place.rename(final)
    try:
        _make_durable(final.parent)
        point_to(data, name)
    except BaseException:
        if current(data) != name:
            _discard(data, name)
        raise
    for old in history(data):
        if old not in (name, *before[: KEEP - 1]):
            with contextlib.suppress(OSError):  # the commit stands; the next one removes what is left
                _discard(data, old)
    return manifest


def point_to(data: Path, name: str) -> None:
    """Let a generation serve from now on, by one atomic rename."""
    if not (folder(data, name) / _MANIFEST).exists():
        raise NoKnowledge(f"There is no generation {name} in {data}. `madoguchi documents generations` lists them.")
    fresh = data / f"{_CURRENT}.new"
    try:
        fresh.write_text(name + "\n", "utf-8")
        _make_durable(fresh)
        fresh.replace(data / _CURRENT)
    finally:
        fresh.unlink(missing_ok=True)
    _make_durable(data)


def roll_back(data: Path, name: str | None = None) -> Manifest:
    """Let the generation `name` serve, or else the newest sound one before the present. The caller holds the lock.

    It is checked first. Raises NoKnowledge when there is none, DamagedIndex when the one named is not sound, and
    CannotWrite.
    """
    before = current(data)
    if name is not None and name not in history(data):
        raise NoKnowledge(f"There is no generation {name} in {data}. `madoguchi documents generations` lists them.")
    for candidate in served(data) if name is None else [name]:
        if name is None and candidate == before:
            continue
        try:
            manifest = check(data, candidate)
        except DamagedIndex:
            if name is not None:
                raise
            continue
        try:
            point_to(data, candidate)
        except OSError as error:
            raise _cannot_write(data, before, error) from error
        return manifest
    raise NoKnowledge(f"{data} holds no sound generation from before the one that serves.")


def forget(data: Path) -> list[str]:
    """Remove every generation but the one that serves; returns their names. The caller holds the writer's lock."""
    serving = current(data)
    gone = [name for name in history(data) if name != serving]
    try:
        for name in gone:
            _discard(data, name)
    except OSError as error:
        raise CannotWrite(f"An old generation in {data} could not be removed: {error.strerror or error}.") from error
    return gone


def back_up(data: Path, target: Path) -> Manifest:
    """Copy the generation that serves to `target`, which is then a knowledge base of its own.

    The caller holds the writer's lock. Raises NoKnowledge, Occupied, CannotWrite, or DamagedIndex when what was read
    is not what was written.
    """
    name = current(data)
    if name is None:
        raise NoKnowledge(f"Nothing has been ingested into {data.absolute()} yet. Run: madoguchi ingest PATH")
    sound, copy = check(data, name), folder(target, name)
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise Occupied(f"{target} is not empty. Name a folder that is new.")
    except OSError as error:  # nothing is taken away where nothing was put
        raise CannotWrite(f"The backup {target} could not be written: {error.strerror or error}.") from error
    try:
        for relative in (_MANIFEST, *sound.files):
            (copy / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder(data, name) / relative, copy / relative)
        for path in (target / _GENERATIONS, *(target / _GENERATIONS).rglob("*")):
            _make_durable(path)
        manifest = check(target, name)
        point_to(target, name)
    except OSError as error:
        shutil.rmtree(target / _GENERATIONS, ignore_errors=True)  # so that the same folder can be named again
        raise CannotWrite(f"The backup {target} could not be written: {error.strerror or error}.") from error
    return manifest


def history(data: Path) -> list[str]:
    """The names of the finished generations, newest first."""
    try:
        names = [path.name for path in (data / _GENERATIONS).iterdir()]
    except FileNotFoundError:
        return []
    return sorted((name for name in names if not name.startswith(_UNFINISHED)), reverse=True)


def served(data: Path) -> list[str]:
    """The generation that serves and those before it, newest first; all when CURRENT names none of them."""
    names, serving = history(data), current(data)
    return names[names.index(serving) :] if serving in names else names


def _later_than(names: list[str]) -> datetime:
    """Now, or just after the newest generation where the clock was put back: names must sort as they were written."""
    now = datetime.now(UTC)
    with contextlib.suppress(ValueError, IndexError):  # there is none, or a person named it
        newest = datetime.strptime(names[0].partition("-")[0], _TIME).replace(tzinfo=UTC)
        return max(now, newest + timedelta(microseconds=1))
    return now


def _discard(data: Path, name: str) -> None:
    """Remove a generation so that nothing takes it for whole when this is interrupted."""
    doomed = data / _GENERATIONS / f"{_UNFINISHED}{secrets.token_hex(4)}"
    folder(data, name).rename(doomed)
    shutil.rmtree(doomed)


def _checksum(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
