"""OpenAI's chat completions, as their clients send and read them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from service.schemas.fields import Wire, whole


class OpenAIErrorBody(Wire):
    """What was wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(Wire):
    """An error as OpenAI's clients read it."""

    error: OpenAIErrorBody


class OpenAIMessage(Wire):
    """A message as OpenAI's clients send it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Its words. Raises ValueError for parts that are not text."""
        if not isinstance(self.content, list):
            return whole(self.content or "")
        words: list[str] = []
        for part in self.content:
            if part.get("type") not in ("text", "input_text") or not isinstance(part.get("text"), str):
                raise ValueError(f"content parts of type {part.get('type')!r} are not understood: send text")
            words.append(part["text"])
        return whole("\n".join(words))


class StreamOptions(Wire):
    """OpenAI's options of a stream."""

    include_usage: bool = False


class CompletionRequest(Wire):
    """OpenAI's chat completion: the last user message is the question, those before it are the conversation.

    System messages are accepted and not followed: the rules of the counter are its operator's.
    """

    model: str = Field(
        "default", max_length=200, description="An alias of `GET /v1/models`; unknown names mean the default."
    )
    messages: list[OpenAIMessage] = Field(
        min_length=1, max_length=1000, examples=[[{"role": "user", "content": "返品はいつまでできますか?"}]]
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(1, ge=1, le=1, description="One answer only.")
    user: str | None = None
