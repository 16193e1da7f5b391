"""The language model that writes answers: any OpenAI-compatible endpoint, through langchain-openai's ChatOpenAI.

LangChain is imported when a model is opened: a service that quotes passages starts without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Protocol

from knowledge.errors import ConfigError, ModelUnavailable
from service.answers import Usage
from service.prompts import Message
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

CONNECT_S = 5.0  # a server that cannot be reached within this is taken for down
CONNECTIONS = 1000  # answers that may be written at the same time
READY_S = 2.0  # how long a look whether the model's server is there may take
NO_KEY = "not-needed"  # what servers without keys are sent; the client insists on one


class Model(Protocol):
    """Writes an answer, piece by piece."""

    @property
    def name(self) -> str:
        """What the provider calls it."""

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield the words as they come and, where the provider tells it, the usage. Raises ModelUnavailable."""

    async def ready(self) -> str | None:
        """Why it cannot be asked now; None when all is well."""

    async def close(self) -> None:
        """Give the connections back, in the event loop that used them."""


def open_model(settings: ServiceSettings) -> Model | None:
    """The model that is configured; None when passages are to be quoted.

    Only MADOGUCHI_MODEL switches it on: an OPENAI_API_KEY that lies in the shell sends no customer's words anywhere.
    """
    if settings.model is None:
        return None
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigError(
            f"MADOGUCHI_MODEL is {settings.model}, but there is neither a key nor a server for it. "
            "Example: OPENAI_API_KEY=sk-… for OpenAI, or OPENAI_BASE_URL=http://127.0.0.1:8080/v1 for a local server"
        )
    return OpenAIModel(settings.model, settings)


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        import httpx2
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        self.name = name
        self._timeout_s = settings.model_timeout_s
        # A client of our own: the shared default one outlives the event loop that its connections belong to.
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(settings.model_timeout_s, connect=CONNECT_S),
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS // 10),
            follow_redirects=True,
        )
        # OpenAI's newest models know max_completion_tokens only, other servers often max_tokens only.
        limit = settings.max_answer_tokens
        self._chat: ChatOpenAI = ChatOpenAI(
            model=name,
            base_url=settings.openai_base_url or "https://api.openai.com/v1",
            api_key=settings.openai_api_key or SecretStr(NO_KEY),
            temperature=settings.model_temperature,
            http_async_client=self._http,
            max_retries=0,  # a customer waits: quoting a passage at once is better than asking a broken server again
            stream_usage=True,
            max_completion_tokens=None if settings.openai_base_url else limit,
            extra_body={"max_tokens": limit} if settings.openai_base_url else None,
        )

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield the words as they come, then the usage."""
        import httpx2
        import openai

        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_s
        chunks = self._chat.astream([(message.role, message.text) for message in messages])
        try:
            while True:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                if chunk.text:
                    yield chunk.text.encode("utf-8", "replace").decode()  # no half characters go further
                if used := chunk.usage_metadata:
                    yield Usage(used["input_tokens"], used["output_tokens"])
        except TimeoutError:
            raise ModelUnavailable(f"The model did not finish within {self._timeout_s:g} s.") from None
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            # the last three: what the client makes of a server that answers with something else than it should
            raise ModelUnavailable(f"The model gave no answer ({type(error).__name__}).") from error
        finally:
            await chunks.aclose()  # type: ignore[attr-defined]  # closes the connection

    async def ready(self) -> str | None:
        """Whether the server answers at all; whether it knows the model shows when it is asked."""
        import openai

        try:
            await self._chat.root_async_client.models.list(timeout=READY_S)
        except openai.NotFoundError:
            return None  # it is there, but lists no models
        except openai.OpenAIError as error:
            return f"The model's server does not answer as it should ({type(error).__name__})."
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
