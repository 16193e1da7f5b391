"""The quick way to a model: one HTTP request to an OpenAI-compatible endpoint, its stream read without detours.

It gives what ChatOpenAI gives (tests hold the two together) for a fraction of the processor time, which decides how
many customers one machine serves.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import aiohttp

from knowledge.errors import ModelUnavailable
from knowledge.proxies import proxy_for
from knowledge.settings import OPENAI
from service.answers import Usage
from service.models.base import Deadlines, Message, Sift, Sifting, Unfinished
from service.models.heard import Chunk, Heard, error_of, in_one_piece, named
from service.models.specs import Spec
from service.wire import encoded

if TYPE_CHECKING:
    from pydantic import SecretStr

T = TypeVar("T")
READY_S = 2.0  # how long a look whether the model's server is there may take
PAUSE_S = 0.2  # before the first further try; doubled and scattered for each one after it
PASSING = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
GOOD = frozenset((200, 201, 202, 203))
REDIRECTS = 3
ERROR_BYTES = 65_536  # of an error's body that are read
DROPPABLE = ("temperature", "stream_options", "max_tokens", "max_completion_tokens")  # not known to every model


class Connections:
    """The connections of all lean models of one process; opened in the event loop that first needs them."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The one session."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )
        return self._session

    async def close(self) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class LeanModel(Sifting):
    """A model behind an OpenAI-compatible endpoint."""

    def __init__(self, spec: Spec, key: SecretStr | None, connections: Connections) -> None:
        self.name = spec.name
        self._spec, self._key, self._connections = spec, key, connections
        self._base = spec.base_url or OPENAI
        self._proxy = proxy_for(self._base)
        self._without: set[str] = set()  # parameters that the server has refused
        self._free: asyncio.Semaphore | None = None

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield the words as they come, then the usage."""
        return self._said(messages)

    def sifted(self, messages: Sequence[Message], sift: Sift) -> AsyncGenerator[str | Usage, None]:
        """The same, as far as the sift lets it through."""
        return self._said(messages, sift=sift)

    def whole(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """The same without a stream: the words in one piece."""
        return self._said(messages, {"stream": False, "stream_options": None})

    async def chunks(
        self,
        messages: Sequence[Mapping[str, Any]],
        more: Mapping[str, Any] | None = None,
        sift: Sift | None = None,
    ) -> AsyncGenerator[Chunk, None]:
        """Yield an answer's words, then how it finished, then its usage. Raises ModelUnavailable."""
        limits = Deadlines(self._spec.timeouts)
        async with self._place(limits):
            tries = 0
            while True:
                try:
                    async with aclosing(self._asked(messages, more or {}, limits, sift)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                    return
                except Unfinished as failure:
                    pause = PAUSE_S * 2**tries * random.uniform(0.5, 1.5)  # noqa: S311 scatters, hides nothing
                    if failure.after_s is not None:
                        pause = failure.after_s
                    tries += 1
                    if limits.began or tries > self._spec.retries or pause >= limits.left_s:
                        raise
                    await asyncio.sleep(pause)

    async def ready(self) -> str | None:
        """Whether the server answers at all; whether it knows the model shows when it is asked."""
        try:
            async with (
                asyncio.timeout(READY_S),
                self._connections.session().get(
                    f"{self._base}/models", headers=self._headers(), allow_redirects=False, proxy=self._proxy
                ) as response,
            ):
                if response.status < 400 or response.status == 404:  # 404: it is there, but lists no models
                    return None
                return f"The model's server answers {response.status}."
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"The model's server does not answer as it should ({type(error).__name__})."

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _said(
        self, messages: Sequence[Message], more: Mapping[str, Any] | None = None, sift: Sift | None = None
    ) -> AsyncGenerator[str | Usage, None]:
        spoken = [{"role": one.role, "content": one.text} for one in messages]
        async with aclosing(self.chunks(spoken, more, sift)) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    yield chunk.text
                if chunk.usage:
                    yield chunk.usage

    @asynccontextmanager
    async def _place(self, limits: Deadlines) -> AsyncGenerator[None, None]:
        """One of the answers that may be written at the same time."""
        if self._free is None:
            self._free = asyncio.Semaphore(self._spec.concurrency)
        try:
            async with asyncio.timeout_at(limits.at):
                await self._free.acquire()
        except TimeoutError:
            raise ModelUnavailable("The model is busy with as many answers as it may write at a time.") from None
        try:
            yield
        finally:
            self._free.release()

    def _payload(self, messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> dict[str, Any]:
        limit = "max_tokens" if self._spec.base_url else "max_completion_tokens"
        if limit in self._without:
            limit = "max_completion_tokens" if limit == "max_tokens" else "max_tokens"
        payload = {
            "model": self._spec.name,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self._spec.temperature,
            limit: self._spec.max_answer_tokens,
            **more,
        }
        return {key: value for key, value in payload.items() if key not in self._without and value is not None}

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json", "User-Agent": "madoguchi"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        return headers

    async def _asked(
        self, messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any], limits: Deadlines, sift: Sift | None
    ) -> AsyncGenerator[Chunk, None]:
        """One try."""
        response: aiohttp.ClientResponse | None = None
        try:
            response = await _in_time(self._opened(messages, more), limits)
            if response.content_type == "application/json":
                for chunk in await _in_time(in_one_piece(response), limits):
                    yield replace(chunk, text=sift(chunk.text)) if sift and chunk.text else chunk
                return
            if response.content_type == "text/html":
                raise ModelUnavailable("The model's server answers with a web page.")
            heard = Heard(self._spec.max_answer_tokens)
            while not heard.ended:
                if words := await _in_time(heard.more(response.content, limits, sift), limits):
                    yield Chunk(words)  # also those that came before a fault, as they would have in two reads
                if heard.failure:
                    raise heard.failure
            if heard.finish == "content_filter" and not heard.length:
                raise ModelUnavailable("The model's provider has filtered the answer.")
            yield Chunk(finish=heard.finish or "stop")
            if heard.usage:
                yield Chunk(usage=heard.usage)
        finally:
            if response is not None:
                response.close()

    async def _opened(self, messages: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> aiohttp.ClientResponse:
        """The answer of the server, once it is a good one."""
        address = f"{self._base}/chat/completions"
        timeout = aiohttp.ClientTimeout(total=None, connect=self._spec.timeouts.connect_s)
        for _ in range(REDIRECTS + len(DROPPABLE) + 1):
            response = await self._connections.session().post(
                address,
                data=encoded(self._payload(messages, more)),
                headers=self._headers(),
                allow_redirects=False,
                timeout=timeout,
                proxy=self._proxy,
            )
            if response.status in GOOD:
                return response
            try:
                if response.status in (307, 308):
                    address = self._followed(address, response)
                    continue
                body = await response.content.read(ERROR_BYTES)
                error = error_of(body)
                if response.status in (400, 422) and self._learned(error):
                    continue
                said = f"The model's server answered {response.status}{named(error)}."
                if response.status in PASSING:
                    raise Unfinished(said, _retry_after(response.headers.get("Retry-After")))
                raise ModelUnavailable(said)
            finally:
                response.close()
        raise ModelUnavailable("The model's server redirects too often.")

    def _followed(self, address: str, response: aiohttp.ClientResponse) -> str:
        """Where a redirect leads, when that is the same server: the key and the customer's words go to no other."""
        target = urljoin(address, response.headers.get("Location", ""))
        if urlsplit(target)[:2] != urlsplit(address)[:2] or target == address:
            raise ModelUnavailable("The model's server redirects to another address: set that as its base URL.")
        return target

    def _learned(self, error: Mapping[str, Any]) -> bool:
        """Whether the server has refused a parameter that it can be asked without."""
        refused = str(error.get("param") or "")
        message = str(error.get("message") or "")
        for name in DROPPABLE:
            if name not in self._without and (refused == name or (not refused and name in message)):
                self._without.add(name)
                return True
        return False


async def _in_time(waited: Awaitable[T], limits: Deadlines) -> T:
    """What the model's server brings, as long as there is patience left. Raises ModelUnavailable for all that fails."""
    try:
        async with limits.waiting():
            return await waited
    except aiohttp.ConnectionTimeoutError:
        raise Unfinished(f"The model's server could not be reached within {limits.connect_s:g} s.") from None
    except TimeoutError:
        raise limits.missed() from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise ModelUnavailable(f"The model's server is not to be trusted ({type(error).__name__}).") from None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError) as error:
        raise Unfinished(f"The connection to the model broke ({type(error).__name__}).") from error
    except (aiohttp.ClientError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # what a server sends that does not keep to the protocol
        raise ModelUnavailable(f"The model's server answers what cannot be read ({type(error).__name__}).") from error


def _retry_after(value: str | None) -> float | None:
    """Seconds; the header may also hold a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, then.timestamp() - time.time())
