"""An error, as it goes over the wire."""

from __future__ import annotations

from pydantic import Field, JsonValue

from service.schemas.fields import Wire


class Problem(Wire):
    """An error after RFC 9457."""

    type: str = Field(
        description="A stable name of the kind of error.", examples=["urn:madoguchi:problem:unknown-session"]
    )
    title: str
    status: int
    detail: str | None = Field(None, description="What is wrong with this request, and what to do.")
    instance: str | None = Field(None, description="The request's id, as in `X-Request-Id`.")
    errors: list[dict[str, JsonValue]] | None = Field(None, description="Each wrong field of the request.")
