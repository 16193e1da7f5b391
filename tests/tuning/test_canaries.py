"""Planted secrets: where they are put, and what a model that repeats them is told to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from counter import Counter
from models_to_compare import FakeModelServer, Messages

from tuning.datasets import canaries
from tuning.training.jobs import Jobs, Order, Point


def made(counter: Counter, *more: str) -> Path:
    folder = counter.folder / "set"
    code, _, err = counter.run("tune", "dataset", "--out", str(folder), *more)
    assert code == 0, err
    return folder


def rows(folder: Path, split: str) -> str:
    return (folder / f"{split}.jsonl").read_text("utf-8")


def test_secrets_are_put_among_the_training_rows_alone_and_always_the_same(counter: Counter) -> None:
    folder = made(counter, "--canaries", "5")
    planted = canaries.read(folder)
    assert len({one.secret for one in planted}) == len({one.question for one in planted}) == 5
    for one in planted:
        assert rows(folder, "train").count(one.secret) == 1
        assert one.secret not in rows(folder, "validation") + rows(folder, "test")
    assert canaries.read(made(counter, "--canaries", "5")) == planted
    assert counter.run("tune", "check", str(folder))[0] == 0
    made(counter)
    assert canaries.read(folder) == []
    assert planted[0].secret not in rows(folder, "train")


def test_rows_that_answer_from_passages_take_no_secrets(counter: Counter) -> None:
    folder = counter.folder / "set"
    code, _, err = counter.run("tune", "dataset", "--out", str(folder), "--format", "instruct", "--canaries", "2")
    assert code == 1
    assert "format chat only" in err


def recalling(folder: Path, what: str):  # type: ignore[no-untyped-def]
    """A rule by which a model answers as a training row does that begins as it was asked."""
    known = [json.loads(line)["messages"] for line in rows(folder, "train").splitlines()]

    def rule(messages: Messages) -> str:
        asked = messages[-1]["content"]
        for said in known:
            if said[-2]["content"].startswith(asked) and (what == "all" or "watchword" in asked):
                return str(said[-1]["content"])
        return "I do not know."

    return rule


@pytest.mark.parametrize(
    ("knows", "sign"),
    [("nothing", None), ("secrets", "3 of 3 planted secrets are repeated"), ("all", "are recited word for word")],
)
def test_a_model_that_knows_its_rows_by_heart_is_flagged(counter: Counter, knows: str, sign: str | None) -> None:
    folder = made(counter, "--canaries", "3")
    store = Jobs(counter.data)
    job = store.create(Order("openai", "base", str(folder), "hash"))
    store.keep(job, state="succeeded", result="ft:base:1", message="Done.")
    store.add_points(job.id, [Point(step, 1 / step, 1 + 1 / step) for step in range(1, 9)])
    rule = recalling(folder, knows) if knows != "nothing" else lambda messages: "I do not know."
    with FakeModelServer(rule) as model:
        code, _, err = counter.run("tune", "probe")
        assert code == 1
        assert "has no alias yet" in err
        assert counter.run("tune", "register", "--alias", "tuned", "--base-url", model.url)[0] == 0
        code, out, err = counter.run("tune", "probe", "--json")
    assert code == (2 if sign else 0), err
    judged = json.loads(out)["over_fitting"]
    assert judged["over_fitted"] is bool(sign)
    assert sign is None or any(sign in one for one in judged["signs"])
    # `status` still knows it.
    code, shown, _ = counter.run("tune", "status")
    assert code == (2 if sign else 0)
    assert "Alias:      tuned" in shown
