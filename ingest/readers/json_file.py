"""Reads a JSON file: an array of the records that JSON Lines hold one a line, or an object around such an array."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.files.encodings import decode
from ingest.logs import helpdesks, table_logs
from ingest.readers import corpus, json_answers, json_lines
from ingest.readers.json_articles import articles, localized
from ingest.tables.columns import Columns, is_faq
from ingest.texts.extracts import Extract
from knowledge.errors import UnreadableFile

# What exports and APIs call the array, or what stands around it.
WRAPPERS = (
    "tickets",
    "conversations",
    "data",
    "payload",
    "results",
    "records",
    "items",
    "faqs",
    "faq",
    "pages",
    "value",
)
DEEPEST = 3  # wrappers within one another
PARTS = ("attributes", "fields", "node", "props", "pageprops")  # of a record, rather than groups of some
GROUP_NAMES = ("name", "title", "category", "カテゴリ", "分類")  # of questions, in a FAQ in groups


def read(data: bytes, name: str) -> Extract:
    """Read a file. Raises UnreadableFile when it is not JSON or holds no records that we know."""
    try:
        found = json.loads(decode(data).text)
    except RecursionError as error:
        raise UnreadableFile("damaged", "Its parts are nested without end.") from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and json_lines.is_one_a_line(data):
            return json_lines.read(data, name)
        hint = " If it has one object a line, name it .jsonl." if error.msg == "Extra data" else ""
        raise UnreadableFile(
            "damaged", f"It is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.{hint}"
        ) from error
    except ValueError as error:
        told = "A number in it has thousands of digits. Put it between quotation marks, or take it out."
        raise UnreadableFile("damaged", told) from error
    records = [
        (number, record)
        for number, item in enumerate(_array(_with_authors(found)), 1)
        if isinstance(item, dict)
        for record in localized(item)
    ]
    if json_answers.are_columns(found):
        records = list(enumerate(records_within(found), 1))
    first = [record for _, record in records[: json_lines.FIRST]]
    if not any(map(_is_known, first)):
        json_lines.refuse_what_lacks(first)
        records = list(enumerate(records_within(found) or json_answers.records(found), 1)) or records
    if not records:
        raise UnreadableFile(
            "not-this-format",
            f"It holds no array of records. Known around one are {', '.join(WRAPPERS)}. {json_lines.WRITE_IT}",
        )
    return json_lines.extract(records, name)


def _with_authors(found: Any) -> Any:
    """The tickets of a page of Zendesk's API with who wrote each comment, where the page lists the users, too."""
    users = found.get("users") if isinstance(found, dict) else None
    if not isinstance(users, list) or not isinstance(found.get("tickets"), list):
        return found
    known = {user["id"]: user for user in users if isinstance(user, dict) and isinstance(user.get("id"), int)}
    for ticket in found["tickets"]:
        comments = ticket.get("comments") if isinstance(ticket, dict) else None
        for comment in comments if isinstance(comments, list) else ():
            if isinstance(comment, dict) and comment.get("author_id") in known:
                comment.setdefault("author", known[comment["author_id"]])
    return found


def _array(found: Any) -> list[Any]:
    for _ in range(DEEPEST):
        if isinstance(found, list):
            break
        if (
            not isinstance(found, dict)
            or isinstance(found.get("turns"), list)
            or json_lines.has_messages(found)
            or ("id" in found and helpdesks.recognised(found))
        ):
            return [found]
        single = next((found[name] for name in json_lines.SINGLE if isinstance(found.get(name), dict)), None)
        if single is not None:
            return [{**{name: value for name, value in found.items() if name not in json_lines.SINGLE}, **single}]
        found = next((found[name] for name in WRAPPERS if isinstance(found.get(name), list | dict)), [found])
    return [json_lines.unwrapped(item) for item in found] if isinstance(found, list) else [found]


def _is_known(record: dict[str, Any]) -> bool:
    return (
        isinstance(record.get("turns"), list)
        or helpdesks.recognised(record) is not None
        or json_lines.has_messages(record)
        or corpus.is_corpus(record)
        or is_faq(list(record))
        or table_logs.are_messages(Columns(list(record)))
    )


def records_within(found: Any) -> list[dict[str, Any]]:
    """The questions with answers that lie anywhere in it, or the articles."""
    faq = [record for each in _faq_within(found, None) for record in localized(each)]
    return faq or [{**record, "id": record["id"] or number} for number, record in enumerate(articles(found), 1)]


def _faq_within(found: Any, group: str | None) -> Iterator[dict[str, Any]]:
    """The questions with answers of a FAQ in groups, however deep; a group's name is their category."""
    if isinstance(found, list):
        for item in found:
            yield from _faq_within(item, group)
    elif isinstance(found, dict):
        if is_faq(list(found)):
            for record in json_answers.in_rows(found):
                yield {"category": group, **record} if group else record
            return
        named = next((str(found[name]) for name in GROUP_NAMES if isinstance(found.get(name), str)), group)
        for name, item in found.items():
            if isinstance(item, list | dict):
                yield from _faq_within(item, named if named != group or name in (*WRAPPERS, *PARTS) else name)
