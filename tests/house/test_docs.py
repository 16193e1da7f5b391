"""The documents keep up with the code."""

from pathlib import Path

import pytest

from service.problems import KINDS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_problem_is_in_the_api_guide(kind):
    assert f"| `{kind.name}` | {kind.status} |" in (DOCS / "api.md").read_text("utf-8")
