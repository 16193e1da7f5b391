"""What of a message is read: all of an ordinary one, and of a long one what a search can use."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.language.languages import language
from knowledge.language.sentences import split_sentences

FOLLOW_UP = {"ja": 80, "en": 240}  # characters: a longer message says what it is about
LONG = {"ja": 150, "en": 450}  # characters, some 100 tokens: a longer message is read in parts
EMBEDDED = {"ja": 260, "en": 800}  # characters of a message that is no prose that its vector stands for
MESSAGE = 4000  # characters: of longer messages the middle is not read
PART = {"ja": 100, "en": 300}  # characters of a part that a long message is looked for by
PROSE = 2  # times a part: what goes on for longer without an end is no sentence


def embedded(question: str) -> list[str]:
    """What of a question `search` asks the embedder for."""
    question = readable(question)
    lang = language(question)
    return parts(said_once(question, lang), lang)


def is_short(question: str, lang: str) -> bool:
    """Whether a question may lean on what was asked before, and ask for no more than a line of a passage."""
    return len(question) <= at_most(FOLLOW_UP, lang)


def readable(text: str) -> str:
    """A message without the middle of a very long one, and without what no index can hold."""
    if len(text) > MESSAGE:
        text = f"{text[: MESSAGE // 2]}\n{text[-MESSAGE // 2 :]}"
    return text.encode("utf-8", "replace").decode()  # JSON may hold half a surrogate pair; no index does


def said_once(text: str, lang: str) -> str:
    """A long message without the sentences that it says again."""
    if len(text) <= at_most(LONG, lang):
        return text
    return "\n".join(dict.fromkeys(split_sentences(text, lang)))  # forwarded mails say all of it twice


def at_most(characters: Mapping[str, int], lang: str) -> int:
    """How many characters hold for a language; the least where it is not named."""
    return characters.get(lang, min(characters.values()))


def ends(text: str, lang: str) -> str:
    """What is embedded: all of a message of ordinary length, else how it begins and how it ends."""
    half = at_most(EMBEDDED, lang) // 2
    return text if len(text) <= 2 * half else f"{text[:half]}\n{text[-half:]}"


def parts(text: str, lang: str) -> list[str]:
    """What is embedded of a message: all of one of ordinary length, else parts of some neighbouring sentences each.

    Not much longer a message, and all of it is one part more. Of one without any sentence, the beginning and the end.
    """
    if len(text) <= at_most(LONG, lang):
        return [text]
    size, found = at_most(PART, lang), [""]
    for sentence in split_sentences(text, lang):
        if len(sentence) > PROSE * size:
            continue
        if found[-1] and len(found[-1]) + len(sentence) > size:
            found.append("")
        found[-1] += f"{sentence} "
    if len(found) > 1 and len(found[-1]) < size // 10:
        found.pop()
    found = [part.rstrip() for part in found if part]
    # One vector tells what a letter is about as long as it holds all of it.
    if found and len(text) <= at_most(EMBEDDED, lang):
        found = list(dict.fromkeys((*found, text)))
    return found or [ends(text, lang)]
