"""Divides examples into training, validation and test so that nothing of one side can be recognised on another."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from tuning.datasets import near_duplicates
from tuning.datasets.examples import Example

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
ALIKE = 0.6  # of two questions or two answers: from here on who has seen the one knows the other
TELLING = 20  # characters: a shorter answer ("はい。") may be the same by chance


def divide(examples: Sequence[Example], shares: Mapping[Split, float], seed: int = 0) -> dict[Split, list[Example]]:
    """The examples of each split, in the order given.

    What belongs together stays on one side: a conversation, a customer, and all that is nearly the same in question or
    answer. Each language is divided for itself, so that every split speaks all of them. The same examples and seed
    give the same division.
    """
    groups = _groups(examples)
    held: dict[Split, set[str]] = {split: set() for split in SPLITS}
    for members in _by_language(groups).values():
        wanted = sum(len(group) for group in members)
        room = {split: shares.get(split, 0.0) * wanted for split in SPLITS}
        for group in sorted(members, key=lambda group: _order(group, seed)):
            split = _roomiest(room, wanted, len(group))
            room[split] -= len(group)
            held[split].update(example.id for example in group)
    return {split: [example for example in examples if example.id in held[split]] for split in SPLITS}


def _groups(examples: Sequence[Example]) -> list[list[Example]]:
    parent = list(range(len(examples)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def tie(one: int, other: int) -> None:
        parent[max(root(one), root(other))] = min(root(one), root(other))

    first_of: dict[tuple[str, str], int] = {}
    for position, example in enumerate(examples):
        for what, name in (("conversation", example.conversation), ("customer", example.customer), ("", example.id)):
            if name:
                tie(position, first_of.setdefault((what, name), position))
    answers = [example.answer if len(near_duplicates.normal(example.answer)) >= TELLING else "" for example in examples]
    for texts in ([example.question for example in examples], answers):
        for one, other, _ in near_duplicates.pairs(texts, ALIKE):
            tie(one, other)
    groups: dict[int, list[Example]] = defaultdict(list)
    for position, example in enumerate(examples):
        groups[root(position)].append(example)
    return list(groups.values())


def _roomiest(room: Mapping[Split, float], rows: int, size: int) -> Split:
    """The smallest split that a group still fits into at its fair share; training takes what fits nowhere."""
    for split in ("test", "validation"):
        if size <= room[split] + 0.5 and rows > size:
            return split
    return "train"


def _by_language(groups: Iterable[list[Example]]) -> dict[str, list[list[Example]]]:
    parted: dict[str, list[list[Example]]] = defaultdict(list)
    for group in groups:
        [(lang, _)] = Counter(example.lang for example in group).most_common(1)
        parted[lang].append(group)
    return parted


def _order(group: Sequence[Example], seed: int) -> str:
    # By what is asked: an answer that was corrected stays on its side, else what was trained on would judge later.
    name = min(near_duplicates.normal(example.question) for example in group)
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()
