"""Reads the XML in which help desks export whole accounts, as the records that their JSON holds: Zendesk, Freshdesk."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ingest.files.archives import check_xml
from ingest.logs import helpdesks
from ingest.readers import json_lines
from ingest.texts.extracts import Extract
from knowledge.errors import UnreadableFile

# What Zendesk's XML calls otherwise than its JSON.
_ZENDESK = {"is_public": "public", "value": "body"}
_ZENDESK_STATES = {"0": "new", "1": "open", "2": "pending", "3": "solved", "4": "closed", "5": "deleted"}
DEEPEST = 30  # elements within one another


def read(data: bytes, name: str) -> Extract:
    """Read an export of tickets. Raises UnreadableFile for other XML, and for XML that is made to do harm."""
    check_xml(name, data)
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 (no entities get here)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableFile("damaged", f"It is not XML that we can read: {error}.") from error
    records = [(number, _ticket(record)) for number, record in enumerate(_records(root), 1)]
    if not any(helpdesks.recognised(record) for _, record in records):
        raise UnreadableFile(
            "unsupported",
            "Of XML only the tickets of a help desk's export are read (Zendesk, Freshdesk). Save it as .html, .csv or "
            ".json; a sitemap is read by its address.",
        )
    return json_lines.extract(records, name)


def _records(root: ElementTree.Element) -> list[Any]:
    """The elements below the outermost one, or that one alone where it is a record itself."""
    items = [_value(child, 1) for child in root]
    if items and all(isinstance(item, dict) for item in items):
        return items
    single = _value(root, 0)
    return [single] if isinstance(single, dict) else []


def _value(element: ElementTree.Element, depth: int) -> Any:
    """What an element holds: a text, a yes or no, a list where it says so or repeats one name, else named parts."""
    children = list(element) if depth < DEEPEST else []
    kind = element.get("type")
    if kind == "array" or (len(children) > 1 and len({child.tag for child in children}) == 1):
        return [_value(child, depth + 1) for child in children]
    if children:
        return {_name(child): _value(child, depth + 1) for child in children}
    text = (element.text or "").strip()
    return text == "true" if kind == "boolean" or text in ("true", "false") else text


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2].replace("-", "_")


def _ticket(record: dict[str, Any]) -> dict[str, Any]:
    """A record under the names that JSON has for its fields."""
    record = {
        name: [item for item in value if item] if isinstance(value, list) else value for name, value in record.items()
    }
    if "status_id" in record:
        record.setdefault("status", _ZENDESK_STATES.get(str(record["status_id"]), "open"))
    comments = record.get("comments")
    if isinstance(comments, dict):  # one alone, in a list that does not say that it is one
        comments = list(comments.values())
    if isinstance(comments, list):
        record["comments"] = [
            {_ZENDESK.get(name, name): value for name, value in comment.items()}
            if isinstance(comment, dict)
            else comment
            for comment in comments
        ]
    return record
