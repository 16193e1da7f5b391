"""What httpx2's clients take for an answer: plain, not larger and not longer under way than an answer of that kind is.

A server that is out of order sends without end, or a byte now and then: the client's own time limit is for each byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx2

PLAIN = {"Accept-Encoding": "identity"}  # headers of each request: what is packed may be of any size


def bounded(seconds: float, most: int) -> Callable[[httpx2.Response], None]:
    """A hook for answers: the rest must come within `seconds` of the header, and have at most so many bytes.

    Raises ReadTimeout and DecodingError, where the client reads.
    """

    def hook(response: httpx2.Response) -> None:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise httpx2.DecodingError("the answer is packed, though that was not asked for")
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Bounded(response.stream, time.monotonic() + seconds, most)

    return hook


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, ends: float, most: int) -> None:
        self._stream, self._ends, self._most = stream, ends, most

    def __iter__(self) -> Iterator[bytes]:
        left = self._most
        for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx2.DecodingError(f"the answer has more than {self._most:,} bytes")
            if time.monotonic() > self._ends:
                raise httpx2.ReadTimeout("the answer did not end in time")
            yield part

    def close(self) -> None:
        self._stream.close()
