"""Reads a ZIP archive as the folder that it is: every member by the reader for its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath, PurePosixPath

from ingest import reading
from ingest.archives import opened
from ingest.combining import combined
from ingest.extracts import Extract, Section
from knowledge.errors import UnreadableFile

NESTED = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".jar")
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
    if member.lower().endswith(NESTED):
        raise UnreadableFile("unsupported", "Archives within archives are not read. Unpack it.")
    part = reading.read(data, PurePosixPath(member).name)
    return replace(part, sections=[_placed(section, member, part.title) for section in part.sections])


def _placed(section: Section, member: str, title: str) -> Section:
    """The section with the member's name in its place, and the member's title above its headings."""
    anchor = f"{member}#{section.anchor}" if section.anchor else member
    above = () if section.question or title in section.headings[:1] else (title,)
    return replace(section, anchor=anchor, headings=(*above, *section.headings))


def _is_hidden(member: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(member).parts)
