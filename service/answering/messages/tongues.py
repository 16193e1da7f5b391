"""Knows when a customer asks to be answered in the other language: "In English, please", "日本語で教えて"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge.language.languages import UNKNOWN, language
from service.answering.texts.typed import typed

LONGEST = 200  # characters: a longer message that names a language tells of something else

_NAMES = {"en": ("英語", "えいご", "english"), "ja": ("日本語", "にほんご", "japanese", "nihongo")}
_POLITE_JA = r"(?:ください|下さい|いただけますか|頂けますか|もらえますか|くれますか|ほしい(?:です)?)?"
_SAY_JA = rf"(?:教え|答え|回答し|説明し|返信し|案内し|話し|言っ|書い)て{_POLITE_JA}"
_MAY_JA = r"お?願い(?:し|いたし|致し)?(?:ます)?|(?:どうぞ|いい|大丈夫|可能|対応可能)(?:です)?か?"
_SAY_EN = r"(?:answer|reply|respond|speak|write|say (?:it|that)|explain|talk|tell me|translate (?:it|that|this)?)"


def _patterns(name: str) -> re.Pattern[str]:
    return re.compile(
        # "返品の方法を英語で教えてください", but "領収書を英語でお願いします" may well want a receipt
        rf"{name}で{_SAY_JA}[。.!?\s]*$|^{name}で?(?:{_MAY_JA})?[。.!?\s]*$"
        rf"|(?:^|[,.;?!]\s*|\s)(?:(?:can|could|would|will) you )?(?:please )?{_SAY_EN} (?:(?:to )?me )?"
        rf"(?:in(?:to)? )?{name}(?: please)?[.!?\s]*$"
        rf"|[,.;?!]\s*(?:and )?in {name},? please[.!?\s]*$|^(?:and )?(?:in )?{name},?(?: please)?[.!?\s]*$"
    )


_WISHES = {lang: _patterns(f"(?:{'|'.join(names)})") for lang, names in _NAMES.items()}


_OFFERS = re.compile(
    r"(?:英語|日本語|えいご|にほんご)で(?:も)?(?:話せ|話して|聞け|聞いて|質問して|質問でき|書いて|チャットでき|いい|よい|大丈夫|ok)"
    r"(?:ます|も)?(?:いい|よい|大丈夫)?(?:です)?か?[?。\s]*"
    r"|(?:is|would) (?:english|japanese) (?:be )?(?:ok|okay|fine|possible)[?.\s]*"
    r"|(?:can|may|could) (?:i|we) (?:ask|write|speak|talk|chat)(?: (?:to|with) you)?(?: in)? "
    r"(?:english|japanese)[?.\s]*"
)


def switches(message: str, before: str) -> bool:
    """Whether a customer who wrote in one language `before` asks, in the other, whether that one will do."""
    text = typed(message)
    lang = language(text)
    named = any(name in text for name in _NAMES.get(lang, ()))
    return named and language(before) not in (lang, UNKNOWN) and _OFFERS.fullmatch(text) is not None


@lru_cache(maxsize=2048)  # a conversation is looked through again with each of its questions
def wished_language(message: str) -> tuple[str, str] | None:
    """The language that a message asks to be answered in, and what else it says; None when it asks for none.

    "Do you have the manual in English?" asks for a manual, not for an answer. What else is said is in another language
    than the one asked for: one that is used already need not be asked for, and may belong to the question.
    """
    text = typed(message)
    if len(text) > LONGEST:
        return None
    for lang, pattern in _WISHES.items():
        named = any(name in text for name in _NAMES[lang])  # looked for first: hardly any message names a language
        if named and (found := pattern.search(text)):
            rest = (
                unicodedata.normalize("NFKC", message)
                .strip()[: found.start()]
                .strip(" 　、。,.;!！")
                .removesuffix("を")
            )
            return (lang, rest) if language(rest) != lang else None
    return None
