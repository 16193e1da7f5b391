"""Tells the questions of a message that asks several."""

from __future__ import annotations

import re
from itertools import chain

from knowledge.language.sentences import split_sentences

FEWEST, MOST = 2, 4  # questions; a message with more is a letter, and looked for as one
_WISHES_JA = "ください|下さい|もらえます|いただけます|です|んです(?:が|けど)?"
_ASKS_JA = rf"か[よね]?|(?:教えて|おしえて|知りたい|しりたい)(?:{_WISHES_JA})*か?"
_AUX = "can|could|do|does|did|is|are|will|would|may|should"
_NOBODY = "(?!(?:i|you|we|they|he|she|it|the|my|your)\\b)"  # "When I opened it" asks nothing
_WHO = "i|you|we|they|it|there|the|my|your|this|that|these|those|an?|any(?:one|body)?|some(?:one|body)"
_ASKS = re.compile(
    rf"(?:[?？]|{_ASKS_JA})[\s。.!！」』）)]*$"
    rf"|^(?:how|when|where|what|which|who|whose|why)(?: {_NOBODY}\w+){{0,2}}? (?:{_AUX})\b|^how (?:much|many|long|to)\b"
    rf"|^(?:{_AUX}) (?:{_WHO})\b(?!.*\bplease\b)|^tell me\b|^i(?:'d| would) (?:also )?like to know\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:(?:and|also|so|then|plus)\b[, ]*|(?:あと|それと|それから|また|ちなみに)[、, ]*)+", re.IGNORECASE
)
_ENDS = re.compile(r"(?<=[?？])\s+(?=\w)")  # who types small letters alone begins no sentence with another
# Between two questions in one sentence: "How do I pay, and when does it arrive?", 使えますか、あと硬度は？
_AND = re.compile(
    r",? and (?:also )?(?=(?:how|when|where|what|which|who|can|could|do|does|is|are|will)\b)"
    r"|(?<=[すた]か)[、,]\s*(?:あと|それと|それから|また)?[、,]?",
    re.IGNORECASE,
)
# Two things of which the same is asked: 送料と返品について教えて, "Tell me about shipping costs and returns."
_NOUN_JA = (  # 送料, 支払い方法, 払い戻し
    r"[\u4e00-\u9fff々ァ-ヴーA-Za-z0-9]+(?:[いえきけげしせちびみりれわ][\u4e00-\u9fff々]+)?[いきしちみり]?"
)
_THING_JA = rf"{_NOUN_JA}(?:の{_NOUN_JA})?"
_BOTH_JA = re.compile(
    rf"({_THING_JA})(?:と|や|および|及び|ならびに)({_THING_JA})"
    r"((?:について|に関して|のこと)[^。、]{0,20}|(?:は|を|が)?(?:教えて|知りたい)[^。、]{0,12}|は?[?？。]?)"
)
_THING_EN = r"(?:[\w'-]+ ){0,3}[\w'-]+"
_BOTH_EN = re.compile(
    r"((?:(?:please|hi|hello),? )*"
    r"(?:(?:(?:can|could) you (?:please )?tell me|tell me|(?:i want|i(?:'d| would) like) to know) (?:more )?about"
    r"|(?:what|how) about|(?:i have (?:a )?questions?|information|info|details) (?:about|on|regarding)"
    rf"|what(?: are|'s| is)) (?:your |the )?)({_THING_EN}) and (?:about |your |the )*({_THING_EN})([.?!]*)",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"違|比べ|比較|どちら|どっち|両方|一緒|同時|の間|\b(?:differ\w*|compar\w*|between|both|together)\b", re.IGNORECASE
)


def asked_apart(message: str) -> list[str]:
    """The questions of a message that asks several, each with what is told before it; none of one that asks one."""
    found: list[str] = []
    told = ""
    for sentence in chain.from_iterable(map(_ENDS.split, split_sentences(message))):
        if not (_ASKS.search(asked := _GOES_ON.sub("", sentence)) or _BOTH_JA.fullmatch(sentence)):
            told += f"{sentence} "
            continue
        first, *others = [part for half in _AND.split(asked) if half.strip() for part in _both(half)] or [asked]
        found += [f"{told}{first}", *others]
        told = ""
    return found if FEWEST <= len(found) <= MOST else []


def _both(question: str) -> list[str]:
    """A question about two things as one about each."""
    text = question.strip()
    if _COMPARES.search(text):
        return [question]
    if both := _BOTH_JA.fullmatch(text):
        return [f"{both[1]}{both[3]}", f"{both[2]}{both[3]}"]
    if both := _BOTH_EN.fullmatch(text):
        return [f"{both[1]}{both[2]}{both[4]}", f"{both[1]}{both[3]}{both[4]}"]
    return [question]
