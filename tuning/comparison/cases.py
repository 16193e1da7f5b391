"""The questions that answers are judged by: held-out examples of a data set, or a company's own acceptance tests.

docs/tuning.md describes the form of acceptance tests (YAML or JSON Lines).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from knowledge.errors import SetupError
from knowledge.language.languages import language
from tuning.datasets import dataset, examples

Language = Literal["ja", "en"]
ROLES = {"user": "user", "customer": "user", "assistant": "assistant", "agent": "assistant", "bot": "assistant"}
SAMPLE_NAMES = {"must_contain": "must_say", "source": "must_cite", "reference_answer": "reference"}


def _listed(value: object) -> object:
    """One text stands for a list of one."""
    if isinstance(value, bool):
        raise ValueError("expected words; put true and false between quotation marks if they are meant")
    return [value] if isinstance(value, str | int | float) and value != "" else value or []


def _alternatives(value: object) -> object:
    listed = _listed(value)
    return tuple(_texts(one) for one in listed) if isinstance(listed, list) else listed


def _texts(value: object) -> object:
    listed = _listed(value)
    return tuple(str(one) for one in listed) if isinstance(listed, list) else listed


# Each item must be met; an item that is a list of its own is met by any of its texts.
Wanted = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_alternatives)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Said(BaseModel):
    """One message of a conversation before the question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Annotated[Literal["user", "assistant"], BeforeValidator(lambda role: ROLES.get(str(role), role))]
    text: str


class Case(BaseModel):
    """One question, and what is known of its right answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str = Field(min_length=1)
    lang: str = ""  # of the question
    history: tuple[Said, ...] = ()
    must_say: Wanted = ()
    must_not_say: Texts = ()
    must_cite: Wanted = ()  # sources, as `madoguchi documents list` names them, or the end of one
    must_refuse: bool | None = None
    must_hand_off: bool | None = None
    language: Language | None = None  # of the answer
    reference: str | None = None  # a right answer
    passage_ids: tuple[str, ...] = ()  # where it stands
    topic: str | None = None
    conversation: str | None = None  # questions of one conversation are no independent trials

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.must_refuse and (self.must_say or self.must_cite or self.reference):
            raise ValueError("what must be refused can neither say nor cite anything")
        return self

    @property
    def answerable(self) -> bool:
        """Whether there is an answer to give."""
        return not self.must_refuse and not self.must_hand_off

    @property
    def asked_in(self) -> str:
        """The language of the question."""
        return self.lang or language(self.question)


def read(place: Path, split: str = "test") -> list[Case]:
    """The cases of a file (YAML, JSON Lines), of a folder's YAML files, or a data set's held-out `split`.

    Raises SetupError naming the place and what is wrong.
    """
    if (held := place / f"{split}.examples.jsonl").is_file():
        if (place / dataset.CARD).is_file():
            dataset.read_card(place)
        found = [_of_example(example) for example in examples.left(place, split)]
    elif place.is_dir():
        files = sorted(file for file in place.iterdir() if file.suffix in (".yaml", ".yml"))
        if not files:
            raise SetupError(
                f"{place} holds neither questions (YAML) nor {held.name} of a data set. "
                f"docs/tuning.md has the form of questions; to make a data set: madoguchi tune dataset --out {place}"
            )
        found = _of_files(files)
    else:
        found = _of_files([place])
    if not found:
        raise SetupError(f"{place} holds no question.")
    seen: dict[str, Case] = {}
    for case in found:
        if case.id in seen:
            raise SetupError(f"{place}: two questions have the id {case.id}.")
        seen[case.id] = case
    return found


def read_all(places: Sequence[Path]) -> list[Case]:
    """The cases of several places. Raises SetupError when two have the same id, or there is none."""
    found: dict[str, Case] = {}
    for place in places:
        for case in read(place):
            if case.id in found:
                raise SetupError(f"{place}: another set has a question with the id {case.id}, too.")
            found[case.id] = case
    return list(found.values())


def _of_files(files: Sequence[Path]) -> list[Case]:
    records = (each for file in files for each in (_jsonl if file.suffix in (".jsonl", ".ndjson") else _yaml)(file))
    return [_case(record, number, where) for number, (where, record) in enumerate(records, start=1)]


def _of_example(example: examples.Example) -> Case:
    return Case(
        id=example.id,
        question=example.question,
        lang=example.lang,
        reference=example.answer,
        passage_ids=example.passage_ids,
        topic=example.topic,
        conversation=example.conversation,
    )


def _case(record: object, number: int, where: str) -> Case:
    if not isinstance(record, Mapping):
        raise SetupError(f"{where}: expected a question with its fields.")
    named: dict[str, Any] = {SAMPLE_NAMES.get(str(name), str(name)): value for name, value in record.items()}
    for unused in ("note", "cross"):
        named.pop(unused, None)
    if "answerable" in named:
        if not named.pop("answerable"):
            named |= {"must_refuse": True, "must_cite": ()}
        elif isinstance(named.get("must_cite"), list):
            named["must_cite"] = [named["must_cite"]]  # any of the files that hold the answer
    named["id"] = str(named.get("id", number))
    try:
        return Case.model_validate(named)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise SetupError(
            f"{where}: {f'{field}: ' if field else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None


def _jsonl(path: Path) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if line.strip():
            try:
                yield f"{path}, line {number}", json.loads(line)
            except ValueError:
                raise SetupError(f"{path}, line {number}: the line is no JSON.") from None


def _yaml(path: Path) -> Iterator[tuple[str, object]]:
    try:
        # Every scalar is a text, so that neither 9:30 nor "No" becomes a number or a truth value.
        loaded = yaml.load(_read(path), yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "this is no YAML"
        raise SetupError(f"{path}{where}: {problem}. Put text with signs such as ? : , in quotation marks.") from None
    listed = loaded.get("cases") if isinstance(loaded, dict) else loaded
    if not isinstance(listed, list):
        raise SetupError(f"{path}: expected a list of questions, or `cases:` with one.")
    for number, record in enumerate(listed, start=1):
        name = record.get("id", number) if isinstance(record, dict) else number
        yield f"{path}, case {name}", record


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path} is not written in UTF-8.") from None


def together(cases: Sequence[Case]) -> list[int]:
    """A number for each case, the same for those that hang together: one conversation, or one and the same answer."""
    first: dict[tuple[str, object], int] = {}
    numbers: list[int] = []
    for number, case in enumerate(cases):
        names = [("conversation", case.conversation), ("answer", case.reference), ("passages", case.passage_ids)]
        keys = [key for key in names if key[1]]
        met = {numbers[first[key]] for key in keys if key in first}
        numbers.append(min(met, default=number))
        numbers = [numbers[-1] if one in met else one for one in numbers]
        first |= {key: first.get(key, number) for key in keys}
    return numbers


def languages_of(cases: Sequence[Case]) -> list[str]:
    """The languages of the questions, in a stable order."""
    return sorted({case.asked_in for case in cases})
