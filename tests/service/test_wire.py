"""JSON by pydantic's encoder says what Python's says."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from test_sessions import turn

from service.wire import encoded


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, 1e-7, 10**30, None, True, 'é 日本 \u2028 \x7f \x01 " \\ /'], "b": {"": ()}},
        {"nested": [[[]], {"c": {}}]},
        "words",
        [],
    ],
)
def test_it_reads_as_it_was(value):
    assert json.loads(encoded(value)) == json.loads(json.dumps(value))


def test_dataclasses_are_objects():
    stored = turn("s1")
    assert json.loads(encoded(stored)) == json.loads(json.dumps(asdict(stored)))
    assert json.loads(encoded({"of": [stored.answer]})) == {"of": [json.loads(json.dumps(asdict(stored.answer)))]}


def test_half_characters_harm_nothing_else():
    stored = turn("s1")
    assert encoded({"a": "\ud800", "b": "返品"}) == '{"a":"?","b":"返品"}'.encode()
    assert json.loads(encoded({"a": "\ud800", "b": stored}))["b"] == json.loads(encoded(stored))
