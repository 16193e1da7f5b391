"""A profile: how the counter of one kind of business speaks, what it must not do, and its words for things.

A profile is a TOML file; `service/profiles/` holds those that are shipped. docs/profiles.md describes every field.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from knowledge.errors import ConfigError
from service.answering.texts.typed import typed
from service.answers import Reason
from service.levels import Level, Wish, wish
from service.written import Part, Pattern, complaints, holds

FOLDER = Path(__file__).parent / "profiles"
STANDARD = "standard"
_SENTENCE = re.compile(r"[。!?\n]+|\.\s")


class Texts(Part):
    """What the counter says of its own, in one language."""

    refusal: str = Field(min_length=1)
    handoff: str = Field(min_length=1)
    failed: str = Field(min_length=1)  # after questions back that led nowhere
    clarify: str = Field(min_length=1)  # what is it about?
    clarify_between: str = Field(min_length=1)  # {options} stands for what it may be about
    greeting: str = Field(min_length=1)
    thanks: str = Field(min_length=1)  # to thanks and goodbyes
    introduction: str = Field(min_length=1)  # to who asks who answers here, and what can be asked
    doubtful: str = Field(min_length=1)  # before a quotation that may not be what was asked for
    other_language: str = Field(min_length=1)  # before a quotation in the other language
    procedure: str = Field(min_length=1)  # before a quotation that tells staff what to do
    beside: str = Field(min_length=1)  # after a quotation, before what else may have been meant
    own_affairs: str = Field(min_length=1)  # before a quotation, where something of the customer's own is asked for
    own_handoff: str = Field(min_length=1)  # the same, where there is nothing to quote
    upset: str = Field(min_length=1)  # before a quotation, to who has lost patience
    left_open: str = Field(min_length=1)  # after quotations for other questions; {question} stands for it
    near: str = Field(min_length=1)  # after a refusal, before what comes near to the question
    asked_again: str = Field(min_length=1)  # before a quotation, to who doubts the last answer or asks where it stands
    closing: str = ""  # after every answer that cites something
    level_changed: str = ""  # when a learner's level was changed
    level_quoted: str = ""  # before a quotation, where a learner wants it put otherwise

    @field_validator("clarify_between", "left_open")
    @classmethod
    def _has_place(cls, value: str, field: ValidationInfo) -> str:
        place = "{options}" if field.field_name == "clarify_between" else "{question}"
        if value.count(place) != 1:
            raise ValueError(f"must hold {place} once")
        return value


class BothTexts(Part):
    """The same in both languages."""

    ja: Texts
    en: Texts


class Term(Part):
    """A word of the trade, with what customers call it."""

    term: str = Field(min_length=1)
    synonyms: tuple[str, ...] = Field(min_length=1)
    meaning: str = ""


class Reply(Part):
    """What is answered at once, without a search, when a message holds one of these phrases."""

    when: tuple[Pattern, ...] = Field(min_length=1)
    unless: tuple[Pattern, ...] = ()
    outcome: Literal["refused", "handoff"]
    reason: Reason
    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def fits(self, text: str) -> bool:
        """Whether a text holds one of its phrases, and none of those that speak against it."""
        return holds(self.when, text) and not holds(self.unless, text)


def spoken(lang: str) -> str:
    """The language of the counter's own words, to who speaks this one."""
    return "ja" if lang == "ja" else "en"


class Profile(Part):
    """All of one profile."""

    persona: str = Field(min_length=1)
    tone: str = Field(min_length=1)
    rules: tuple[str, ...] = ()
    prompt: str = ""  # further words to the model, after the rules
    cite_everything: bool = False  # a sentence without a citation is not let through
    never_say: tuple[Pattern, ...] = ()  # what no model may write, unless a passage says it in these words
    texts: BothTexts
    glossary: tuple[Term, ...] = ()
    replies_from: tuple[
        Literal["crisis", "emergency"], ...
    ] = ()  # files of profiles/replies/: their replies come first
    replies: tuple[Reply, ...] = ()
    levels: tuple[Level, ...] = ()
    level: str | None = None  # the one to begin with

    @model_validator(mode="after")
    def _levels_agree(self) -> Profile:
        names = [level.name for level in self.levels]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"levels: {twice!r} is named twice")
        if self.level and self.level not in names:
            raise ValueError(f"level: there is no level {self.level!r} among [[levels]]")
        return self

    def says(self, lang: str) -> Texts:
        """The texts for a language: Japanese, or English for all others."""
        return self.texts.ja if spoken(lang) == "ja" else self.texts.en

    @property
    def ready(self) -> tuple[Reply, ...]:
        """All replies: those shared with other profiles first."""
        return (*chain.from_iterable(map(_replies_of, self.replies_from)), *self.replies)

    def reply_to(self, message: str) -> Reply | None:
        """What is to be answered at once.

        What speaks against a reply counts in its own sentence only: "What is angina? My chest hurts" asks for no word.
        """
        text = typed(message)
        parts = [text, *_SENTENCE.split(text)]
        for reply in self.ready:
            if holds(reply.when, text) and any(reply.fits(part) for part in parts):
                return reply
        return None

    def level_wished(self, message: str) -> Wish | None:
        """The level that a message asks for, and what else the message says."""
        return wish(self.levels, message)

    def only_wishes_level(self, message: str) -> bool:
        """Whether a message asks for a level, and for nothing else."""
        wished = self.level_wished(message)
        return wished is not None and not wished.question

    def instruction(self, level: str | None) -> str:
        """What the model is told of a learner's level."""
        return next((one.instruction for one in self.levels if one.name == (level or self.level)), "")

    def synonyms(self, text: str) -> list[str]:
        """Other words for the terms that a text uses, so that a search finds them too."""
        found: list[str] = []
        for entry in self._entries(text):
            found += [word for word in (entry.term, *entry.synonyms) if _plain(word) not in _plain(text)]
        return list(dict.fromkeys(found))

    def explained(self, text: str) -> list[str]:
        """The glossary's lines for the terms that a text uses, for the model."""
        return [
            f"{entry.term} = {', '.join(entry.synonyms)}{f': {entry.meaning}' if entry.meaning else ''}"
            for entry in self._entries(text)
        ]

    def _entries(self, text: str) -> Iterator[Term]:
        plain = _plain(text)
        for entry in self.glossary:
            if any(_stands(_plain(word), plain) for word in (entry.term, *entry.synonyms)):
                yield entry


def load_profile(name: str) -> Profile:
    """A shipped profile by its name, or one's own by the path of its file.

    Raises ConfigError naming the file, and the line or the field that is wrong.
    """
    file = FOLDER / f"{name}.toml" if re.fullmatch(r"[a-z][a-z-]*", name) else Path(name)
    try:
        text = file.read_text("utf-8-sig")  # Windows' editor begins files with a mark
        values = tomllib.loads(text)
    except OSError:
        shipped = ", ".join(sorted(one.stem for one in FOLDER.glob("*.toml")))
        raise ConfigError(
            f"MADOGUCHI_PROFILE is {name}, but there is no such profile. There are {shipped}, or give the path of a "
            "file of your own. Example: MADOGUCHI_PROFILE=retail"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not written in UTF-8. Save it once more with that encoding.") from None
    except tomllib.TOMLDecodeError as error:
        hint = " Write patterns between single quotes: '\\d+'." if "Unescaped" in str(error) else ""
        raise ConfigError(f"{file} is no TOML: {error}.{hint}") from None
    try:
        return Profile.model_validate(_with_texts(values, name))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{file}: {line}" for line in complaints(Profile, error))) from None


@cache
def _replies_of(name: str) -> tuple[Reply, ...]:
    """Replies that several profiles share."""
    text = (FOLDER / "replies" / f"{name}.toml").read_text("utf-8")
    return tuple(Reply(**reply) for reply in tomllib.loads(text)["replies"])


def _with_texts(values: dict[str, object], name: str) -> dict[str, object]:
    """The values of a file, with the standard profile's texts where it has none of its own."""
    if name == STANDARD:
        return values
    standard = tomllib.loads((FOLDER / f"{STANDARD}.toml").read_text("utf-8"))["texts"]
    own = values.get("texts", {})
    if not isinstance(own, dict) or not all(isinstance(texts, dict) for texts in own.values()):
        return values
    merged = {tongue: standard[tongue] | own.get(tongue, {}) for tongue in standard}
    return values | {"texts": merged | {other: texts for other, texts in own.items() if other not in standard}}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _stands(word: str, text: str) -> bool:
    """Whether a word stands in a text: Latin words as whole ones."""
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
    return word in text
