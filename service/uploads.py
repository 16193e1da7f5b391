"""Keeps what clients send to be ingested: DATA/uploads/COLLECTION/NAME, so that it can be read again for a rebuild."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import BinaryIO

from knowledge.errors import CannotWrite
from knowledge.files import replacing

FOLDER = "uploads"
LONGEST = 180  # bytes of a name: file systems take 255, and a hidden companion's name is longer
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+')


def safe_name(name: str) -> str:
    """A file's name without folders, control characters and what a system or a person could take for something else.

    Empty when nothing is left. The same name always gives the same; its ending stays.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()))[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .")
    if len(cleaned.encode()) <= LONGEST:
        return cleaned
    stem, dot, ending = cleaned.rpartition(".")
    if len(ending.encode()) > 10:
        stem, dot, ending = cleaned, "", ""
    mark = "-" + hashlib.sha256(cleaned.encode()).hexdigest()[:8] + dot + ending
    return stem.encode()[: LONGEST - len(mark.encode())].decode("utf-8", "ignore") + mark


class Uploads:
    """The folder of what was sent."""

    def __init__(self, data: Path) -> None:
        self._folder = data.resolve() / FOLDER

    def place(self, name: str, collection: str) -> Path:
        """Where a file of this safe name lies."""
        plain = _PLAIN.fullmatch(collection)
        within = collection if plain else hashlib.sha256(collection.encode()).hexdigest()[:16]
        return self._folder / within / name

    def save(self, place: Path, content: BinaryIO, url: str | None = None) -> None:
        """Write a file whole, in place of one of the same name. Raises CannotWrite."""
        address = _address(place)
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(place) as file:
                shutil.copyfileobj(content, file)
                file.flush()  # what does not fit on the disk changes no address
                if url is None:
                    address.unlink(missing_ok=True)
                else:
                    address.write_text(json.dumps(url), "utf-8")
        except OSError as error:
            raise CannotWrite(f"{place.parent} cannot be written: {error.strerror or error}.") from error

    def discard(self, origin: str) -> None:
        """Remove the file that a document was read from, if it was sent here. Raises CannotWrite."""
        path = Path(origin)
        if self._folder in path.parents and ".." not in path.parts:
            try:
                path.unlink(missing_ok=True)
                _address(path).unlink(missing_ok=True)
            except OSError as error:
                raise CannotWrite(f"{path} cannot be removed: {error.strerror or error}.") from error


def _address(place: Path) -> Path:
    """Where `ingest.files.sources` finds the address of a file's page."""
    return place.with_name(f".{place.name}.url")
