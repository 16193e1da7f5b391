"""The parts of a presentation's archive: their XML without namespaces, and what each of them refers to.

Office writes two sets of namespaces ("strict" is the other one) under the same names.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element, fromstring

from ingest.files.archives import Archive

REFERENCE = "r:"  # stands before the names of attributes that have a namespace: `r:id` refers to another part


def plain(xml: bytes) -> Element:
    """XML without namespaces."""
    root = fromstring(xml)  # noqa: S314 (what defines entities does not get here)
    for element in root.iter():
        element.tag = _local(element.tag)
        for key in [key for key in element.attrib if key.startswith("{")]:
            element.attrib[REFERENCE + _local(key)] = element.attrib.pop(key)
    return root


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one presentation."""

    archive: Archive

    def presentation(self) -> str | None:
        """The name of the part that lists the slides."""
        return next((name for kind, name in self.related("").values() if kind == "officeDocument"), None)

    def read(self, name: str) -> Element:
        """A part's XML."""
        return plain(self.archive.read(name))

    def read_any(self, name: str | None) -> Element:
        """A part's XML; an empty element where there is none."""
        return self.read(name) if name is not None and name in self.archive.names else Element("none")

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to within the archive, by its references: the kind and the name of each part."""
        folder, file = posixpath.split(name)
        place = posixpath.join(folder, "_rels", f"{file}.rels")
        if place not in self.archive.names:
            return {}
        return {
            one.get("Id", ""): (
                one.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            )
            for one in self.read(place)
            if one.get("TargetMode") != "External"
        }

    def first(self, name: str, kind: str) -> str | None:
        """The part of a kind that a part refers to."""
        return next((other for of, other in self.related(name).values() if of == kind), None)


def children(parent: Element, *path: str) -> Iterator[Element]:
    """The elements right below (or below the first of each name on the way), as newer versions of Office see them."""
    for name in path:
        found = next((child for child in children(parent) if child.tag == name), None)
        if found is None:
            return
        parent = found
    waiting = list(parent)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag == "AlternateContent":
            choice = element.find("Choice")
            waiting += list(choice)[::-1] if choice is not None else []
        else:
            yield element


@lru_cache(maxsize=1024)
def _local(name: str) -> str:
    return name.rpartition("}")[2]
