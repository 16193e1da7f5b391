"""Reads a Markdown page: rendered to HTML and read as that, so that headings, tables and questions mean the same."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.files.encodings import decode
from ingest.metadata import days
from ingest.metadata.attributes import attributes, over
from ingest.metadata.internal import AUDIENCE, tell_of_page
from ingest.readers import page_properties
from ingest.readers.html import check_size, page
from ingest.texts.extracts import Extract
from ingest.texts.questions import is_marked_answer, is_marked_question

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^(title|lang|language)[ \t]*:[ \t]*(\S.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^([^\s:#-][^:\n]*):[ \t]*(.*(?:\n[ \t]*-[ \t]+.*)*)", re.MULTILINE)
_ITEM = re.compile(r"(?:^|\n)[ \t]*-[ \t]+")
_NAMED = re.compile(r"\{[ \t]*#([^\s{}]+)[ \t]*\}[ \t]*$")
_ALERT = re.compile(r"\A\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")  # as GitHub marks a box of advice
# The line above a box: of MkDocs, of Docusaurus, VitePress and others.
_BOX = re.compile(r"^(!!!|\?\?\?\+?|:{3,})[ \t]*([A-Za-z]+)[ \t]*(.*)$", re.MULTILINE)
_LABELLED = re.compile(r"(?!https?:)[^\s:：][^:：\n]{0,30}(?::(?=[ \t])|：)[ \t]*\S")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?:[\s/][^<>]*)?>|<!--(?:.*?-->|.*)", re.DOTALL)
# Other words in angle brackets are what a writer wants the reader to fill in: <your name>.
_ELEMENTS_OF_TEXT = (
    "a abbr b blockquote br code dd del details div dl dt em figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li "
    "mark ol p pre q section s small span strong sub summary sup table tbody td th thead tr u ul script article "
    "main nav aside header footer video iframe caption style"
)
_ELEMENTS = frozenset(_ELEMENTS_OF_TEXT.split())


def read(data: bytes, name: str) -> Extract:
    """Read a page; YAML at its top is left out, but for the title, the language and whom it is for and when."""
    check_size(data)
    text = decode(data).text
    fields: dict[str, str] = {}
    said: list[tuple[str, str]] = []
    if front := _FRONT_MATTER.match(text):
        fields = {key: value.strip().strip("\"'") for key, value in _FIELD.findall(front.group(1))}
        said = [(key, _ITEM.sub("\n", value)) for key, value in _ENTRY.findall(front.group(1))]
        text = text[front.end() :]
    else:
        text, said = page_properties.taken_out(text)
    text = _with_boxes_quoted(text) if _BOX.search(text) else text
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    _name_headings(tokens)
    _keep_placeholders(tokens)
    _name_alerts(tokens)
    _begin_answers_anew(tokens)
    _keep_lines_of_labels(tokens)
    result = page(str(parser.renderer.render(tokens, parser.options, {})), PurePath(name).name, fields.get("title"))
    declared = fields.get("lang") or fields.get("language")
    result.lang = re.split(r"[-_]", declared.lower())[0] if declared else result.lang
    result.attributes = over(attributes(said, result.warnings), result.attributes)
    tell_of_page(result, (name for name, _ in said))
    if not front and (state := page_properties.unfinished(said)):
        result.attributes = replace(result.attributes, audience=AUDIENCE.audience)
        result.warnings.append(f"Its status is {state}: customers are not answered from it, as if it were for staff.")
    bare = [(key, value.strip("\"'")) for key, value in said]
    result.updated = days.told(bare, result.lang) or result.updated
    written = next((value for key, value in bare if key.strip().lower() == "date"), None)
    return days.dated(result, days.day_of(written, result.lang))


def _with_boxes_quoted(text: str) -> str:
    """A text with the boxes of advice that site builders know as quotations: "!!! note" and ":::tip"."""
    kept: list[str] = []
    fence = ""  # of the code that is open
    begun: tuple[str, str] | None = None  # the signs of the open box, and its label until something is said in it
    for line in text.split("\n"):
        if marks := _FENCE.match(line):
            fence = "" if fence and marks[1].startswith(fence) else fence or marks[1]
        if begun is not None and not fence:
            is_indented = begun[0] != ":::"
            if line.strip().startswith(":::") if not is_indented else line.strip() and line[:1] not in (" ", "\t"):
                begun = None
                kept.append("")
                if not is_indented:
                    continue
        if begun is None and not fence and (found := _BOX.match(line)):
            label = found[3].strip("\"'[]{} ") or found[2].capitalize()
            begun = ("!!!" if found[1][0] in "!?" else ":::"), f"{label}: "
            kept.append("")
        elif begun is not None:
            said = line.removeprefix("    ") if begun[0] == "!!!" else line
            kept.append(f"> {begun[1] if said.strip() else ''}{said}")
            begun = begun if not said.strip() else (begun[0], "")
        else:
            kept.append(line)
    return "\n".join(kept)


def _name_headings(tokens: list[Token]) -> None:
    """Give every heading the name that `{#name}` says, or in reserve the one that GitHub would link it by."""
    taken: Counter[str] = Counter()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or not inline.children:
            continue
        last = inline.children[-1]
        named = _NAMED.search(last.content) if last.type == "text" else None
        if named:
            opening.attrSet("id", named.group(1))
            last.content = last.content[: named.start()].rstrip(" \t")
        words = "".join(child.content for child in inline.children if child.type in ("text", "code_inline"))
        slug = _NOT_IN_SLUG.sub("", words.strip().lower()).replace(" ", "-")
        opening.attrSet("data-slug", f"{slug}-{taken[slug]}" if taken[slug] else slug)
        taken[slug] += 1


def _name_alerts(tokens: list[Token]) -> None:
    """Write "[!NOTE]" at the beginning of a quotation as the word that it stands for."""
    for quoted, inner in zip(tokens, tokens[2:], strict=False):
        first = inner.children[0] if quoted.type == "blockquote_open" and inner.children else None
        if first is not None and first.type == "text":
            first.content = _ALERT.sub(lambda found: f"{found[1].capitalize()}: ", first.content, count=1)


def _begin_answers_anew(tokens: list[Token]) -> None:
    """Let each "Q: …" and "A: …" that begins a line of a paragraph begin one of the text, too."""
    for token in tokens:
        for ending, beginning in pairwise(token.children or ()):
            words = beginning.content if beginning.type == "text" else ""
            if ending.type == "softbreak" and (is_marked_answer(words) or is_marked_question(words)):
                ending.type, ending.tag = "hardbreak", "br"


def _keep_lines_of_labels(tokens: list[Token]) -> None:
    """Let lines stay apart where each of a paragraph begins with a label: "Phone: …" above "Hours: …"."""
    for token in tokens:
        children = token.children or []
        if not any(child.type == "softbreak" for child in children):
            continue
        lines = "".join("\n" if child.type == "softbreak" else child.content for child in children).split("\n")
        if all(map(_LABELLED.match, lines)):
            for child in children:
                if child.type == "softbreak":
                    child.type, child.tag = "hardbreak", "br"


def _keep_placeholders(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type == "html_block":
            token.content = _TAG.sub(_known_or_text, token.content)
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = _TAG.sub(_known_or_text, child.content)


def _known_or_text(tag: re.Match[str]) -> str:
    name = tag.group(1)
    if name is not None and name.lower() == "aside":  # a box of advice, as Notion writes one: no page's furniture
        return re.sub(r"(?i)(?<=[</])aside", "div", tag.group(), count=1)
    return tag.group() if name is None or name.lower() in _ELEMENTS else html.escape(tag.group())
