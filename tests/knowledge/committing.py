"""Commits of numbered versions, by processes that are killed or whose disk fails.

Run as a program, with faults.c preloaded, it reads orders from its standard input and answers each with one line of
JSON: how the process that committed ended, and how many calls that change files it made.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

from bases import ANALYZER, EMBEDDER, HOURS, faq, open_generation

from knowledge.errors import CannotWrite, DamagedIndex
from knowledge.index import committing, generations
from knowledge.index.committing import Changes
from knowledge.passages import document_id

QUESTION = "Which version is this?"
DONE, REFUSED, ODD = 0, 3, 4  # exit codes: committed, ended in words, ended otherwise


def begin(data: Path) -> None:
    """A knowledge base with a document that stays and version 0 of one that changes."""
    with generations.writing(data):
        committing.commit(data, Changes([faq("stays.csv", HOURS)]), EMBEDDER, ANALYZER, None)
    commit_version(data, 0)


def commit_version(data: Path, number: int) -> None:
    """Replace the document that changes."""
    with generations.writing(data, wait_s=30):
        base = open_generation(data)
        entry = faq("changes.csv", {QUESTION: f"This is version v{number}x.", "Filler?": f"{number} " * 500})
        committing.commit(data, Changes([entry]), EMBEDDER, ANALYZER, base)


def version(data: Path) -> int:
    """The version that serves, after looking whether everything else fits it."""
    generation = open_generation(data)
    assert set(generation.documents) == {document_id("stays.csv"), document_id("changes.csv")}
    assert len(generation) == len(generation.dense) == len(generation.lexical) == 4
    assert [passage.text for passage in generation.passages(document_id("stays.csv"))] == list(HOURS.values())
    text = generation.passages(document_id("changes.csv"))[0].text
    number = int(text.removeprefix("This is version v").removesuffix("x."))
    found, _ = generation.by_words(f"v{number}x", 5)
    assert found.tolist()[:1] == generation.rows(document_id("changes.csv"))[:1].tolist()
    return number


def end_of(data: Path, number: int) -> tuple[int, str]:
    """Commit, and tell how it ended, as an exit code and in words."""
    try:
        commit_version(data, number)
    except (CannotWrite, DamagedIndex) as error:
        return REFUSED, str(error)
    except BaseException as error:  # noqa: BLE001  # whatever it is, the test must hear of it
        return ODD, f"{type(error).__module__}.{type(error).__name__}: {error}"
    return DONE, ""


def main() -> None:
    """Fork a process for each order: an own interpreter for each would take seconds."""
    faults = ctypes.CDLL(os.environ["LD_PRELOAD"])
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            faults.fault_arm(ctypes.c_long(order["at"]), ctypes.c_long(order["mode"]))
            code, words = end_of(Path(order["data"]), order["number"])
            faults.fault_disarm()
            os.write(2, words.encode())
            os._exit(code)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        faults.fault_disarm()
        sys.stdout.write(json.dumps({"ended": ended, "calls": faults.fault_calls()}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
