"""Models through LangChain: ChatOpenAI for every feature of OpenAI's, `init_chat_model` for other providers.

LangChain is imported when a model is opened: a service that does not use it starts without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.errors import ConfigError, ModelUnavailable
from knowledge.settings import OPENAI
from service.answers import Usage
from service.models.base import Deadlines, Message
from service.models.lean import READY_S
from service.models.specs import Spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from pydantic import SecretStr

CONNECTIONS = 1000  # answers that may be written at the same time
NO_KEY = "not-needed"  # what servers without keys are sent; the client insists on one


class ChatModel:
    """A model behind LangChain's interface."""

    def __init__(self, spec: Spec, key: SecretStr | None) -> None:
        import httpx2

        self.name = spec.name
        self._spec = spec
        # A client of our own: the shared default one outlives the event loop that its connections belong to.
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(spec.timeouts.total_s, connect=spec.timeouts.connect_s),
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS // 10),
        )
        provider, _, model = spec.name.partition(":")
        if model and not spec.base_url and provider != "openai":
            self._chat = _of_provider(spec, provider, model, key)
        else:
            self._chat = chat_openai(spec, key, self._http, spec.name.removeprefix("openai:"))

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield the words as they come, then the usage."""
        import httpx2
        import openai
        from langchain_core.exceptions import LangChainException

        limits = Deadlines(self._spec.timeouts)
        chunks = self._chat.astream([(message.role, message.text) for message in messages])
        finish: str | None = None
        said = False
        usage: Usage | None = None
        try:
            while True:
                async with asyncio.timeout_at(limits.at):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                finish = _finish(chunk.response_metadata) or finish
                if chunk.text:
                    said = True
                    limits.token()
                    yield chunk.text.encode("utf-8", "replace").decode()  # no half characters go further
                if used := getattr(chunk, "usage_metadata", None):
                    usage = Usage(used["input_tokens"], used["output_tokens"])
        except TimeoutError:
            raise limits.missed() from None
        except (openai.OpenAIError, httpx2.HTTPError, LangChainException, OSError, RuntimeError) as error:
            raise ModelUnavailable(f"The model gave no answer ({type(error).__name__}).") from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            # what the clients make of a server that answers with something else than it should
            raise ModelUnavailable(
                f"The model's server answers what cannot be read ({type(error).__name__})."
            ) from error
        finally:
            await chunks.aclose()  # type: ignore[attr-defined]  # closes the connection
        if finish is None:
            raise ModelUnavailable("The model broke off in the middle of its answer.")
        if finish == "content_filter" and not said:
            raise ModelUnavailable("The model's provider has filtered the answer.")
        if usage:
            yield usage

    async def ready(self) -> str | None:
        """Whether the server answers at all; whether it knows the model shows when it is asked."""
        import openai

        client = getattr(self._chat, "root_async_client", None)
        if client is None:
            return None  # another provider: only a question would tell, and that costs money
        try:
            await client.models.list(timeout=READY_S)
        except openai.NotFoundError:
            return None  # it is there, but lists no models
        except openai.OpenAIError as error:
            return f"The model's server does not answer as it should ({type(error).__name__})."
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def chat_openai(spec: Spec, key: SecretStr | None, http: Any = None, name: str | None = None) -> BaseChatModel:
    """ChatOpenAI as a spec wants it."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # OpenAI's newest models know max_completion_tokens only, other servers often max_tokens only.
    limit = spec.max_answer_tokens
    return ChatOpenAI(
        model=name or spec.name,
        base_url=spec.base_url or OPENAI,
        api_key=key or SecretStr(NO_KEY),
        temperature=spec.temperature,
        http_async_client=http,
        max_retries=spec.retries,
        stream_usage=True,
        max_completion_tokens=None if spec.base_url else limit,
        extra_body={"max_tokens": limit} if spec.base_url else None,
    )


def _of_provider(spec: Spec, provider: str, model: str, key: SecretStr | None) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": spec.temperature, "max_tokens": spec.max_answer_tokens}
    if key is not None:
        options["api_key"] = key.get_secret_value()
    try:
        chat: BaseChatModel = init_chat_model(model, model_provider=provider, timeout=spec.timeouts.total_s, **options)
    except ImportError as error:
        raise ConfigError(
            f"For {spec.name} a package of LangChain is missing: pip install {error.name or provider}."
        ) from None
    except ValueError as error:
        raise ConfigError(f"LangChain cannot open {spec.name}: {error}") from None
    return chat


def _finish(metadata: dict[str, Any]) -> str | None:
    return metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason")
