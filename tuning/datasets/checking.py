"""Reads a data set before money is spent on it: what would do harm, row by row, and how even it is."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from knowledge.errors import SetupError
from knowledge.index.contradictions import contradicts
from knowledge.language.languages import UNKNOWN, language
from tuning import records
from tuning.datasets import dataset, moods, near_duplicates, suspicion
from tuning.datasets import examples as noted
from tuning.datasets.examples import Example
from tuning.datasets.splitting import SPLITS

Level = Literal["error", "warning"]
FindPersonal = Callable[[str], Mapping[str, int]]  # kinds of personal data in a text, with counts
CountTokens = Callable[[Sequence[str]], list[int]]

FEWEST, FEW = 10, 50  # rows: below the first no provider takes it, below the second little is learnt
LONGEST = 4096  # tokens of a row: what every provider's smallest model takes
LONGEST_ANSWER = 1000  # tokens: a customer reads no more, and a model that learns to be long stays long
SAME = 0.9  # likeness of two questions that ask the same
LEAK = 0.7  # likeness from which one side of the split knows the other
UNEVEN = 0.9  # of the rows: one language, topic or agent that has more than this share stands for all
LENGTHS = (25, 50, 100, 200, 400)  # tokens of an answer, where one group of lengths ends
OFTEN = 0.2  # of the rows: the same answer to so many questions teaches the answer and not the questions
# In a FAQ the office's own address and telephone are meant to be said; these kinds never are.
NEVER_PUBLIC = frozenset(("CARD", "MY_NUMBER", "SSN", "BIRTHDATE", "SECRET", "BANK"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    level: Level
    code: str  # a stable word
    split: str
    row: int | None  # 1-based line of the split's file; None: the whole
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a data set as it was read."""

    split: str
    number: int
    question: str
    answer: str
    tokens: int
    answer_tokens: int
    example: Example | None
    rejected: str | None = None


@dataclass(slots=True)
class Verdict:
    """What a check has found."""

    findings: list[Finding] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    balance: dict[str, dict[str, int]] = field(default_factory=dict)  # of what, each value's rows
    lengths: dict[str, list[int]] = field(default_factory=dict)  # tokens of the answers, by language

    @property
    def errors(self) -> list[Finding]:
        """What forbids training."""
        return [finding for finding in self.findings if finding.level == "error"]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"passed": not self.errors}


def check(
    files: Mapping[str, Path],
    count_tokens: CountTokens,
    find_personal: FindPersonal,
    evaluation: Sequence[tuple[str, str]] = (),
    refusal: str | None = None,
) -> Verdict:
    """Check the files of a data set, by split; a single file counts as training data.

    `evaluation` are the questions that a model will be judged by, each with where it stands: none may be trained on.
    `refusal` is what the counter takes for "the passages do not hold the answer": a right answer in any language.
    """
    verdict = Verdict()
    rows: list[Row] = []
    for split, path in files.items():
        rows += _read(split, path, count_tokens, verdict.findings)
    for row in rows:
        if row.answer != refusal:
            verdict.findings += _of_row(row, find_personal)
    trained = [row for row in rows if row.split == "train"]
    verdict.findings += _repetitions([row for row in rows if row.answer != refusal])
    verdict.findings += _leaks_into_evaluation([row for row in rows if row.split != "test"], evaluation)
    verdict.findings += _amount(trained)
    for split in files:
        mine = [row for row in rows if row.split == split]
        verdict.rows[split] = len(mine)
        verdict.tokens[split] = sum(row.tokens for row in mine)
    verdict.balance = balance(trained)
    verdict.findings += _unevenness(verdict.balance, len(trained))
    for row in trained:
        verdict.lengths.setdefault(_lang(row), []).append(row.answer_tokens)
    order = {split: place for place, split in enumerate(files)}
    verdict.findings.sort(key=lambda one: (one.level, order.get(one.split, 9), one.row or 0, one.code))
    return verdict


def files_of(place: Path) -> dict[str, Path]:
    """The files of a data set's folder by split; a file alone is training data. Raises SetupError without any."""
    if place.is_file():
        return {"train": place}
    if (place / dataset.CARD).is_file():
        dataset.read_card(place)
    found: dict[str, Path] = {
        split: place / f"{split}.jsonl" for split in SPLITS if (place / f"{split}.jsonl").is_file()
    }
    if "train" not in found:
        raise SetupError(f"{place} holds no train.jsonl. Make a data set: madoguchi tune dataset --out {place}")
    return found


def balance(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """How many rows each language, topic, channel, agent, length of answer, mood of the customer … has, where known."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts["language"][_lang(row)] += 1
        counts["length"][_length(row.answer_tokens)] += 1
        counts["mood"][moods.mood(_asked(row))] += 1
        if row.example is None:
            continue
        told: dict[str, str | None] = {"origin": row.example.origin} | {
            name: getattr(row.example, name) for name in ("topic", "channel", "agent")
        }
        if row.example.rating is not None:
            told["rating"] = f"{row.example.rating:g}"
        for name, value in told.items():
            if value:
                counts[name][value] += 1
    found = {name: dict(counter.most_common()) for name, counter in counts.items()}
    if lengths := found.get("length"):
        found["length"] = {name: lengths[name] for name in map(_length, (*LENGTHS, 1 << 30)) if name in lengths}
    return found


def _length(tokens: int) -> str:
    return next((f"up to {end} tokens" for end in LENGTHS if tokens <= end), f"over {LENGTHS[-1]} tokens")


def _read(split: str, path: Path, count_tokens: CountTokens, findings: list[Finding]) -> list[Row]:
    beside = path.with_name(f"{path.stem}.examples.jsonl")
    known = noted.read(beside) if beside.is_file() else []
    taken: list[tuple[int, tuple[list[str], str, str, str | None]]] = []
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            if number == 1 and line.startswith("\ufeff"):
                why = (
                    "The file begins with a byte order mark, which trainers do not take: save it as UTF-8 without one."
                )
                findings.append(Finding("error", "encoding", split, number, why))
                line = line.removeprefix("\ufeff")
            try:
                line.encode("utf-8")
                taken.append((number, _parts(records.parsed(line))))
            except UnicodeEncodeError:
                findings.append(Finding("error", "encoding", split, number, "The line is not UTF-8, or cannot be."))
            except ValueError as error:
                why = "The line is no JSON." if isinstance(error, json.JSONDecodeError) else str(error)
                findings.append(Finding("error", "wrong-shape", split, number, why))
    whole = count_tokens(["\n".join(texts) for _, (texts, *_) in taken])
    answers = count_tokens([answer for _, (_, _, answer, _) in taken])
    found = noted.of_rows([(number, question) for number, (_, question, _, _) in taken], known)
    return [
        Row(split, number, question, answer, tokens, answer_tokens, example, rejected)
        for (number, (_, question, answer, rejected)), tokens, answer_tokens, example in zip(
            taken, whole, answers, found, strict=True
        )
    ]


def _parts(row: Any) -> tuple[list[str], str, str, str | None]:
    """All texts of a row, its question, its answer and the answer that is judged worse. Raises ValueError in words."""
    if not isinstance(row, dict):
        raise ValueError("The line is no object.")
    if "preferred_output" in row:
        asked = _messages(row.get("input", {}).get("messages") if isinstance(row.get("input"), dict) else None, "input")
        better = _messages(row["preferred_output"], "preferred_output")
        worse = _messages(row.get("non_preferred_output"), "non_preferred_output")
        if len(better) != 1 or len(worse) != 1:
            raise ValueError("preferred_output and non_preferred_output hold one assistant message each.")
        spoken, answer, rejected = asked, better[0][1], worse[0][1]
    else:
        messages = _messages(row.get("messages"), "messages")
        if messages[-1][0] != "assistant":
            raise ValueError("The last message is not the assistant's: there is nothing to learn.")
        spoken, answer, rejected = messages[:-1], messages[-1][1], None
    if not spoken or spoken[-1][0] != "user":
        raise ValueError("No user message stands before the answer.")
    if any(role == "system" for role, _ in spoken[1:]):
        raise ValueError("A system message stands in the middle.")
    texts = [text for _, text in spoken] + [answer] + ([rejected] if rejected else [])
    return texts, spoken[-1][1], answer, rejected


def _messages(given: Any, name: str) -> list[tuple[str, str]]:
    if not isinstance(given, list) or not given:
        raise ValueError(f'Expected "{name}": a list of {{"role": …, "content": …}}.')
    messages = []
    for message in given:
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if role not in ("system", "user", "assistant"):
            raise ValueError(f"{name}: a message has the role {role!r}; system, user and assistant are known.")
        if not isinstance(content, str):
            raise ValueError(f"{name}: a message of {role} has no text.")
        messages.append((role, content))
    return messages


def _of_row(row: Row, find_personal: FindPersonal) -> Iterator[Finding]:
    def found(code: str, message: str, level: Level = "error") -> Finding:
        return Finding(level, code, row.split, row.number, message)

    asked = _asked(row)
    if not asked.strip():
        yield found("empty-question", "There is no question.")
    if not near_duplicates.normal(row.answer):
        yield found("empty-answer", "There is no answer.")
        return
    if row.tokens > LONGEST:
        yield found("too-long", f"The row has {row.tokens} tokens; {LONGEST} is what every model takes.")
    elif row.answer_tokens > LONGEST_ANSWER:
        yield found("too-long", f"The answer has {row.answer_tokens} tokens: longer than a customer reads.", "warning")
    asked_in, answered_in = language(asked), language(row.answer)
    if UNKNOWN not in (asked_in, answered_in) and asked_in != answered_in:
        yield found("wrong-language", f"The question is in {asked_in}, the answer in {answered_in}.")
    if near_duplicates.normal(row.answer) == near_duplicates.normal(asked):
        yield found("echo", "The answer only repeats the question.")
    if suspicion.is_unfinished(row.answer):
        yield found("unfinished", f"The answer breaks off: {suspicion.shown(row.answer[-30:])}", "warning")
    is_faq = row.example is not None and row.example.origin == "faq"
    if not is_faq and (deed := suspicion.deed(row.answer)) is not None:
        message = f"The answer says what was done or promised for one customer, and so would the model: {deed}"
        yield found("deed", message, "warning")
    if left := suspicion.PLACEHOLDER.findall(row.answer):
        yield found("placeholder", f"The answer says {', '.join(sorted(set(left)))}, and so would the model.")
    for where, text in (("question", asked), ("answer", row.answer), ("worse answer", row.rejected or "")):
        for code, seen in suspicion.troubles(text):
            yield found(code, f"In the {where}: {seen}")
    for where, text in (("question", asked), ("answer", row.answer)):
        kinds = {kind: count for kind, count in find_personal(text).items() if kind in NEVER_PUBLIC or not is_faq}
        if kinds:
            told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
            yield found("personal-data", f"In the {where}: {told}.")


def _repetitions(rows: Sequence[Row]) -> Iterator[Finding]:
    """Duplicates, contradictions, and what one split gives away of another."""
    asked = [_asked(row) for row in rows]
    seen: set[tuple[int, str]] = set()
    for one, other, alike in near_duplicates.pairs(asked, LEAK):
        first, second = rows[one], rows[other]
        place = f"{first.split} row {first.number}"
        why = contradicts(asked[other], first.answer, second.answer) if alike >= SAME else None
        if why is not None:
            yield Finding("error", "contradiction", second.split, second.number, f"{place} answers otherwise: {why}.")
        if first.split != second.split:
            if (other, "leak") not in seen:
                seen.add((other, "leak"))
                message = f"It asks what {place} asks (likeness {alike:.2f})."
                yield Finding("error", "leak", second.split, second.number, message)
        elif alike >= SAME and why is None and (other, "duplicate") not in seen:
            seen.add((other, "duplicate"))
            same = near_duplicates.normal(asked[one]) == near_duplicates.normal(asked[other])
            level: Level = "error" if same else "warning"
            yield Finding(level, "duplicate", second.split, second.number, f"It asks what {place} asks.")
    for split in {row.split for row in rows}:
        mine = [row for row in rows if row.split == split]
        if len(mine) < FEWEST:
            continue
        for answer, count in Counter(near_duplicates.normal(row.answer) for row in mine).items():
            if count > max(2, OFTEN * len(mine)):
                example = next(row for row in mine if near_duplicates.normal(row.answer) == answer)
                message = f"{count} of {len(mine)} rows answer: {suspicion.shown(example.answer)}"
                yield Finding("warning", "one-answer-for-many", split, example.number, message)


def _leaks_into_evaluation(rows: Sequence[Row], evaluation: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if not evaluation:
        return
    texts = [_asked(row) for row in rows] + [text for text, _ in evaluation]
    told: set[int] = set()
    for one, other, alike in near_duplicates.pairs(texts, LEAK):
        if one < len(rows) <= other and one not in told:
            told.add(one)
            row, (_, place) = rows[one], evaluation[other - len(rows)]
            message = f"It asks what the evaluation asks at {place} (likeness {alike:.2f})."
            yield Finding("error", "leak-into-evaluation", row.split, row.number, message)


def _amount(trained: Sequence[Row]) -> Iterator[Finding]:
    if len(trained) < FEWEST:
        message = f"There are {len(trained)} rows; at least {FEWEST} are needed."
        yield Finding("error", "too-few-rows", "train", None, message)
    elif len(trained) < FEW:
        message = f"There are {len(trained)} rows: enough to learn a manner, too few to learn facts."
        yield Finding("warning", "few-rows", "train", None, message)


def _unevenness(counted: Mapping[str, Mapping[str, int]], rows: int) -> Iterator[Finding]:
    if rows < FEWEST:
        return
    for name in ("language", "topic", "agent", "channel"):
        values = counted.get(name, {})
        known = sum(values.values())
        for value, count in values.items():
            if len(values) > 1 and known >= FEWEST and count > UNEVEN * known:
                message = f"{count} of {known} rows have the {name} {value}: the others will hardly be learnt."
                yield Finding("warning", "imbalance", "train", None, message)
    for value, count in counted.get("agent", {}).items():
        if len(counted["agent"]) > 1 and UNEVEN * rows >= count > rows / 2:
            message = f"{count} of {rows} answers are by the agent {value}: the model will speak like this one person."
            yield Finding("warning", "imbalance", "train", None, message)


def _asked(row: Row) -> str:
    """The customer's question: of a row with passages the prompt holds more, and the example knows."""
    return row.example.question if row.example is not None else row.question


def _lang(row: Row) -> str:
    return row.example.lang if row.example is not None else language(f"{row.question}{row.answer}")


def evaluation_questions(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The questions of evaluation files, JSON Lines with `text` or `question`, each with where it stands."""
    for path in paths:
        found = False
        for number, line in records.given(path):
            try:
                record = records.parsed(line)
                text = record.get("question") or record["text"]
            except (ValueError, KeyError, AttributeError):
                raise SetupError(f'{path}, line {number}: expected {{"question": …}} or {{"text": …}}.') from None
            found = True
            yield str(text), f"{path.name}, line {number}"
        if not found:  # else a check against nothing would pass
            raise SetupError(f"{path} holds no question.")
