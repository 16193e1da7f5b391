"""
Tuned prompts as they lie on disk; nothing is ever overwritten.

    DATA/tuning/prompts/v1/prompt.json     the words, how well they did, and what they were made from
    DATA/tuning/prompts/v1/profile.toml    the profile with these words in it: MADOGUCHI_PROFILE lets the service use it
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from knowledge.language.languages import NAMES
from service.profile import Profile
from tuning import records


@dataclass(frozen=True, slots=True)
class Shot:
    """A question with its right answer, shown to the model as an example."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the model is told for one language beyond the rules."""

    instruction: str = ""
    shots: tuple[Shot, ...] = ()

    def text(self) -> str:
        """For the model."""
        shown = [f"Question: {shot.question}\nAnswer: {shot.answer}" for shot in self.shots]
        head = [EXAMPLES] if shown else []
        return "\n".join([*([self.instruction] if self.instruction else []), *head, *shown])


# An example's facts must not be taken for those of the passages.
EXAMPLES = "Examples of how this company answers; take their manner, never their facts:"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that was tuned, by language."""

    words: dict[str, Words]
    version: str = ""
    model: str = ""  # the alias that it was tuned for
    score: float | None = None  # quality on the validation questions
    before: float | None = None  # without these words
    created_at: str = ""
    data: str = ""  # SHA-256 of the data set
    history: tuple[dict[str, Any], ...] = field(default=())  # the rounds of the search

    def text(self) -> str:
        """For the model, whatever language the customer writes in."""
        parts = []
        for lang, words in self.words.items():
            if told := words.text():
                parts.append(f"When the customer writes in {NAMES.get(lang, lang)}:\n{told}")
        return "\n\n".join(parts)

    def within(self, profile: Profile) -> Profile:
        """The profile with these words after its own."""
        return profile.model_copy(update={"prompt": "\n\n".join(filter(None, (profile.prompt.strip(), self.text())))})


class Prompts:
    """All versions of a knowledge base."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "tuning" / "prompts"

    def names(self) -> list[str]:
        """Every version, oldest first."""
        found = (path.parent.name for path in self._folder.glob("v*/prompt.json"))
        return sorted((name for name in found if name[1:].isdigit()), key=lambda name: int(name[1:]))

    def get(self, name: str | None = None) -> Prompt:
        """A version, or the newest. Raises SetupError when it is not there."""
        names = self.names()
        chosen = name if name is not None else names[-1] if names else None
        record = records.read(self._folder / chosen / "prompt.json") if chosen in names and chosen else None
        if record is None:
            raise SetupError(f"There is no tuned prompt{f' {name}' if name else ''}. Make one: madoguchi tune prompt")
        return parsed(record)

    def newest(self) -> Prompt | None:
        """The newest version; None when there is none."""
        return self.get() if self.names() else None

    def keep(self, prompt: Prompt, profile: Profile) -> tuple[Prompt, Path]:
        """Keep a new version, and the profile to use it by; gives both. Raises CannotWrite."""
        names = self.names()
        version = f"v{int(names[-1][1:]) + 1 if names else 1}"
        kept = parsed(asdict(prompt) | {"version": version})
        folder = self._folder / version
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profile.toml").write_text(as_toml(prompt.within(profile)), "utf-8")
        records.write(folder / "prompt.json", asdict(kept))
        return kept, folder / "profile.toml"


def parsed(record: Mapping[str, Any]) -> Prompt:
    """The prompt that a prompt.json tells of."""
    words = {
        lang: Words(one["instruction"], tuple(Shot(**shot) for shot in one["shots"]))
        for lang, one in record["words"].items()
    }
    return Prompt(**{**record, "words": words, "history": tuple(record["history"])})


def as_toml(profile: Profile) -> str:
    """A profile as a file that `load_profile` reads."""
    values = profile.model_dump(exclude_none=True)
    plain = {name: value for name, value in values.items() if not _is_table(value)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name, value in values.items():
        if isinstance(value, Mapping):
            for inner, fields in value.items():
                lines += ["", f"[{name}.{inner}]", *(f"{key} = {_value(one)}" for key, one in fields.items())]
        elif name not in plain:
            for fields in value:
                lines += ["", f"[[{name}]]", *(f"{key} = {_value(one)}" for key, one in fields.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, Sequence) and bool(value) and all(isinstance(one, Mapping) for one in value)
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's strings are TOML's otherwise
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value)
