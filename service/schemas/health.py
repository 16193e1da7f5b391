"""Whether the service can do its work, as it goes over the wire."""

from __future__ import annotations

from pydantic import Field

from service.schemas.fields import Wire


class Part(Wire):
    """One part of the service."""

    ready: bool
    reason: str | None = Field(None, description="Why it is not.")


class Readiness(Wire):
    """Whether the service can do its work."""

    ready: bool
    parts: dict[str, Part]
