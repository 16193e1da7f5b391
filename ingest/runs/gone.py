"""Documents whose files are gone from the files and folders that were given: which are removed, and what is told.

What may be back tomorrow, or is there and cannot be looked at, takes no document with it: a folder that is away or has
nothing in it at all, as where a disk is not mounted; a folder that may not be listed; a link that leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ingest.files.sources import SourceFile, Unlisted, absolute, kind_of, shown
from knowledge.passages import Document

TOLD = 3  # names of files that are gone


def gone(
    known: Iterable[Document], paths: Sequence[Path], listed: Sequence[SourceFile | Unlisted]
) -> Iterator[tuple[Path, list[Document]]]:
    """Of documents that were not seen, those whose files are gone, by the path that was given for them."""
    named = {Path(shown(path)): path for path in map(absolute, paths)}
    folders = {name for name, path in named.items() if kind_of(path) == "folder"}
    unlisted = (item for item in listed if isinstance(item, Unlisted) and item.error.reason != "missing")
    unseen = {Path(shown(item.path)) for item in unlisted}
    found: dict[Path, list[Document]] = {}
    for document in known:
        origin = Path(document.origin)
        above = (origin, *origin.parents)
        given = next((place for place in above if place in folders or place == origin in named), None)
        if given is not None and unseen.isdisjoint(above):
            found.setdefault(named[given], []).append(document)
    yield from found.items()


def is_emptied(path: Path) -> bool:
    """Whether a path is a folder with nothing in it."""
    return kind_of(path) == "folder" and not any(path.iterdir())


def still_known(documents: Sequence[Document], kept: bool) -> str:
    """Says that documents are answered from although their files are gone; `kept` against the operator's order."""
    names = ", ".join(document.source for document in documents[:TOLD])
    if more := documents[TOLD:]:
        names += f" and {len(more)} more"
    if kept:
        return (
            f"It is empty, as it would be with its disk not mounted: what was read from it earlier was kept ({names}). "
            "If that is to go: madoguchi documents remove NAME..."
        )
    return f"Gone from it, but still answered from: {names}. With --prune they are removed."
