"""Opens the long-lived parts at start-up and closes them at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from knowledge.passages import Finder
from knowledge.private_redis import RedisServer, running_redis
from service.answering import Answerer
from service.budgets import Budgets
from service.handoffs import Handoffs
from service.keys import Keys
from service.limits import Limits
from service.models import Model, open_model
from service.runs import Runs
from service.sessions import Sessions
from service.settings import ServiceSettings
from service.storage import Storage
from service.uses import Uses
from service.watching import WatchedAnswerer


class Knowledge(Finder, Protocol):
    """What is searched."""

    def ready(self) -> str | None:
        """Why no question can be answered; None when all is well."""

    def faq_questions(self, each: int) -> dict[str, list[str]]:
        """For each language, at most `each` questions that customers ask often, in the FAQ's own words."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    settings: ServiceSettings
    knowledge: Knowledge
    model: Model | None
    answerer: Answerer
    sessions: Sessions
    redis: RedisServer
    keys: Keys
    storage: Storage
    runs: Runs
    handoffs: Handoffs
    limits: Limits
    budgets: Budgets
    uses: Uses

    async def close(self) -> None:
        """Give the connections back, in the event loop that used them."""
        await self.runs.close()
        await self.sessions.close()
        if self.model is not None:
            await self.model.close()


@contextmanager
def open_parts(
    settings: ServiceSettings, knowledge: Knowledge | None = None, model: Model | None = None
) -> Iterator[Parts]:
    """All parts, from the settings alone; a test or another program may bring some ready-made.

    Raises ConfigError, WrongIndex or RedisUnavailable, each with what to do. Whoever runs the event loop closes the
    parts in it.
    """
    model = model or open_model(settings)
    with running_redis(settings) as server:
        if knowledge is None:
            from knowledge.live import LiveKnowledge

            knowledge = LiveKnowledge.open(settings)
        storage = Storage.connect(server.url)
        sessions = Sessions(storage, settings.session_ttl_hours)
        secret = settings.token_secret.get_secret_value() if settings.token_secret else None
        keys = Keys(settings.data, secret)
        answerer = WatchedAnswerer(knowledge, model, settings)
        yield Parts(
            settings, knowledge, model, answerer, sessions, server, keys, storage,
            Runs(storage), Handoffs(sessions, settings), Limits(storage, settings), Budgets(storage, settings),
            Uses(storage),
        )  # fmt: skip


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]
