"""Finds what says of itself that it is for the company's own people: customers are not answered from that.

Only a mark that leaves no doubt counts: "Internal: …" or "(Internal)" in a title or a heading, or "社外秘" on a line of
its own: at the top, or in the head or the foot of most pages, for all of the document, further down for the rest of the
section that it stands in. An audience that the operator names, in the file or for the run, says more than any mark. A
table says it of its rows by a column such as 公開区分 (`ingest.metadata.attributes`), which says more than an audience.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.metadata.attributes import meaning
from ingest.texts.extracts import Extract, Section
from knowledge.passages import Attributes
from knowledge.staff import instructs_staff

_BETWEEN = re.compile(r"\s*[|｜/／–—・·•]\s*|\s{2,}|\s-\s|\u3000")
AUDIENCE = Attributes(audience=("staff",))
TOLD = "{} as internal: customers are not answered from that, as if its audience were staff."
SEVERAL, SHARE = 3, 0.2  # sections that speak to staff: so many, and such a share, and the operator is told
TOP, LINE = 3, 60  # lines of a document that are looked at for a mark, and characters of a line that is one

_JA = (
    r"社外秘|部外秘|(?:関係者|取扱|社内)(?:外秘|限り?|限定|専用|秘)|社内(?:用|向け)"
    r"|(?:オペレーター|スタッフ|職員|従業員)(?:専用|限定)"
)
_EN = (
    r"(?:for )?internal(?: use)?(?: only)?|(?:for )?(?:staff|agents?|employees?|operators?)(?: use)? only"
    r"|(?:company|strictly) confidential|not for customers"
)
_MARK = re.compile(
    rf"^\s*(?:{_EN}|{_JA})\s*[:：]"  # Internal: closing an account
    rf"|[(\[（【［]\s*(?:{_EN}|{_JA})\s*[)\]）】］]"  # Closing an account (Internal)
    rf"|^\s*(?:{_JA})(?=[\s　]|$)",  # 社外秘　解約の手順
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"\W*(?:{_JA}|(?:for )?internal use only|(?:for )?(?:staff|agents?|employees?|operators?)(?: use)? only"
    r"|(?:company|strictly) confidential|not for customers)\W*(?:資料|文書|document)?\W*",
    re.IGNORECASE,
)

# One of these is in whatever that finds; looking for them in all of a text first takes a small part of the time.
_WHO = ("staff", "agent", "agents", "employee", "employees", "operator", "operators")
_HINTS = ("confidential", "not for customers", "秘", "限", "専用", "社内")
_HINTS_ONLY = ("internal use only", *(f"{who}{use} only" for who in _WHO for use in ("", " use")))


def marked(extract: Extract) -> Extract:
    """The same text, what is marked as internal with an audience of its own, and a word about it to the operator."""
    if extract.attributes.audience or extract.kind == "log":
        return extract
    whole = bool(_MARK.search(extract.title)) or _begins_marked(extract) or any(map(_marks_pages, extract.beside))
    parted = list(extract.sections) if whole else [part for section in extract.sections for part in _parted(section)]
    sections = [_marked(section, whole) for section in parted]
    warnings = [] if whole else list(_read_like_instructions(extract))
    count = _for_staff(sections) - _for_staff(extract.sections)
    if not count:
        return replace(extract, warnings=[*extract.warnings, *warnings])
    what = "Marked" if count == len(sections) else f"{count} of its {len(sections)} sections are marked"
    warnings.append(TOLD.format(what))
    return replace(extract, sections=sections, warnings=[*extract.warnings, *warnings])


def tell_of_rows(extract: Extract, fields: Iterable[str]) -> None:
    """Say to the operator how many rows are for staff alone, where one of their fields tells who may see them."""
    count = _for_staff(extract.sections)
    if count and any(meaning(field) in ("visibility", "draft") for field in fields):
        what = "Marked" if count == len(extract.sections) else f"{count} of its {len(extract.sections)} rows are marked"
        extract.warnings.append(TOLD.format(what))


def tell_of_page(page: Extract, fields: Iterable[str]) -> None:
    """Say to the operator that a page is for staff alone, where one of its own fields (draft, visibility) says so."""
    if page.attributes.audience == AUDIENCE.audience and any(
        meaning(each) in ("visibility", "draft") for each in fields
    ):
        page.warnings.append(TOLD.format("Marked"))


def _for_staff(sections: Sequence[Section]) -> int:
    return sum(section.attributes.audience == AUDIENCE.audience for section in sections)


def marked_by_its_pages(part: Extract) -> Extract:
    """A file within another, all of it with an audience of its own where its pages carry the mark."""
    if part.attributes.audience or not any(map(_marks_pages, part.beside)):
        return part
    sections = [_marked(section, whole=True) for section in part.sections]
    return replace(part, sections=sections, warnings=[*part.warnings, TOLD.format("Marked")])


def _read_like_instructions(extract: Extract) -> Iterator[str]:
    if len(extract.sections) < SEVERAL:
        return
    count = sum(instructs_staff(section.text) for section in extract.sections)
    if count >= max(SEVERAL, SHARE * len(extract.sections)):
        yield (
            f"{count} of its {len(extract.sections)} sections tell staff what to do with a customer. If customers "
            "should not be answered from it, read it with --audience staff."
        )


def _parted(section: Section) -> Iterator[Section]:
    """A section before a line that marks what follows as internal, and from it on; whole where there is none."""
    small = section.text.lower()
    may = any(hint in small for hint in _HINTS) or (" only" in small and any(hint in small for hint in _HINTS_ONLY))
    if section.attributes.audience or not may:
        yield section
        return
    lines = section.text.split("\n")
    place = next((number for number, line in enumerate(lines) if _is_mark(line)), None)
    if place is None:
        yield section
        return
    if above := "\n".join(lines[:place]).strip():
        yield replace(section, text=above)
    if below := "\n".join(lines[place:]).strip():
        yield replace(section, text=below, attributes=replace(section.attributes, audience=AUDIENCE.audience))


def _marks_pages(line: str) -> bool:
    """Whether a running head says so, beside a title, a version or a page's number: "Handbook | Internal use only"."""
    return any(map(_is_mark, (line, *_BETWEEN.split(line), *line.split())))


def _is_mark(line: str) -> bool:
    return len(line) <= LINE and _ALONE.fullmatch(line.strip()) is not None


def _marked(section: Section, whole: bool) -> Section:
    if section.attributes.audience or not (whole or any(map(_MARK.search, section.headings))):
        return section
    return replace(section, attributes=replace(section.attributes, audience=AUDIENCE.audience))


def _begins_marked(extract: Extract) -> bool:
    first = extract.sections[0].text if extract.sections else ""
    return any(map(_is_mark, first.split("\n", TOP)[:TOP]))
