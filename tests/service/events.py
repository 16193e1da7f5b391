"""Reads a stream of server-sent events as a list, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Sent:
    name: str
    id: str
    data: Any


def ask(client: httpx.Client, message: str, **fields: Any) -> list[Sent]:
    """Ask with streaming on; the events in their order."""
    with client.stream("POST", "/api/chat", json={"message": message, "stream": True, **fields}) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        return parse("".join(response.iter_text()))


def parse(text: str) -> list[Sent]:
    events = []
    for block in text.split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if line and not line.startswith(":")]
        fields = {name: value for name, _, value in lines}
        if fields:
            events.append(Sent(fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])))
    return events
