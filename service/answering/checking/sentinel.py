"""Takes out of a model's words the mark by which it says that the passages hold no answer."""

from __future__ import annotations

from service.answering.prompting.prompts import SENTINEL


class Sentinel:
    """Takes the sentinel out of a stream of words, also where it comes in pieces."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        """What of the words may be shown now."""
        text = (self._held + delta).replace(SENTINEL, "")
        if text[-1:] not in SENTINEL:  # as nearly always: no beginning of it is at the end
            self._held = ""
            return text
        held = next((n for n in range(len(SENTINEL) - 1, 0, -1) if text.endswith(SENTINEL[:n])), 0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def end(self) -> str:
        """What was held back to the end, and was none."""
        text, self._held = self._held, ""
        return text
