"""Makes one text of several that come in one file: the sheets of a workbook, an archive, a mail with attachments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ingest.metadata.attributes import over
from ingest.metadata.internal import marked_by_its_pages
from ingest.texts.extracts import Extract, Section


def combined(title: str, parts: Iterable[tuple[str, Extract]]) -> Extract:
    """The sections of all (name, text) parts; warnings name the part.

    Each is of the kind and the language of its part, for whom that is and of its day, where it does not say otherwise.
    The kind of the whole is that of most sections.
    """
    result = Extract(title, "document", [])
    kinds: Counter[str] = Counter()
    redacted: Counter[str] = Counter()
    for name, each in parts:
        part = marked_by_its_pages(each)
        result.warnings += [f"{name}: {warning}" for warning in part.warnings]
        redacted.update(part.redacted)
        for section in part.sections:
            kind = section.kind or part.kind
            kinds[kind] += 1
            result.sections.append(
                replace(
                    section,
                    kind=kind,
                    lang=section.lang or part.lang,
                    attributes=over(section.attributes, part.attributes),
                    updated=section.updated or part.updated,
                )
            )
    for kind in ("log", "faq", "document"):
        if kinds[kind] * 2 > kinds.total():
            result.kind = kind
    result.sections = [replace(each, kind=None) if each.kind == result.kind else each for each in result.sections]
    result.redacted = dict(redacted)
    return result


def placed(part: Extract, name: str) -> Extract:
    """A text that lies in another file: its name there stands in each place, and its title above the headings."""
    return replace(part, sections=[_placed(section, name, part.title) for section in part.sections])


def _placed(section: Section, name: str, title: str) -> Section:
    anchor = f"{name}#{section.anchor}" if section.anchor else name
    above = () if section.question or title in section.headings[:1] else (title,)
    return replace(section, anchor=anchor, headings=(*above, *section.headings))
