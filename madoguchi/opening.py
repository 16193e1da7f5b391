"""What several commands open in the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.models.registry import Models
    from service.settings import ServiceSettings


@asynccontextmanager
async def opened(settings: ServiceSettings) -> AsyncIterator[Models]:
    """The language models, as long as they are asked; what is logged meanwhile goes to stderr."""
    from service.models.registry import Models
    from service.watching import logs

    logs.configure(settings.log_level)
    models = Models.open(settings)
    try:
        yield models
    finally:
        await models.close()
