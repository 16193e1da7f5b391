"""Reads a ZIP archive as the folder that it is: every member by the reader for its name, archives in it too."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath

from ingest.files.archives import opened
from ingest.readers import reading
from ingest.readers.combining import combined, placed
from ingest.texts.extracts import Extract
from knowledge.errors import UnreadableFile

PACKED = (".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".jar")
MOST_TOLD = 20  # members that could not be read, one by one


def read(data: bytes, name: str) -> Extract:
    """Read an archive. Members that cannot be read are told in warnings; raises UnreadableFile when none can."""
    archive = opened(data)
    parts: list[tuple[str, Extract]] = []
    refused: list[tuple[str, UnreadableFile]] = []
    letters = 0
    for member in archive.names:
        if _is_hidden(member):
            continue
        try:
            part = _member(archive.read(member), member)
        except UnreadableFile as error:
            refused.append((member, error))
            continue
        letters += sum(len(section.text) for section in part.sections)
        if letters > reading.MOST_CORPUS:
            raise UnreadableFile(
                "too-large", f"Its files hold more than {reading.MOST_CORPUS:,} characters of text. Split it."
            )
        parts.append((member, part))
    told = [f"{member} was left out: {error}" for member, error in refused[:MOST_TOLD]]
    if len(refused) > MOST_TOLD:
        told.append(f"{len(refused) - MOST_TOLD} more files were left out. Unpack the archive to see why.")
    if not parts:
        if not refused:
            raise UnreadableFile("no-text", "The archive is empty.")
        raise UnreadableFile(refused[0][1].reason, "None of its files could be read. " + " ".join(told[:3]))
    result = combined(PurePath(name).stem, parts)
    result.warnings = told + result.warnings
    return result


def _member(data: bytes, member: str) -> Extract:
    if member.lower().endswith(PACKED):
        raise UnreadableFile("unsupported", "Of archives only ZIP is read. Unpack it.")
    return placed(reading.read(data, PurePosixPath(member).name), member)


def _is_hidden(member: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(member).parts)
