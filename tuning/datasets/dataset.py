"""Makes a data set for fine-tuning out of what the company has: FAQ, resolved conversations, curated answers.

A data set is a folder: `train.jsonl`, `validation.jsonl` and `test.jsonl` in the form to train on, the same rows with
all that is known of them in `*.examples.jsonl`, and a card (`card.json`, `card.md`) that says what is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from knowledge.errors import CannotWrite, SetupError
from knowledge.index.contradictions import contradicts
from knowledge.language.sentences import split_sentences
from knowledge.passages import Passage
from tuning import records
from tuning.datasets import canaries, formats, near_duplicates, suspicion
from tuning.datasets import examples as rows
from tuning.datasets.examples import Example
from tuning.datasets.formats import Carries, Format, Prompt, Row, Search
from tuning.datasets.splitting import SPLITS, Split, divide
from tuning.datasets.suspicion import PLACEHOLDER

VERSION = 1  # of the folder's layout
CARD = "card.json"
SHARES: Mapping[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a data set is made; the same recipe and examples give the same bytes."""

    format: Format = "chat"
    validation: float = SHARES["validation"]
    test: float = SHARES["test"]
    seed: int = 0
    canaries: int = 0  # made-up secrets to plant among the training rows

    @property
    def shares(self) -> dict[Split, float]:
        """Of the examples, for each split."""
        return {"train": 1 - self.validation - self.test, "validation": self.validation, "test": self.test}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What instruction tuning needs beside the examples: passages, the search, and the prompt that is served."""

    passages: Mapping[str, Passage]
    search: Search
    prompt: Prompt
    refusal: str
    carries: Carries


@dataclass(frozen=True, slots=True)
class Card:
    """What is in a data set."""

    version: int
    format: Format
    seed: int
    knowledge: str | None  # the generation that the examples came from
    sha256: str  # of all rows of all splits, in order
    rows: dict[str, int]  # by split
    languages: dict[str, int]
    origins: dict[str, int]
    topics: dict[str, int]
    left_out: dict[str, int]  # why, how many


def build(
    folder: Path,
    examples: Iterable[Example],
    recipe: Recipe,
    knowledge: str | None = None,
    grounds: Grounds | None = None,
) -> Card:
    """Write a data set into a folder that is new or holds an older one, and give its card.

    Raises SetupError when there is nothing to write, or when the folder holds something else.
    """
    _make_room(folder)
    kept, left_out = _kept(examples)
    sides = divide(kept, recipe.shares, recipe.seed)
    records.write(folder / CARD, {"unfinished": True})  # until all is written, should the run be killed
    (folder / canaries.FILE).unlink(missing_ok=True)
    if recipe.canaries and kept:
        sides["train"] = [*sides["train"], *canaries.plant(folder, recipe.canaries, recipe.seed, recipe.format)]
    hashed = hashlib.sha256()
    counted: dict[str, int] = {}
    held: list[Example] = []
    for split in SPLITS:
        pairs = [(example, row) for example in sides[split] if (row := _row(example, recipe, grounds)) is not None]
        left_out["no row in this format"] += len(sides[split]) - len(pairs)
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for _, row in pairs]
        (folder / f"{split}.jsonl").write_text("".join(lines), "utf-8")
        rows.write(folder / f"{split}.examples.jsonl", (example for example, _ in pairs))
        hashed.update("".join(lines).encode())
        counted[split] = len(pairs)
        held += [example for example, _ in pairs]
    if not held:
        raise SetupError(_nothing(recipe.format))
    card = Card(
        VERSION,
        recipe.format,
        recipe.seed,
        knowledge,
        hashed.hexdigest(),
        counted,
        _counts(example.lang for example in held),
        _counts(example.origin for example in held),
        _counts(example.topic or "" for example in held),
        {why: count for why, count in sorted(left_out.items()) if count},
    )
    (folder / "card.md").write_text(_told(card), "utf-8")
    records.write(folder / CARD, asdict(card))
    return card


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a data set. Raises SetupError when the folder is none."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text("utf-8"))
        if card.get("unfinished"):
            raise SetupError(f"{folder} was not finished. Make it again: madoguchi tune dataset --out {folder}")
    except (OSError, ValueError):
        raise SetupError(f"{folder} is no data set. Make one: madoguchi tune dataset --out {folder}") from None
    return card


def fingerprint(folder: Path) -> str:
    """The SHA-256 of a data set's rows as they are now; its card has that of the rows that were made."""
    hashed = hashlib.sha256()
    for split in SPLITS:
        path = folder / f"{split}.jsonl"
        hashed.update(path.read_bytes() if path.is_file() else b"")
    return hashed.hexdigest()


def _kept(examples: Iterable[Example]) -> tuple[list[Example], Counter[str]]:
    """Each question once, however it is typed: a curated answer replaces others, and of equals the newer one the older.

    Answers whose word counts the same and that contradict each other are all kept: the check names them.
    """
    left_out: Counter[str] = Counter()
    by_question: dict[tuple[str, str], Example] = {}
    contrary: list[Example] = []
    newest_first = sorted(sorted(examples, key=lambda one: one.id), key=lambda one: one.at or "", reverse=True)
    for given in sorted(newest_first, key=lambda one: _RANK[one.origin]):
        example = _speakable(given)
        if example is None:
            left_out["the answer rests on personal data that was taken out"] += 1
            continue
        plain = near_duplicates.normal(example.question)
        before = by_question.get((example.lang, plain))
        if not plain or not example.answer.strip():
            left_out["empty"] += 1
        elif example.origin == "log" and suspicion.deed(example.answer) is not None:
            left_out["the agent says what was done or promised for one customer"] += 1
        elif before is None:
            by_question[example.lang, plain] = example
        elif _ranks_alike(before, example) and contradicts(example.question, before.answer, example.answer):
            contrary.append(example)
        else:
            left_out["the same question is answered already"] += 1
    return sorted([*by_question.values(), *contrary], key=lambda one: one.id), left_out


def _ranks_alike(one: Example, other: Example) -> bool:
    """Whether nothing says which of two answers counts: a correction that was given later does."""
    return one.origin == other.origin and (one.origin != "curated" or one.at == other.at)


def _speakable(example: Example) -> Example | None:
    """The example without sentences in which an agent named somebody; None when more than a name is missing in it.

    A model that is taught "Write to [EMAIL]" says just that.
    """
    if not PLACEHOLDER.search(example.answer):
        return example
    kept = []
    for line in example.answer.splitlines():
        sentences = split_sentences(line)
        spoken = [sentence for sentence in sentences if not PLACEHOLDER.search(sentence)]
        if any(PLACEHOLDER.findall(sentence) != ["[NAME]"] for sentence in sentences if sentence not in spoken):
            return None
        kept += [("" if example.lang == "ja" else " ").join(spoken)] if spoken or not sentences else []
    answer = "\n".join(kept).strip()
    return replace(example, answer=answer) if answer else None


_RANK = {"curated": 0, "faq": 1, "log": 2}  # whose word counts most


def _row(example: Example, recipe: Recipe, grounds: Grounds | None) -> Row | None:
    if recipe.format == "preference":
        return formats.preference(example)
    if recipe.format == "chat":
        return formats.chat(example)
    if grounds is None:
        raise SetupError("Rows with passages need a knowledge base to take them from.")
    gold = [grounds.passages[name] for name in example.passage_ids if name in grounds.passages]
    return formats.instruct(example, gold, grounds.search, grounds.prompt, grounds.refusal, grounds.carries)


def _make_room(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise SetupError(f"{folder} is a file. Name a new folder.")
    if folder.exists() and any(folder.iterdir()) and not (folder / CARD).exists():
        raise SetupError(f"{folder} holds something that is no data set. Name a new folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{folder} cannot be made ({error.strerror}).") from None


def _nothing(form: Format) -> str:
    if form == "preference":
        return (
            "No question has two answers of which one was judged worse. Corrections come from feedback: "
            "madoguchi sessions export --feedback > feedback.jsonl, then --curated feedback.jsonl."
        )
    return (
        "The knowledge base holds no question with its answer: ingest a FAQ or resolved conversations, or name a file "
        "of your own with --curated."
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _told(card: Card) -> str:
    def table(title: str, counts: Mapping[str, int], most: int = 30) -> Sequence[str]:
        shown = list(counts.items())[:most]
        rest = sum(counts.values()) - sum(count for _, count in shown)
        lines = [f"| {name.replace('|', '/') or '(none)'} | {count} |" for name, count in shown]
        lines += [f"| others | {rest} |"] if rest else []
        return ["", f"| {title} | rows |", "| --- | --- |", *lines] if lines else []

    lines = [
        "# Data set card",
        "",
        f"Format {card.format}, seed {card.seed}, knowledge base generation {card.knowledge or 'none'}.",
        f"SHA-256 of all rows: `{card.sha256}`.",
        *table("split", card.rows),
        *table("language", card.languages),
        *table("origin", card.origins),
        *table("topic", card.topics),
        *table("left out", card.left_out),
    ]
    return "\n".join(lines) + "\n"
