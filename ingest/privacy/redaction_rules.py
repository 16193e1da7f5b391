"""The operator's own rules for redaction: a small TOML file, read once, checked, and handed to the reading children.

documents = false                  # true: pages, FAQs and tables are redacted too, not support logs alone
keep = ["03-0123-4567", "湯気野", "@yukeno.example"]  # never replaced: an office's number, a company that is called
                                   # like a person, all addresses at a domain
off = ["NAME"]                     # kinds that stay

[[pattern]]
name = "order numbers"
regex = "YK-[0-9]{6}"
placeholder = "ORDER"
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from knowledge.errors import ConfigError

KINDS = (
    "EMAIL", "PHONE", "POSTCODE", "ADDRESS", "CARD", "MY_NUMBER", "SSN", "BANK", "IP", "NAME", "BIRTHDATE", "SECRET",
    "ID", "NUMBER",
)  # fmt: skip
VARIABLE = "MADOGUCHI_REDACTION"
EXAMPLE = f"{VARIABLE}=redaction.toml"
_PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_]{0,30}")


@dataclass(frozen=True)
class Pattern:
    """One of the operator's patterns; what it matches becomes [placeholder]."""

    name: str
    regex: re.Pattern[str]
    placeholder: str


@dataclass(frozen=True)
class Rules:
    """What the operator adds to the built-in rules and takes from them."""

    patterns: tuple[Pattern, ...] = ()
    keep: tuple[str, ...] = ()
    off: frozenset[str] = field(default_factory=frozenset)
    documents: bool = False

    @cached_property
    def kept(self) -> re.Pattern[str] | None:
        """Matches what `keep` lists; the digits of a number may be parted in any way."""
        words = sorted(filter(None, map(str.strip, self.keep)), key=len, reverse=True)
        return re.compile("|".join(map(_spelled, words)), re.IGNORECASE) if words else None

    def as_message(self) -> dict[str, Any]:
        """For a child process: JSON, the same for the same rules. `parsed` reads it again."""
        return {
            "pattern": [
                {"name": each.name, "regex": each.regex.pattern, "placeholder": each.placeholder}
                for each in self.patterns
            ],
            "keep": list(self.keep),
            "off": sorted(self.off),
            "documents": self.documents,
        }

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the rules, so that files that were read under others are read again."""
        return hashlib.sha256(json.dumps(self.as_message()).encode()).hexdigest()[:16]


_in_use: ContextVar[Rules] = ContextVar("the operator's rules for redaction", default=Rules())  # noqa: B039


@contextmanager
def using(rules: Rules) -> Iterator[None]:
    """Within it, redaction follows the operator's rules too."""
    token = _in_use.set(rules)
    try:
        yield
    finally:
        _in_use.reset(token)


def in_use() -> Rules:
    """The rules that redaction follows now."""
    return _in_use.get()


def load_rules(path: Path | None) -> Rules:
    """The operator's file; without one, the built-in rules alone.

    Raises ConfigError naming the file, the entry and what is wrong with it.
    """
    if path is None:
        return Rules()
    import tomllib  # not in a reading child, which gets its rules told

    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = f"which cannot be read: {error.strerror}. Example: {EXAMPLE}"
        raise ConfigError(f"{VARIABLE} names {path}, {why}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{VARIABLE} names {path}, which is not UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from None
    return parsed(told, str(path))


def parsed(told: Mapping[str, Any], source: str) -> Rules:
    """Rules from what a file or a message says. Raises ConfigError naming the entry that is wrong."""
    for name in told:
        if name not in ("documents", "keep", "off", "pattern"):
            raise ConfigError(f"{source}: `{name}` is not known. Known are documents, keep, off and [[pattern]].")
    documents = told.get("documents", False)
    if not isinstance(documents, bool):
        raise ConfigError(f"{source}: `documents` must be true or false, not {documents!r}.")
    off = _words(told, "off", source)
    for kind in off:
        if kind not in KINDS:
            raise ConfigError(f"{source}: `off` holds {kind!r}, which is no kind. The kinds are {', '.join(KINDS)}.")
    entries = told.get("pattern", [])
    if not isinstance(entries, list):
        raise ConfigError(f"{source}: write each pattern under a line [[pattern]], with two brackets.")
    patterns = tuple(_pattern(entry, number, source) for number, entry in enumerate(entries, 1))
    return Rules(patterns, _words(told, "keep", source), frozenset(off), documents)


def _words(told: Mapping[str, Any], name: str, source: str) -> tuple[str, ...]:
    words = told.get(name, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ConfigError(f'{source}: `{name}` must be a list of texts, such as {name} = ["…", "…"].')
    return tuple(words)


def _pattern(entry: Any, number: int, source: str) -> Pattern:
    where = f"{source}: pattern {number}"
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: write it under a line [[pattern]] with name, regex and placeholder.")
    for key in ("name", "regex", "placeholder"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise ConfigError(f"{where}: `{key}` is missing or not a text.")
    if unknown := sorted(set(entry) - {"name", "regex", "placeholder"}):
        raise ConfigError(f"{where}: `{unknown[0]}` is not known. Known are name, regex and placeholder.")
    where = f"{where} ({entry['name']})"
    try:
        regex = re.compile(entry["regex"])
    except re.error as error:
        raise ConfigError(f"{where}: `regex` {entry['regex']!r} is no regular expression: {error}.") from None
    if regex.search("") is not None:
        raise ConfigError(f"{where}: `regex` {entry['regex']!r} matches the empty text, and so would replace nothing.")
    if _PLACEHOLDER.fullmatch(entry["placeholder"]) is None:
        raise ConfigError(
            f"{where}: `placeholder` {entry['placeholder']!r} must be of capital letters, digits and _, such as ORDER."
        )
    return Pattern(entry["name"], regex, entry["placeholder"])


def _spelled(word: str) -> str:
    digits = re.sub(r"[ ()+.-]", "", word)
    if digits.isascii() and digits.isdigit():
        return r"(?<![0-9])\+?\(?" + r"[ ().-]{0,2}".join(digits) + "(?![0-9])"
    if word.startswith("@"):  # all addresses at this domain, and at no longer one
        return rf"(?<![A-Za-z0-9._%+'-@])[A-Za-z0-9._%+'-]{{1,64}}{re.escape(word)}(?![\w-]|\.\w)"
    return re.escape(word)
