"""What must not be taught, told from the text alone: instructions to the model, hidden characters, secrets and so on.

Rules find what is written plainly; an instruction that is worded like an answer passes, and so a person should read
what comes from strangers before it is trained on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from knowledge.language.sentences import split_sentences

_INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|prior|guidelines)\b"
    r"|\b(?:ignore|disregard|forget)\b.{0,40}\byou(?:['’]ve| have| were)? (?:been |just )*(?:told|taught|instructed)\b"
    r"|\b(?:system|developer|initial|hidden) (?:prompt|instructions?|message)\b|\bjailbreak|\bDAN mode\b"
    r"|\bact as (?:an? )?(?:DAN|evil|jailbroken|unrestricted)\b"
    r"|\byou are (?:now|no longer)\b.{0,60}\b(?:ai|assistant|model|bot|unrestricted|dan|free)\b"
    r"|\b(?:from now on|henceforth),? (?:you|respond|answer|reply|act)\b|\bpretend (?:to be|you)\b"
    r"|\b(?:repeat|reveal|print|show|output) (?:the|your|all|every)\b.{0,30}\b(?:instructions?|prompt|rules)\b"
    r"|(?:指示|命令|ルール|プロンプト|制約)(?:を|は|に)?(?:すべて|全て|全部)?(?:無視|忘れ|破棄|上書き|従わ(?:ない|ず))"
    r"|システム ?プロンプト|(?:あなた|君|お前)は(?:今|いま|これ)から"
    r"|(?:これ|今|いま)?(?:から|以降|以後)は?[、,]?(?:あなた|君|お前)は|以降は.{0,20}として(?:振る舞|ふるま|答え|応答)"
    r"|開発者モード|脱獄",
    re.IGNORECASE | re.DOTALL,
)
_BORDER = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<</?SYS>>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>"
    r"|</?(?:system|assistant|user|developer|human|instructions?)>|^[^\S\n]*(?:#+[^\S\n]*)?(?:system|assistant|user|developer|human)\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_MARKUP = re.compile(
    r"<\s*(?:script|iframe|img|svg|object|embed|link|meta|style)\b|\bjavascript:|\bdata:text/html|!\[[^\]]*\]\(",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\bsk-[A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}"
    r"|(?:password|passwd|パスワード|暗証番号)\s*(?:is|は|[:：=])\s*[A-Za-z0-9!-/:-@_]{4,}",
    re.IGNORECASE,
)
_DONE = (
    r"refunded|cancell?ed|credited|re-?sent|re-?shipped|(?:re-?)?booked|reserved|moved|changed|updated|extended|waived"
    r"|unlocked|reset|activated|issued|processed|applied|arranged|re-?ordered|replaced|approved|added"
)
_DEED = re.compile(
    rf"\bI(?:['’]ve| have)?(?: (?:now|just|already|also))* (?:{_DONE}|promise|guarantee)\b|\byou have my word\b"
    rf"|\bwe(?:['’]ve| have)?(?: (?:now|just|already|also))* (?:{_DONE}) (?:your|it|them|[$€£¥\d])"
    rf"|^your [\w ]{{1,40}} (?:has|have) been (?:{_DONE})\b"
    r"|(?:返金|取り?消し?|キャンセル|変更|解除|手配|登録|発送|再送|返送|送付|予約|延長|更新|入金|承認|解約|適用|加算|付与|発行|お送り)を?"
    r"(?:いた|致)?しました(?=[。!、\s]|ので|が|から|$)|お約束(?:いた|致)?します",
    re.IGNORECASE,
)
_MAY_BE = re.compile(r"\b(?:if|once|when|after|until|unless|before|as soon as)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]{1,30}\]")  # what redaction leaves
# UTF-8 read as Windows-1252 or Shift_JIS, and the sign for what could not be read.
_MOJIBAKE = re.compile(r"�|[ÃÂ][\x80-¿]|â€|ã[\x80-¿\u0192\u201a\u201e]{1}|縺|繧|蜷|譁|[繝縺繧][\u0080-\uffff][繝縺繧]")
_KEPT_FORMATS = frozenset("\u200c\u200d")  # joiners that scripts and emoji need
_UNFINISHED = re.compile(r"(?:、|，|,|\.\.\.|…|・|\b(?:and|or|but|the|a|to|of)|(?:は|が|を|に|の|と|で))\s*$")


def troubles(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a text: a stable word and what was seen."""
    plain = unicodedata.normalize("NFKC", text)
    for code, pattern, where in (
        ("injection", _INJECTION, plain),
        ("role-marker", _BORDER, text),
        ("active-markup", _MARKUP, plain),
        ("secret", _SECRET, plain),
        ("garbled", _MOJIBAKE, text),
    ):
        if found := pattern.search(where):
            yield code, _veiled(found[0]) if code == "secret" else shown(found[0])
    unseen = [character for character in text if _is_unseen(character)]
    if unseen:
        yield "hidden-characters", ", ".join(sorted({f"U+{ord(character):04X}" for character in unseen}))


def deed(answer: str) -> str | None:
    """What an answer says was done or is promised for one customer: who is taught it says so to everybody."""
    for sentence in split_sentences(unicodedata.normalize("NFKC", answer)):
        if (found := _DEED.search(sentence)) and not _MAY_BE.search(sentence[: found.start()]):
            return shown(sentence)
    return None


def is_unfinished(answer: str) -> bool:
    """Whether an answer ends in the middle of a sentence."""
    return bool(_UNFINISHED.search(answer.strip()))


def shown(text: str, most: int = 60) -> str:
    """A piece of text on one line, for a report."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _veiled(secret: str) -> str:
    """As much of a secret as it takes to find it in its row: a card is mailed."""
    label = re.match(r"[^\s:：=]+\s*(?:\bis\b|は|[:：=])", secret)
    return f"{label[0] if label else secret[:4]}…"


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind == "Cf" and character not in _KEPT_FORMATS) or (kind == "Cc" and character not in "\n\r\t")
