"""Reads server-sent events out of a stream of bytes, however it is cut: the part of the standard that models use."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 4_000_000  # bytes of one event: what is longer is no word of an answer


class TooLong(ValueError):
    """An event that does not end."""


class Events:
    """Feed it bytes; it yields the data of each event that is complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._first, self._after_return = True, False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The events that these bytes complete. Raises TooLong."""
        if self._after_return and data[:1] == b"\n":
            data = data[1:]
        self._after_return = data.endswith(b"\r") if data else self._after_return
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        buffered = self._rest + data
        if self._first and len(buffered) >= 3:
            self._first, buffered = False, buffered.removeprefix(b"\xef\xbb\xbf")
        *lines, self._rest = buffered.split(b"\n")
        for line in lines:
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        if len(self._rest) + sum(map(len, self._data)) > LONGEST:
            raise TooLong

    def end(self) -> Iterator[bytes]:
        """An event that the end of the stream completes: many servers leave out its last empty line."""
        yield from self.feed(b"\n\n")
