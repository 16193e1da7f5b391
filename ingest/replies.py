"""Parts a mail that answers another: what was asked, as it is quoted below the answer, and the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.questions import asks
from knowledge.sentences import split_sentences

_QUOTED = re.compile(r"[ \t]*>(?![ \t]*>)[ \t]?(.*)")  # of the mail that is answered, and of none before it
_INTRODUCES = re.compile(
    r"(?:On\b.{6,160}|.{4,120}\d{4}.{4,120}|.{1,80})(?:wrote|writes)\s*:|.{0,40}\d{4}年\d{1,2}月\d{1,2}日.{0,120}[:：]"
    r"|-{2,} ?(?:Original Message|元のメッセージ|Forwarded message|転送メッセージ) ?-{2,}",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,} ?(?:Original Message|元のメッセージ|Forwarded message|転送メッセージ) ?-{2,}|_{20,}", re.IGNORECASE
)
_FROM = re.compile(r"\*?(?:From|差出人|送信者)\*?\s*[:：]", re.IGNORECASE)
_HEAD = re.compile(r"\*?(?:Sent|Date|To|Cc|Subject|送信日時|日時|宛先|件名)\*?\s*[:：]", re.IGNORECASE)
_TYPE_ABOVE = re.compile(
    r"^\s*(?:##-|-{2,}).{0,60}(?:above this line|この行より上|より上に返信).{0,20}$", re.IGNORECASE
)
_MAY_QUOTE = re.compile(
    r"^[ \t]*[>＞]|-- ?(?:Original|元の|Forwarded|転送)|_{20}|above this|この行|より上に返信"
    r"|^\*?(?:From|差出人|送信者)",
    re.IGNORECASE | re.MULTILINE,
)
_DELIMITER = re.compile(r"-- ?")  # above a signature, by a convention older than the web
_OF_REPLIES = re.compile(r"(?:(?:re|aw|sv|fwd?|返信|転送)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def subject_of(line: str) -> str:
    """A subject without "Re:" and its like."""
    return _OF_REPLIES.sub("", line, count=1) if _OF_REPLIES.match(line) else line


def unquoted(text: str) -> str:
    """What somebody wrote themselves: without the mail that it answers, where that stands below."""
    if not _MAY_QUOTE.search(text):
        return text
    lines = [line for line in text.splitlines() if not _TYPE_ABOVE.search(line)]
    for number, line in enumerate(lines):
        below = lines[number + 1 :]
        introduces = _INTRODUCES.fullmatch(line.strip()) is not None
        if (
            _ORIGINAL.fullmatch(line.strip())
            or _is_head(lines[number : number + 6])
            or ((introduces or _QUOTED.match(line)) and below and all(map(_quoted_or_blank, below)))
        ):
            above = "\n".join(lines[:number]).strip()
            return above or text
    return "\n".join(lines)


def _quoted_or_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith((">", "＞"))


def _is_head(lines: Sequence[str]) -> bool:
    """Of a mail as Outlook quotes one: From, Sent, To, Subject, each on a line of its own."""
    return bool(_FROM.match(lines[0].strip())) and sum(bool(_HEAD.match(line.strip())) for line in lines[1:]) >= 2


def answered(text: str) -> tuple[str, str] | None:
    """What was asked and what was answered; None for a mail that is no answer.

    Only what is quoted below and asks something was a question: a customer's thanks above the counter's answer, or
    remarks between quoted lines, are left as they are.
    """
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if _QUOTED.match(line)), None)
    if first is None:
        return None
    if any(line.strip() and not line.lstrip().startswith(">") for line in lines[first:]):
        return None
    above = lines[:first]
    while above and (not above[-1].strip() or _INTRODUCES.fullmatch(above[-1].strip())):
        above.pop()
    end = next((number for number, line in enumerate(above) if _DELIMITER.fullmatch(line)), len(above))
    answer = "\n".join(above[:end]).strip()
    question = "\n".join(found[1] for line in lines[first:] if (found := _QUOTED.match(line))).strip()
    told = split_sentences(question)
    if not answer or not any(map(asks, told)) or all(map(asks, split_sentences(answer))):
        return None
    return question, answer
