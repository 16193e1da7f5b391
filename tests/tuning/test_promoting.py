"""`madoguchi tune promote` and `rollback`: the gate, the default, shares, history and the way back."""

from __future__ import annotations

import pytest
from models_to_compare import FakeModelServer, faithful, half
from test_comparing import ASKED, SLANG, adapt, add


@pytest.fixture
def compared(counter):
    """A counter where a good and a bad model were compared; the good one is the default."""
    records = [{"id": str(n), "question": asked, "reference": told} for n, (asked, told) in enumerate(ASKED.items())]
    place = counter.lines("asked.jsonl", records)
    with FakeModelServer(faithful) as good, FakeModelServer(half) as bad, FakeModelServer(faithful) as same:
        for alias, model in (("good", good), ("bad", bad), ("same", same)):
            add(counter, alias, model)
        assert counter.run("models", "default", "good")[0] == 0
        assert counter.json("tune", "compare", place, "--methods", "extractive,rag")[0] == 0
        yield counter


def standing(counter) -> tuple[str, dict[str, float]]:
    """The default and the shares."""
    told = counter.json("models", "list")[1]
    return told["default"], {one["alias"]: one["share"] for one in told["models"] if one["share"]}


def test_a_worse_model_is_refused_and_nothing_changes(compared):
    before = (compared.data / "models.json").read_bytes()
    code, _, err = compared.run("tune", "promote", "bad")
    assert code == 1
    assert "bad answers worse than good, who answers now" in err
    assert compared.run("tune", "promote", "bad", "--share", "10%")[0] == 1
    assert (compared.data / "models.json").read_bytes() == before


def test_an_equal_model_may_answer_and_is_taken_back_at_once(compared):
    code, told = compared.json("tune", "promote", "same", "--share", "10%")
    assert (code, told["instead_of"], told["gate"]["difference"]["value"]) == (0, "good", 0)
    assert standing(compared) == ("good", {"same": 0.1})
    assert compared.run("tune", "promote", "same")[0] == 0
    assert standing(compared) == ("same", {})
    assert compared.run("tune", "rollback")[0] == 0
    assert standing(compared) == ("good", {"same": 0.1})
    assert compared.run("tune", "rollback")[0] == 0
    assert standing(compared) == ("good", {})
    code, _, err = compared.run("tune", "rollback")
    assert (code, "no promotion to take back" in err) == (1, True)
    shown = compared.run("tune", "rollback", "--history")[1]
    assert "{" not in shown
    assert " 10%" in shown
    history = compared.json("tune", "rollback", "--history")[1]["history"]
    assert [one["action"] for one in history] == ["promote", "promote", "rollback", "rollback"]


def test_a_rollback_keeps_what_was_changed_beside_it(compared):
    compared.run("tune", "promote", "same")
    compared.run("models", "add", "new", "--name", "new", "--base-url", "http://127.0.0.1:9/v1")
    assert compared.run("tune", "rollback")[0] == 0
    told = compared.json("models", "list")[1]
    assert (told["default"], {one["alias"] for one in told["models"]}) == ("good", {"good", "bad", "same", "new"})


def test_a_dry_run_says_so_and_changes_nothing(compared):
    code, shown, _ = compared.run("tune", "promote", "same", "--dry-run")
    assert (code, "would answer" in shown, standing(compared)) == (0, True, ("good", {}))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("models", "add", "same", "--name", "other", "--base-url", "http://127.0.0.1:9/v1", "--replace"), "any more"),
        (("models", "default", "extractive"), ""),
    ],
)
def test_what_was_compared_is_what_is_promoted(compared, change, complaint):
    assert compared.run(*change)[0] == 0
    code, _, err = compared.run("tune", "promote", "same")
    assert (code != 0) == bool(complaint)
    assert complaint in err


def test_what_is_judged_is_the_search_that_serves(compared):
    adapt(compared, list(SLANG))
    code, _, err = compared.run("tune", "promote", "same")
    assert (code, "has no rag+transfer:same" in err) == (1, True)
    place = str(compared.folder / "asked.jsonl")
    assert compared.json("tune", "compare", place, "--methods", "rag+transfer")[0] == 0
    assert compared.json("tune", "promote", "same", "--dry-run")[1]["gate"]["notes"] == [
        "The comparison proves no difference in quality."
    ]
    adapt(compared, list(SLANG)[:2])
    notes = compared.json("tune", "promote", "same", "--dry-run")[1]["gate"]["notes"]
    assert "The search was adapted anew since the comparison." in notes
    assert compared.run("tune", "transfer", "--off")[0] == 0
    assert "has no rag:same" in compared.run("tune", "promote", "same")[2]


def test_without_a_comparison_nothing_is_promoted(counter):
    code, _, err = counter.run("tune", "promote", "extractive")
    assert (code, "No comparison was made yet" in err) == (1, True)
