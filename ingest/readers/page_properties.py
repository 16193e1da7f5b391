"""Takes out what Notion writes below a page's title when it exports one: the page's state, who wrote it and when.

Only what names such a thing by Notion's own words is taken for it; other lines beside it are the writer's.
"""

from __future__ import annotations

import re

from ingest.metadata.attributes import is_internal, meaning
from ingest.metadata.days import names_update

_HEAD = re.compile(r"\A\s*# [^\n]+\n\s*\n((?:[^\s:：#>|-][^:：\n]{0,40}[:：][^\n]*(?:\n|\Z))+)(?=\s*(?:\n|\Z))")
_LINE = re.compile(r"([^:：\n]+)[:：][ \t]*([^\n]*)")
_ALWAYS = re.compile(
    r"(?:created|last edited)(?: (?:time|by|at|date))?|最終(?:更新|編集)(?:日時|者)|作成(?:日時|者)", re.IGNORECASE
)
_STATE = re.compile(r"status|state|ステータス|状態", re.IGNORECASE)
_STATES = re.compile(
    r"not started|to ?do|in (?:progress|review)|review(?:ing|ed)?|drafts?|done|complete[d]?|published|archived?"
    r"|approved|live|backlog|未着手|進行中|作業中|対応中|レビュー中?|確認中|下書き|完了|公開(?:中|済み?)?|アーカイブ(?:済み?)?|承認済み?",
    re.IGNORECASE,
)
_BESIDE = re.compile(  # where one of those stands above or below
    r"owners?|assign(?:ed|ee)?(?: to)?|person|people|author|editor|reviewers?|verification|parent(?: item)?"
    r"|sub-items?|オーナー|担当者?|作成者|編集者|レビュアー|確認者|親アイテム|サブアイテム",
    re.IGNORECASE,
)


def taken_out(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A page without such lines below its title, and what they say."""
    head = _HEAD.match(text)
    if head is None:
        return text, []
    found = filter(None, map(_LINE.match, head[1].splitlines()))
    lines = [(line[0], line[1].strip(), line[2].strip()) for line in found]
    if not any(_is_of_page(name, value) for _, name, value in lines):
        return text, []
    said = [
        (name, value)
        for _, name, value in lines
        if _is_of_page(name, value) or _BESIDE.fullmatch(name) or meaning(name) or names_update(name)
    ]
    left = [line for line, name, value in lines if (name, value) not in said]
    return text[: head.start(1)] + "\n".join(left) + "\n" + text[head.end() :], said


def unfinished(said: list[tuple[str, str]]) -> str | None:
    """The state that says that a page is not for customers: a draft, or one that was put away."""
    return next((value for name, value in said if _STATE.fullmatch(name) and is_internal(value)), None)


def _is_of_page(name: str, value: str) -> bool:
    return bool(_ALWAYS.fullmatch(name) or (_STATE.fullmatch(name) and _STATES.fullmatch(value)))
