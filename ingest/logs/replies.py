"""Parts a mail that answers another: what was asked, as it is quoted below the answer, and the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.texts.questions import asks
from knowledge.language.sentences import split_sentences

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
_WROTE = re.compile(r"On\b.{6,160}(?:wrote|writes)\s*:|.{0,40}\d{4}年\d{1,2}月\d{1,2}日.{0,80}<.{3,60}>\s*[:：]?")
_SENT_FROM = re.compile(
    r"(?:sent from my \w.{0,30}|get outlook for .{2,20}|(?:iphone|ipad|android).{0,6}から送信(?:されました)?)\.?",
    re.IGNORECASE,
)
_QUOTES = re.compile(  # the mail that is answered, as mail programs mark it up: whatever follows is of it, too
    r"<(?:div|blockquote|span)\b[^<>]*(?:class=[\"'][^\"']*(?:gmail_quote|freshdesk_quote|yahoo_quoted|moz-cite|zd-quote"
    r"|protonmail_quote)|type=[\"']?cite|id=[\"']?(?:divRplyFwdMsg|appendonsend|mail-editor-reference)).*",
    re.IGNORECASE | re.DOTALL,
)
FEWEST_LETTERS = 4  # of a topic; those of Japanese count twice
_LETTER = re.compile(r"[^\W\d_]")
_OF_ANY_MAIL = re.compile(
    r"\[[^\[\]]*\]|\b(?:questions?|quer(?:y|ies)|[ei]nquir(?:y|ies)|help|support|requests?|issues?|problems?|tickets?|case"
    r"|urgent|hello|hi|dear|(?:no )?subject|your|my|our|an?|the|about|from|for|info(?:rmation)?|contact|form|message"
    r"|(?:missed |inbound |outbound |phone )?calls?|voice ?mail|chat|conversation|with|web user|visitor"
    r"|mail|website|received?|thanks?|thank you|number|please|new)\b"
    r"|お?問い?合わ?せ|ご?(?:質問|相談|返信|回答|連絡)|(?:の|ご)?件|について|至急|ありがとうございま(?:す|した)|フォーム|ホームページ"
    r"|(?:不在)?着信|電話|通話|チャット"
    r"|(?:web)?サイト|番号|より|から|の|お?願い(?:します|いたします)?|件名なし|無題",
    re.IGNORECASE,
)
LONGEST_SIGNATURE = 12  # lines
_DELIMITER = re.compile(r"-- ?")  # above a signature, by a convention older than the web
_BETWEEN_MAILS = (_INTRODUCES, _ORIGINAL, _SENT_FROM)
_OF_REPLIES = re.compile(r"(?:(?:re|aw|sv|fwd?|返信|転送)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)


def subject_of(line: str) -> str:
    """A subject without "Re:" and its like."""
    return _OF_REPLIES.sub("", line, count=1) if _OF_REPLIES.match(line) else line


def tells_topic(subject: str) -> bool:
    """Whether a subject says what a mail is about: more than "Question" or the number of a ticket."""
    return (
        sum(1 + (not letter.isascii()) for letter in _LETTER.findall(_OF_ANY_MAIL.sub(" ", subject))) >= FEWEST_LETTERS
    )


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


def unsigned(text: str) -> str:
    """A mail's text without the signature below a line of two hyphens."""
    if "\n--" not in text:
        return text
    lines = text.splitlines()
    ends = (n for n, line in enumerate(lines) if n and _DELIMITER.fullmatch(line.strip()))
    return "\n".join(lines[: next((n for n in ends if _is_signature(lines[n + 1 :])), None)]).rstrip()


def without_device(text: str) -> str:
    """A message without the line that a telephone writes below it."""
    lines = text.splitlines()
    kept = [line for line in lines if not _SENT_FROM.fullmatch(line.strip())]
    return text if len(kept) == len(lines) else "\n".join(kept).rstrip()


def without_quotes(html: str) -> str:
    """A mail's HTML without the mail that it answers, where a mail program marks that."""
    return _QUOTES.sub("", html)


def without_machinery(text: str) -> str:
    """A mail's text without what mail programs write into it: who wrote when, heads of quoted mails, the signature."""
    lines = text.splitlines()
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if _DELIMITER.fullmatch(line) and _is_signature(lines[number + 1 :]):
            break
        if _is_head(lines[number : number + 6]):
            while number < len(lines) and lines[number].strip():
                number += 1
            continue
        if not _SENT_FROM.fullmatch(line) and not (_WROTE.fullmatch(line) or _ORIGINAL.fullmatch(line)):
            kept.append(lines[number])
        number += 1
    return "\n".join(kept)


def _is_signature(below: Sequence[str]) -> bool:
    filled = [line for line in below if line.strip()]
    return len(filled) <= LONGEST_SIGNATURE and not any(_QUOTED.match(line) for line in filled)


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
    lines = unsigned(text).splitlines()
    first = next((number for number, line in enumerate(lines) if _QUOTED.match(line)), None)
    head = next((number for number in range(1, len(lines)) if _is_head(lines[number : number + 6])), None)
    if head is not None and first is None:  # as Outlook quotes
        end = next((number for number in range(head, len(lines)) if not lines[number].strip()), len(lines))
        lines[head:] = [f"> {line}" for line in unquoted("\n".join(lines[end:])).splitlines()]
        first = head if head < len(lines) else None
    if first is None:
        return None
    if any(line.strip() and not line.lstrip().startswith(">") for line in lines[first:]):
        return None
    above = lines[:first]
    while above and (not above[-1].strip() or any(each.fullmatch(above[-1].strip()) for each in _BETWEEN_MAILS)):
        above.pop()
    end = next((number for number, line in enumerate(above) if _DELIMITER.fullmatch(line)), len(above))
    answer = "\n".join(above[:end]).strip()
    question = "\n".join(found[1] for line in lines[first:] if (found := _QUOTED.match(line))).strip()
    told = split_sentences(question)
    if not answer or not any(map(asks, told)) or all(map(asks, split_sentences(answer))):
        return None
    return question, answer
