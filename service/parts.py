"""Opens the long-lived parts at start-up and closes them at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from knowledge.finder import Finder
from knowledge.index.store import Generation
from knowledge.jobs import Jobs, can_queue
from knowledge.passages import Document
from knowledge.private_redis import RedisServer, running_redis
from knowledge.searching.query_vectors import QueryVectors
from service.access.budgets import Budgets
from service.access.keys import Keys
from service.access.limits import Limits
from service.access.uses import Uses
from service.answering.answerer import Answerer
from service.conversation import Summarizer
from service.http import problems
from service.memory.handoffs import Handoffs
from service.memory.runs import Runs
from service.memory.sessions import Sessions
from service.memory.storage import Storage
from service.models.base import Model
from service.models.registry import Models
from service.profile import load_profile
from service.settings import ServiceSettings
from service.summarizing import ModelSummarizer
from service.watching.tracing import WatchedAnswerer


class Knowledge(Finder, Protocol):
    """What is searched."""

    def ready(self) -> str | None:
        """Why no question can be answered; None when all is well."""

    @property
    def generation(self) -> Generation:
        """The newest sound generation. Raises NoKnowledge, DamagedIndex or WrongIndex when there is none."""

    def remove(self, document_id: str, wait_s: float) -> Document | None:
        """Take a document out; None when there is none. It is not found any more when this returns."""

    def faq_questions(self, each: int) -> dict[str, list[str]]:
        """For each language, at most `each` questions that customers ask often, in the FAQ's own words."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    settings: ServiceSettings
    knowledge: Knowledge
    models: Models
    answerer: Answerer
    sessions: Sessions
    redis: RedisServer
    jobs: Jobs | None  # None where Redis is a Cluster: there can be conversations, but no jobs
    keys: Keys
    storage: Storage
    runs: Runs
    handoffs: Handoffs
    limits: Limits
    budgets: Budgets
    summarizer: Summarizer
    uses: Uses

    async def close(self) -> None:
        """Give the connections back, in the event loop that used them."""
        await self.runs.close()
        await self.handoffs.close()
        await self.sessions.close()
        if self.jobs is not None:
            self.jobs.close()
        await self.answerer.close()
        await self.models.close()


@contextmanager
def open_parts(
    settings: ServiceSettings, knowledge: Knowledge | None = None, model: Model | None = None
) -> Iterator[Parts]:
    """All parts, from the settings alone; a test or another program may bring some ready-made.

    Raises ConfigError, WrongIndex or RedisUnavailable, each with what to do. Whoever runs the event loop closes the
    parts in it.
    """
    models = Models.single(model, settings) if model else Models.open(settings)
    profile = load_profile(settings.profile)
    with running_redis(settings) as server:
        vectors = None
        if knowledge is None:
            from knowledge.searching.live import LiveKnowledge

            vectors = QueryVectors.open(settings)
            knowledge = LiveKnowledge.open(settings, vectors)
        storage = Storage.connect(server.url)
        sessions = Sessions(storage, settings.session_ttl_hours)
        secret = settings.token_secret.get_secret_value() if settings.token_secret else None
        keys = Keys(settings.data, secret)
        answerer = WatchedAnswerer(knowledge, models, settings, profile, vectors)
        jobs = Jobs.connect(server.url) if can_queue(server.url) else None
        budgets = Budgets(storage, settings)
        yield Parts(
            settings, knowledge, models, answerer, sessions, server, jobs, keys, storage,
            Runs(storage), Handoffs(sessions, settings), Limits(storage, settings), budgets,
            ModelSummarizer(models, budgets), Uses(storage),
        )  # fmt: skip


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def _jobs(request: Request) -> Jobs:
    if (jobs := (await _parts(request)).jobs) is None:
        raise problems.Refused(problems.NO_QUEUE, "This service has no queue: its Redis is a Cluster.")
    return jobs


PartsDep = Annotated[Parts, Depends(_parts)]
JobsDep = Annotated[Jobs, Depends(_jobs)]
