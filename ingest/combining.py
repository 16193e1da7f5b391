"""Makes one text of several that come in one file: the sheets of a workbook, the members of an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ingest.extracts import Extract


def combined(title: str, parts: Iterable[tuple[str, Extract]]) -> Extract:
    """The sections of all (name, text) parts, each of the kind and language that its part has; warnings name the part.

    The kind of the whole is that of most sections.
    """
    result = Extract(title, "document", [])
    kinds: Counter[str] = Counter()
    redacted: Counter[str] = Counter()
    for name, part in parts:
        result.warnings += [f"{name}: {warning}" for warning in part.warnings]
        redacted.update(part.redacted)
        for section in part.sections:
            kind = section.kind or part.kind
            kinds[kind] += 1
            result.sections.append(replace(section, kind=kind, lang=section.lang or part.lang))
    for kind in ("log", "faq", "document"):
        if kinds[kind] * 2 > kinds.total():
            result.kind = kind
    result.sections = [replace(each, kind=None) if each.kind == result.kind else each for each in result.sections]
    result.redacted = dict(redacted)
    return result
