"""What stands below a message: closing phrases, who signs, and a company's disclaimer."""

from __future__ import annotations

import re
from collections.abc import Collection

_DISCLAIMER = re.compile(  # below the mails of companies
    r"(?:e-?mail|message|communication|attachments?)\b.{0,80}\b(?:confidential|privileged|intended (?:only|solely))"
    r"|if you (?:are not the intended|have received this (?:e-?mail|message))|intended recipient"
    r"|(?:本|この)(?:メール|電子メール)[^。]{0,40}(?:機密|秘密|誤って|宛先以外)|誤って(?:受信|届い)[^。]{0,30}(?:破棄|削除)",
    re.IGNORECASE,
)
_OF_DISCLAIMERS = ("onfidential", "rivileged", "ntended", "if you have", "If you have", "メール", "誤って")
# "Kind regards," on a line of its own, and who signs: what follows in a few short lines.
_SIGNED = re.compile(
    r"\n[ \t]*(?:(?:kind|best|warm|many)(?:est)? )?(?:regards|wishes|sincerely(?: yours)?|cheers|(?:all the )?best|敬具"
    r"|yours (?:sincerely|faithfully|truly))(?:[,.]|, ?[^\n?.!]{1,40}\.?)?[ \t]*(?:\n[^\n]{0,90}){0,7}\s*$"
    r"|\n[ \t]*(?:many )?(?:thanks|thank you|thx)(?: again| so much| in advance)?[,.!]?[ \t]*(?:\n[^\n?]{0,50}){1,6}"
    r"\s*$",
    re.IGNORECASE,
)
# よろしくお願いいたします。 at the end of a line; below it somebody may sign: a shop and a name, in short lines.
_CLOSING_JA = re.compile(r"(?:よろ|宜)しくお?(?:願|ねが)い[^。\n]{0,10}[。！!]?[ \t\u3000]*$", re.MULTILINE)
_SIGNS_JA = re.compile(r"(?!.*[：:〒@。、0-9０-９]).{0,40}")
# Lines of a business signature. Where somebody can be reached tells of one only beside who it is: a number alone may be
# what the customer was told to call.
_REACHED = (
    r"(?:〒|(?:tel|fax|phone|電話|mail|e-?mail|メール|url|web|hp|受付時間|営業時間|住所)[ 　]*[:：.]"
    r"|(?:tel|fax|phone|電話)[ 　]*[\d０-９+(（].{0,40}$"
    r"|https?://\S+$|[\d０-９()（）+ ‐-―－-]{9,20}$|\S+@\S+$|\[[A-Z]+\]$)"
)
_WHO_SIGNS = (
    r"(?:[^。、はがをに]{1,20}(?:株式|有限|合同)会社[ 　][^。、]{1,20}$"
    r"|(?:担当(?:者)?|文責|署名)[ 　]*[:：]|(?:株式|有限|合同)会社[^。]*$|.{0,30}(?:株式|有限|合同)会社$"
    r"|[^。]{0,20}(?:カスタマーサポート|サポート(?:センター|係|窓口)|お客[様さ]ま?(?:センター|窓口|係))$"
    r"|(?:カスタマー)?サポート(?:担当)?[ \u3000]+[\u4e00-\u9fff]{1,6}$|(?:\[NAME\][ ,]*)+$"
    r"|[^.!?]{1,40} (?:K\.K|Inc|Ltd|LLC|GmbH)\.?$|[-=_*~─━―＝－＊]{2,}$)"
)
_SIGNATURE_LINE = re.compile(rf"{_REACHED}|{_WHO_SIGNS}", re.IGNORECASE)
_SIGNER = re.compile(_WHO_SIGNS, re.IGNORECASE)
# What says so of the lines that follow: where to send something, or whom to call, is part of the answer.
_LEADS_TO = re.compile(
    r"[:：]$|[先宛]|あて|(?<!その)[下次]の|以下|下記|こちら(?!こそ)|\b(?:address|addressed|below|following|send|ship|mail|return|call)\b",
    re.IGNORECASE,
)
# "Jonas", below a blank line at the end of what was said.
_NAME_BELOW = re.compile(
    r"(?<=[.!?)])[ \t]*\n[ \t]*\n[ \t]*(?:[-–—] ?)?[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]*\.?){0,2}[ \t]*$"
)
LONGEST_SIGNATURE, SHORT_LINE = 10, 60  # lines, and letters of each below a rule
SHORTEST_SAID = 12  # letters above a name that signs: less is a greeting
_ENDS = (".", "?", "!", ",", ":", "。", "？", "！", "、", "：")  # of a sentence, or of a greeting; no signature has it
_RULED = re.compile(r"[-=_*~─━―＝－＊]{4,}")


def is_disclaimer(text: str) -> bool:
    """Whether a line is of what companies write below their mails: confidential, not intended for others."""
    return any(word in text for word in _OF_DISCLAIMERS) and _DISCLAIMER.search(text) is not None


def said_by_customer(text: str) -> str:
    """What a customer said without what stands below it."""
    return _without_signers(_without_closing(text))


def said_by_agent(text: str) -> str:
    """What an agent said without what stands below it."""
    return _without_signers(_NAME_BELOW.sub("", _without_closing(_without_block(text)).rstrip()))


def without_name_below(text: str, people: Collection[str]) -> str:
    """What was said without the name of somebody whom the conversation's fields name, and the short lines below it."""
    signers = {_letters(name) for name in people} | {_letters(name.split()[0]) for name in people if name.strip()}
    lines = text.rstrip().splitlines()
    first = max(1, len(lines) - LONGEST_SIGNATURE)
    for at in range(len(lines) - 1, first - 1, -1):
        if len(lines[at]) >= SHORT_LINE or lines[at].rstrip().endswith(_ENDS):
            break
        above = "\n".join(lines[:at]).rstrip()
        if len(told := _letters(lines[at])) > 1 and told in signers and len(above) >= SHORTEST_SAID:
            return text if _LEADS_TO.search(above.rpartition("\n")[2]) else above
    return text


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).casefold()


def _without_closing(text: str) -> str:
    """What was said without the closing phrase, who signs below it, and a company's disclaimer."""
    lines = text.splitlines()
    while len(lines) > 1 and (not lines[-1].strip() or is_disclaimer(lines[-1])):
        lines.pop()
    return _SIGNED.sub("", "\n".join(lines))


def _without_block(text: str) -> str:
    """What an agent said without the block of company, name and telephone that ends each of their mails."""
    lines = text.rstrip().splitlines()
    closed = _RULED.fullmatch(lines[-1].strip()) is not None if len(lines) > 1 else False
    while len(lines) > 1 and (not lines[-1].strip() or _RULED.fullmatch(lines[-1].strip())):
        lines.pop()  # below the block stands a rule as well
    ruled = next((at for at in range(len(lines) - 1, 0, -1) if _RULED.fullmatch(lines[at].strip())), 0)
    below = [line.strip() for line in lines[ruled + 1 :] if line.strip()] if ruled else []
    if (
        0 < len(below) <= LONGEST_SIGNATURE
        and max(map(len, below)) < SHORT_LINE
        and any(map((_SIGNATURE_LINE if closed else _SIGNER).match, below))
    ):
        above = "\n".join(lines[:ruled])
        return text if _LEADS_TO.search(above.rstrip().rpartition("\n")[2]) else above
    begin = end = len(lines)
    signed = False
    while begin > max(1, end - LONGEST_SIGNATURE):
        line = lines[begin - 1].strip()
        if line and not _SIGNATURE_LINE.match(line):
            break
        signed = signed or bool(_SIGNER.match(line))
        begin -= 1
    said = "\n".join(lines[:begin])
    return said if signed and not _LEADS_TO.search(said.rstrip().rpartition("\n")[2]) else text


def _without_signers(text: str) -> str:
    """The same without the lines below a closing phrase in Japanese, where all of them say who signs."""
    for closing in _CLOSING_JA.finditer(text):
        below = [line.strip() for line in text[closing.end() :].splitlines() if line.strip()]
        if all(_SIGNATURE_LINE.match(line) or _SIGNS_JA.fullmatch(line) for line in below):
            return text if _LEADS_TO.search(text[: closing.start()]) else text[: closing.end()]
    return text
