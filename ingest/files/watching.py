"""Follows files and folders: says when something in them has changed; the only file that knows watchfiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

from ingest.files.sources import absolute, is_passed_over, kind_of

QUIET_MS = 800  # without a change, before a round begins: a file that is being written changes many times
LONGEST_MS = 10_000  # until a round begins although changes go on coming
LOOK_EVERY_MS = 500  # between looks at what notices do not tell


def rounds(paths: Sequence[Path], data: Path) -> Iterator[set[Path]]:
    """The files that have changed, each time that some have and then rested; an empty set every half second else.

    What changes while the caller works comes in the next round. What is passed over when files are listed does not
    count here either, `data` being the folder of the knowledge base. A file that was named is
    followed through its folder, since editors replace files; a folder that is replaced is followed anew. Ctrl-C ends it
    with KeyboardInterrupt.
    """
    folders = [absolute(path) for path in paths if kind_of(path) == "folder"]
    files = {absolute(path) for path in paths} - set(folders)
    knowledge = absolute(data)
    watched = sorted({*folders, *(file.parent for file in files)})

    def counts(_: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        return path in files or any(
            folder in path.parents and not is_passed_over(path, folder, knowledge) for folder in folders
        )

    anew: set[Path] = set()
    while True:
        there = [folder for folder in watched if folder.is_dir()]
        identities = [_identity(folder) for folder in watched]
        for changes in watchfiles.watch(
            *there,
            watch_filter=counts,
            debounce=LONGEST_MS,
            step=QUIET_MS,
            rust_timeout=LOOK_EVERY_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            yield {Path(name) for _, name in changes} | anew
            anew = set()
            if [_identity(folder) for folder in watched] != identities:
                anew = set(watched)  # told when they are followed again, so that nothing falls between
                break


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
