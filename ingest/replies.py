"""Parts a mail that answers another: what was asked, as it is quoted below the answer, and the answer."""

from __future__ import annotations

import re

from ingest.questions import asks
from knowledge.sentences import split_sentences

_QUOTED = re.compile(r"[ \t]*>(?![ \t]*>)[ \t]?(.*)")  # of the mail that is answered, and of none before it
_INTRODUCES = re.compile(
    r"(?:On\b.{6,160}|.{4,120}\d{4}.{4,120}|.{1,80})(?:wrote|writes)\s*:|.{0,40}\d{4}年\d{1,2}月\d{1,2}日.{0,120}[:：]"
    r"|-{2,} ?(?:Original Message|元のメッセージ|Forwarded message|転送メッセージ) ?-{2,}",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"-- ?")  # above a signature, by a convention older than the web
_OF_REPLIES = re.compile(r"(?:(?:re|aw|sv|fwd?|返信|転送)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def subject_of(line: str) -> str:
    """A subject without "Re:" and its like."""
    return _OF_REPLIES.sub("", line, count=1) if _OF_REPLIES.match(line) else line


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
