"""Asks an OpenAI-compatible server for the vectors of questions without blocking, and without detours.

OpenAI's client takes several milliseconds of the processor for each request, which is most of what a whole answer may
take. What is unusual (a failure, a redirect, an answer that cannot be read) is left to that client and its words.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import aiohttp
import jiter
from pydantic import SecretStr

from knowledge.proxies import proxy_for

LARGEST = 32_000_000  # bytes of an answer: 128 vectors of 4,096 numbers, one on a line


class RemoteQueries:
    """The connections to one server; opened in the event loop that first needs them."""

    def __init__(self, model: str, base_url: str, key: SecretStr, seconds: float) -> None:
        self._model, self._address, self._key, self._seconds = model, f"{base_url}/embeddings", key, seconds
        self._proxy = proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, texts: Sequence[str]) -> list[list[float]] | None:
        """The vectors in the order of the texts; None where the server does not answer as it should.

        Raises TimeoutError when it does not answer in time.
        """
        request = {"model": self._model, "input": texts, "encoding_format": "float"}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._connections().post(
                    self._address,
                    data=json.dumps(request, ensure_ascii=False).encode("utf-8", "replace"),
                    headers={
                        "Accept-Encoding": "identity",  # what is packed may be of any size
                        "Authorization": f"Bearer {self._key.get_secret_value()}",
                        "Content-Type": "application/json",
                        "User-Agent": "madoguchi",
                    },
                    allow_redirects=False,
                    proxy=self._proxy,
                ) as response,
            ):
                if response.status != 200:
                    return None
                body = bytearray()
                async for part in response.content.iter_any():
                    body += part
                    if len(body) > LARGEST:
                        return None
                answer = jiter.from_json(bytes(body))
                placed = sorted(answer["data"], key=lambda one: one["index"])
                return [one["embedding"] for one in placed]
        except (aiohttp.ClientError, ValueError, TypeError, KeyError, AttributeError):
            return None

    async def close(self) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        return self._session
