"""A profile: how the counter of one kind of business speaks, what it must not do, and its words for things.

A profile is a TOML file; `service/profiles/` holds those that are shipped. docs/profiles.md describes every field.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from knowledge.errors import ConfigError
from service.answering.texts.typed import typed
from service.answers import Outcome, Reason

FOLDER = Path(__file__).parent / "profiles"
STANDARD = "standard"
_CLAUSE = re.compile(r"[^\s。、,.!?;:](?:[^。、,.!?;:\n]*[^\s。、,.!?;:])?")
_BORDER = re.compile(r"(?:^|[。、,.!?;:\n])\s*\Z")  # before a clause
_BORDER_AFTER = re.compile(r"\s*(?:$|[。、,.!?;:\n])")
# Says nothing of a matter, beside a wish.
_FILLING = re.compile(
    r"\b(?:please|thanks|thank you|sorry|ok|okay|hmm+|well|and|but|so|can you|could you"
    r"|what|whoa|oh|hey|no|again|then|now|it|me)\b"
    r"|ください|下さい|お願い(?:し|いたし|致し)ます|お願い|すみません|ごめんなさい|もう一度|もう一回|ちょっと|でも|だから|ので|です|ます|ん|が|け(?:れ)?ど|ね|よ|か|な",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[。!?\n]+|\.\s")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Part):
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
    asked_again: str = Field(min_length=1)  # before a quotation, to who doubts the last answer or asks where it stands
    closing: str = ""  # after every answer that cites something
    level_changed: str = ""  # when a learner's level was changed
    level_quoted: str = ""  # before a quotation, where a learner wants it put otherwise

    @field_validator("clarify_between")
    @classmethod
    def _has_options(cls, value: str) -> str:
        if value.count("{options}") != 1:
            raise ValueError("must hold {options} once")
        return value


class BothTexts(_Part):
    """The same in both languages."""

    ja: Texts
    en: Texts


class Term(_Part):
    """A word of the trade, with what customers call it."""

    term: str = Field(min_length=1)
    synonyms: tuple[str, ...] = Field(min_length=1)
    meaning: str = ""


class Reply(_Part):
    """What is answered at once, without a search, when a message holds one of these phrases."""

    when: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    outcome: Literal["refused", "handoff"]
    reason: Reason
    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def fits(self, text: str) -> bool:
        """Whether a text holds one of its phrases, and none of those that speak against it."""
        return any(re.search(pattern, text) for pattern in self.when) and not any(
            re.search(pattern, text) for pattern in self.unless
        )

    @field_validator("when", "unless")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return value


class Level(_Part):
    """How much a learner knows already."""

    name: str = Field(pattern=r"^[a-z][a-z_-]{0,31}$")
    when: tuple[str, ...] = Field(min_length=1)  # what a customer says to be spoken to so
    alone: tuple[str, ...] = ()  # the same, where it is a clause of its own
    instruction: str = Field(min_length=1)

    _patterns = field_validator("when", "alone")(Reply._patterns.__func__)  # type: ignore[attr-defined]

    def wished(self, text: str) -> list[tuple[int, int]]:
        """Where a text asks for it."""
        found = [match for pattern in self.when for match in re.finditer(pattern, text, re.IGNORECASE)]
        for clause in _CLAUSE.finditer(text):
            whole = (re.compile(pattern, re.IGNORECASE).fullmatch(text, *clause.span()) for pattern in self.alone)
            found += filter(None, whole)
        return sorted(match.span() for match in found if match[0].strip())


class Wish(NamedTuple):
    """A learner's wish for a level."""

    level: Level
    question: str  # what else was asked for, in words that can be searched; empty when nothing was
    apart: bool  # the wish was said beside it, and not of it


def spoken(lang: str) -> str:
    """The language of the counter's own words, to who speaks this one."""
    return "ja" if lang == "ja" else "en"


class Profile(_Part):
    """All of one profile."""

    persona: str = Field(min_length=1)
    tone: str = Field(min_length=1)
    rules: tuple[str, ...] = ()
    prompt: str = ""  # further words to the model, after the rules
    cite_everything: bool = False  # a sentence without a citation is not let through
    never_say: tuple[str, ...] = ()  # what no model may write, unless a passage says it in these words
    texts: BothTexts
    glossary: tuple[Term, ...] = ()
    replies: tuple[Reply, ...] = ()
    levels: tuple[Level, ...] = ()
    level: str | None = None  # the one to begin with

    _patterns = field_validator("never_say")(Reply._patterns.__func__)  # type: ignore[attr-defined]

    @field_validator("level")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        return value or None

    def says(self, lang: str) -> Texts:
        """The texts for a language: Japanese, or English for all others."""
        return self.texts.ja if spoken(lang) == "ja" else self.texts.en

    def reply_to(self, message: str) -> Reply | None:
        """What is to be answered at once.

        What speaks against a reply counts in its own sentence only: "What is angina? My chest hurts" asks for no word.
        """
        text = typed(message)
        parts = [text, *_SENTENCE.split(text)]
        for reply in self.replies:
            if any(re.search(pattern, text) for pattern in reply.when) and any(reply.fits(part) for part in parts):
                return reply
        return None

    def level_wished(self, message: str) -> Wish | None:
        """The level that a message asks for, and what else the message says."""
        text = "".join(map(_even, message))
        for level in self.levels:
            if spans := level.wished(text):
                return Wish(level, *_beside(message, text, spans))
        return None

    def only_wishes_level(self, message: str) -> bool:
        """Whether a message asks for a level, and for nothing else."""
        wish = self.level_wished(message)
        return wish is not None and not wish.question

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
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError:
        shipped = ", ".join(sorted(one.stem for one in FOLDER.glob("*.toml")))
        raise ConfigError(
            f"MADOGUCHI_PROFILE is {name}, but there is no such profile. There are {shipped}, or give the path of a "
            "file of your own. Example: MADOGUCHI_PROFILE=retail"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not written in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}.") from None
    try:
        profile = Profile.model_validate(_with_texts(values, name))
    except ValidationError as error:
        lines = [
            f"{file}: {'.'.join(map(str, item['loc'])) or 'the file'}: {str(item['msg']).removeprefix('Value error, ')}"
            for item in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from None
    if profile.level and profile.level not in {level.name for level in profile.levels}:
        raise ConfigError(f"{file}: level: there is no level {profile.level!r} among [[levels]]")
    return profile


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


def _even(letter: str) -> str:
    """A letter as it is compared, in one place: what is found in a text is taken out of it as it was written."""
    plain = "'" if letter == "’" else unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 else letter


def _beside(message: str, text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, bool]:
    """What a message says besides these parts of its evened text, and whether they are clauses of their own.

    A part of a sentence is not taken out: what is left would be no question.
    """
    ends, pieces, apart = 0, [], True
    for start, end in spans:
        if start > ends:
            pieces.append(message[ends:start])
            apart = apart and _BORDER.search(text, 0, start) is not None
        ends = max(ends, end)
        apart = apart and (_BORDER_AFTER.match(text, ends) is not None or any(at <= ends < to for at, to in spans))
    pieces.append(message[ends:])
    if not any(letter.isalnum() for letter in _FILLING.sub(" ", " ".join(pieces))):
        return "", True
    return (" ".join(pieces).strip(" \u3000、。,.!！;") if apart else message.strip()), apart


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _stands(word: str, text: str) -> bool:
    """Whether a word stands in a text: Latin words as whole ones."""
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
    return word in text


__all__ = ["Outcome", "Profile", "load_profile"]
