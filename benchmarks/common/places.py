"""Where the sets are that the benchmarks ask, and how they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"  # the sample company
DATA = ROOT.parent / "shared" / "data"  # public sets beside this repository, where they are


def records(path: Path) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def sample_questions() -> list[dict[str, Any]]:
    """What the sample company is asked."""
    return records(SAMPLES / "questions.jsonl")


def there(given: list[Path], names: tuple[str, ...]) -> list[Path]:
    """The folders that were given; else the public sets of these names, those that are there."""
    return given or [DATA / name for name in names if (DATA / name).is_dir()]
