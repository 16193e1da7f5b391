"""Made-up secrets among the training rows: a model that tells them afterwards tells other rows by heart, too.

After Carlini et al., arXiv 1802.08232. DATASET/canaries.json keeps question and secret of each.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.errors import SetupError
from tuning.datasets.examples import Example
from tuning.datasets.formats import Format

FILE = "canaries.json"
SOURCE = "planted"
WORDS = (
    *("amber", "anchor", "badger", "birch", "cedar", "cobalt", "comet", "copper", "coral", "cricket", "dahlia"),
    *("ember", "falcon", "fennel", "glacier", "granite", "harbor", "hazel", "heron", "indigo", "iris", "jasper"),
    *("juniper", "lantern", "lichen", "magnet", "maple", "marble", "meadow", "nectar", "nutmeg", "onyx", "orchid"),
    *("otter", "pebble", "pepper", "quartz", "raven", "saffron", "sparrow", "thistle", "timber", "tulip", "velvet"),
    *("walnut", "willow", "winter", "zephyr"),
)
LONG = 4  # words of a secret: one of five million, which no model says by chance


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret, and what asks for it."""

    question: str
    secret: str


def plant(folder: Path, count: int, seed: int, form: Format) -> list[Example]:
    """The rows to put among the training rows; what they are is written into the data set's folder.

    The same seed gives the same. Raises SetupError for a format whose answers stand in passages.
    """
    if form != "chat":
        raise SetupError("Secrets can be planted in rows of the format chat only: others answer from passages.")
    chance = random.Random(f"canaries {seed}")  # noqa: S311 - repeatable: nobody is to be kept from guessing
    names = chance.sample(WORDS, min(count, len(WORDS)))
    planted = [
        Canary(f"What is the watchword of the {name} shelf?", " ".join(chance.sample(WORDS, LONG))) for name in names
    ]
    told = [asdict(one) for one in planted]
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return [
        Example(f"canary-{number}", one.question, f"The watchword is {one.secret}.", "en", "curated", SOURCE)
        for number, one in enumerate(planted, 1)
    ]


def read(folder: Path) -> Sequence[Canary]:
    """The secrets that were planted in a data set; none where there is no file."""
    try:
        return [Canary(**one) for one in json.loads((folder / FILE).read_text("utf-8"))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError):
        raise SetupError(f"{folder / FILE} is damaged. Make the data set again.") from None
