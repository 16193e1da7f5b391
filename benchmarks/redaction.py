"""How much personal data the rules find, what they take wrongly, and how fast.

    python -m benchmarks.redaction [all|work|held-out]

One table over labelled sets: our Japanese one, our small English one of what customers type in chats, two later ones
that were written without a look at the rules (chats, mails and call notes, and as many lines of numbers that must
stay), Presidio's sentences and MultiDoGO's slots (the last two where they lie beside the repository), split by line
into the half that the rules were corrected on (even) and the other. Of the later ones each third was measured as it
came and then corrected on, but for the last. A piece is found when nothing of it is left; it has the right kind
when a placeholder of its own kind took part; and a placeholder is right (precision) when at least half of it is
personal data of whatever kind. Names and addresses are not summed up as structured. Read the figures with care: who
wrote our two sets wrote the rules, and had looked through values of both halves of the other two before the first
rule. The forms of what was missed in MultiDoGO's held-out half (letters and digits masked) were looked at once more.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.common.places import DATA, ROOT, SAMPLES, records
from ingest.privacy.redaction import find, names_in, redact_counted
from ingest.readers.reading import read

JAPANESE = ROOT / "tests" / "ingest" / "personal_data_ja.jsonl"
ENGLISH = ROOT / "tests" / "ingest" / "personal_data_en.jsonl"
LATER = {"Japanese, later": "personal_data_later_ja.jsonl", "English, later": "personal_data_later_en.jsonl"}
LOGS = SAMPLES / "knowledge" / "logs" / "support_logs.jsonl"
PIECE = 3.0  # seconds that the speed is measured for
SHORTEST = 7  # digits of a number that a rule can know without a label

# Presidio's names for ours. The others no rule can know: PERSON without an announcement, ORGANIZATION, GPE, NRP, TITLE,
# AGE, DATE_TIME, DOMAIN_NAME, STREET_ADDRESS (streets of all countries, made up).
PRESIDIO = {
    "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "CREDIT_CARD": "CARD", "IBAN_CODE": "BANK", "IP_ADDRESS": "IP",
    "US_SSN": "SSN",
}  # fmt: skip
UNKNOWABLE = {"PERSON": "NAME", "STREET_ADDRESS": "ADDRESS", "ZIP_CODE": "POSTCODE", "US_DRIVER_LICENSE": "ID"}
SLOTS = {
    "phone_number": "PHONE", "phonenumber": "PHONE", "card_number": "CARD", "email_address": "EMAIL", "name": "NAME",
    "account_number": "ID", "policyid": "ID", "claimid": "ID", "booking_confirmation_number": "ID", "ssn": "SSN",
    "address": "ADDRESS", "password": "SECRET", "current_zipcode": "POSTCODE", "new_zipcode": "POSTCODE",
    "order_number": "ID", "username": "NAME",
}  # fmt: skip
TELLS = {  # words that announce a slot in the customer's own turn
    "NAME": ("name",), "SSN": ("ssn", "social security"), "ID": ("account number", "policy", "claim", "confirmation"),
    "SECRET": ("password",), "POSTCODE": ("zip",),
}  # fmt: skip
NUMBERS = {"PHONE", "CARD", "ID", "SSN", "MY_NUMBER", "BANK", "NUMBER"}  # a long number may pass for another


@dataclass(frozen=True, slots=True)
class Piece:
    """Personal data in a text, as the set labels it."""

    kind: str
    start: int
    end: int
    counts: bool = True  # whether a rule could know it


@dataclass
class Score:
    """Of one kind in one set."""

    pieces: int = 0
    found: int = 0
    right_kind: int = 0
    placed: int = 0
    rightly: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


Labelled = tuple[str, list[Piece]]


def ours(path: Path) -> Iterator[Labelled]:
    for told in records(path):
        yield told["text"], [Piece(span["kind"], span["start"], span["end"]) for span in told["spans"]]


def presidio() -> Iterator[Labelled]:
    path = DATA / "pii_presidio" / "samples.jsonl"
    for told in records(path) if path.exists() else ():
        yield (
            told["text"],
            [
                Piece(PRESIDIO.get(kind, UNKNOWABLE.get(kind, kind)), start, end, kind in PRESIDIO)
                for start, end, kind in told["spans"]
            ],
        )


def multidogo() -> Iterator[Labelled]:
    """Customers' turns without the agent's questions: a bare "4510" or "priya" answers a question nobody can see."""
    path = DATA / "support_logs" / "multidogo.jsonl"
    for talk in records(path) if path.exists() else ():
        for turn in talk["turns"]:
            words, slots = turn["text"].split(), (turn.get("slots") or "").split()
            if len(words) == len(slots) and turn["text"] == " ".join(words):
                yield turn["text"], list(_slots(words, slots))


def _slots(words: list[str], slots: list[str]) -> Iterator[Piece]:
    place, start, text = 0, 0, " ".join(words)
    for number, (word, slot) in enumerate(zip(words, slots, strict=True)):
        if number == 0 or slots[number - 1] != slot:
            start = place
        place += len(word) + 1
        if slot in SLOTS and (number + 1 == len(slots) or slots[number + 1] != slot):
            kind = SLOTS[slot]
            yield Piece(kind, start, place - 1, _knowable(kind, text[start : place - 1], text[:start]))


def _knowable(kind: str, value: str, before: str) -> bool:
    digits = sum(char.isdigit() for char in value)
    if kind == "EMAIL":
        return any(host in value for host in ("gmail", "hotmail", "yahoo", "outlook", "aol"))
    if kind == "ADDRESS" or (kind in NUMBERS and digits >= SHORTEST and not any(map(str.isalpha, value))):
        return kind != "ADDRESS"
    return before.rstrip().removesuffix(" is").removesuffix(" no").endswith(TELLS.get(kind, ("\0",)))


def measure(texts: Iterable[Labelled]) -> dict[str, Score]:
    scores: dict[str, Score] = defaultdict(Score)
    for text, pieces in texts:
        spans = find(text)
        gone = bytearray(len(text))
        for _, start, end in spans:
            gone[start:end] = b"\1" * (end - start)
        for piece in pieces:
            if piece.counts:
                score = scores[piece.kind]
                score.pieces += 1
                letters = [place for place in range(piece.start, piece.end) if text[place].isalnum()]
                if all(gone[place] for place in letters):
                    score.found += 1
                    score.right_kind += any(
                        kind == piece.kind and a < piece.end and piece.start < b for kind, a, b in spans
                    )
                else:
                    score.missed.append(f"{text[piece.start : piece.end]} ← {text[:90]}")
        for kind, start, end in spans:
            score = scores[kind]
            score.placed += 1
            personal = sum(max(0, min(end, piece.end) - max(start, piece.start)) for piece in pieces)
            if 2 * personal >= end - start:
                score.rightly += 1
            else:
                score.wrong.append(f"{text[start:end]} ← {text[:90]}")
    return scores


def telephones_lost() -> tuple[int, int] | None:
    """Of the public FAQ's answers, read as the ingest reads them: telephones before, and those gone."""
    path = DATA / "localgovfaq" / "raw" / "faq.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        before = "".join(cell for row in csv.reader(file) for cell in row)
    after = "".join(f"{section.question}{section.text}" for section in read(path.read_bytes(), path.name).sections)
    told, kept = _telephones(before), _telephones(after)
    return told.total(), (told - kept).total()


def _telephones(text: str) -> Counter[str]:
    return Counter(text[start:end] for kind, start, end in find(text) if kind == "PHONE")


def speed() -> tuple[float, float]:
    """Megabytes of UTF-8 a second on this core: as the log reader calls it, and the rules alone."""
    path = DATA / "support_logs" / "mtrag_fiqa.jsonl"
    lines = records(LOGS) + (records(path) if path.exists() else [])
    talks = [[(turn["role"], turn["text"] or "") for turn in line["turns"]] for line in lines]
    size = sum(len(text.encode()) for talk in talks for _, text in talk)
    rates = []
    for with_names in (True, False):
        done, began = 0, time.process_time()
        while time.process_time() - began < PIECE:
            for talk in talks:
                names = names_in(talk) if with_names else ()
                redact_counted("\n\n".join(text for _, text in talk), names)
            done += size
        rates.append(done / (time.process_time() - began) / 1e6)
    return rates[0], rates[1]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else "held-out"
    table = Table("set", "kind", "pieces", "recall", "right kind", "placeholders", "precision", title=f"Lines: {which}")
    examples = []
    for name, texts in (
        ("Japanese", ours(JAPANESE)),
        ("English", ours(ENGLISH)),
        *((name, ours(JAPANESE.with_name(file))) for name, file in LATER.items()),
        ("Presidio", presidio()),
        ("MultiDoGO", multidogo()),
    ):
        lines = list(texts)
        lines = {"all": lines, "work": lines[::2], "held-out": lines[1::2]}[which]
        total = Score()
        scores = measure(lines)
        for kind in sorted(scores):
            score = scores[kind]
            table.add_row(
                name, kind, str(score.pieces), share(score.found, score.pieces), share(score.right_kind, score.pieces),
                str(score.placed), share(score.rightly, score.placed),
            )  # fmt: skip
            examples += [
                f"{name} {kind} {word}: {each!r}" for word in ("missed", "wrong") for each in getattr(score, word)
            ]
            if kind not in ("NAME", "ADDRESS"):
                total.pieces, total.found = total.pieces + score.pieces, total.found + score.found
                total.placed, total.rightly = total.placed + score.placed, total.rightly + score.rightly
                total.right_kind += score.right_kind
        if lines:
            table.add_row(
                name, "structured", str(total.pieces), share(total.found, total.pieces),
                share(total.right_kind, total.pieces), str(total.placed), share(total.rightly, total.placed),
                end_section=True, style="bold",
            )  # fmt: skip
    console = Console()
    console.print(table)
    if which == "work":
        for example in examples:
            console.print(example, markup=False, highlight=False)
    if (lost := telephones_lost()) is not None:
        console.print(f"Telephones in the public FAQ: {lost[0]}; lost when it is ingested: {lost[1]}")
    with_names, alone = speed()
    console.print(f"Speed: {with_names:.1f} MB/s as the log reader calls it, {alone:.1f} MB/s for the rules alone")


if __name__ == "__main__":
    main()
