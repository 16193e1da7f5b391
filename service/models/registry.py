"""Who answers: the aliases, the default, shares of sessions, and the chain of those who step in.

The aliases stand in `models.json` of the data folder, beside the model that the environment names. The file is looked
at again while the service runs; a mistake in it is told by /readyz and changes nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog
from pydantic import SecretStr

from knowledge.errors import ConfigError, MadoguchiError
from knowledge.files import stamp
from service.answers import Usage
from service.models import specs
from service.models.base import Model
from service.models.specs import DEFAULT, EXTRACTIVE, Spec
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from service.models.lean import Connections

LOOK_S = 1.0  # how often the file is looked at: a change is followed within seconds


class UnknownModel(MadoguchiError):
    """There is no model of that alias."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model under its alias, with what it costs."""

    alias: str
    model: Model
    spec: Spec

    def priced(self, usage: Usage) -> Usage:
        """The usage with its cost, in the operator's currency."""
        prompt = usage.prompt_tokens * self.spec.price_per_million_prompt_tokens
        completion = usage.completion_tokens * self.spec.price_per_million_completion_tokens
        return replace(usage, cost=round((prompt + completion) / 1e6, 9))


class Models:
    """All models of a process."""

    def __init__(self, environment: Spec | None, key: SecretStr | None, file: Path | None) -> None:
        self._environment, self._key, self._file = environment, key, file
        self._connections: Connections | None = None
        self._served: dict[str, Served] = {}
        self._retired: list[Model] = []
        self._default: str | None = None
        self._seen: tuple[int, ...] | None = None
        self._looked = 0.0
        self.trouble: str | None = None  # what is wrong with the file
        self._load()

    @classmethod
    def open(cls, settings: ServiceSettings) -> Self:
        """The models of the settings and of the data folder. Raises ConfigError."""
        return cls(specs.of_environment(settings), settings.openai_api_key, settings.data / specs.FILE)

    @classmethod
    def single(cls, model: Model | None, settings: ServiceSettings) -> Self:
        """One model that is there already, as the default; with None passages are quoted."""
        models = cls(None, None, None)
        if model is not None:
            spec = Spec(
                name=model.name,
                price_per_million_prompt_tokens=settings.price_per_million_prompt_tokens,
                price_per_million_completion_tokens=settings.price_per_million_completion_tokens,
            )
            models._served[DEFAULT] = Served(DEFAULT, model, spec)
            models._default = DEFAULT
        return models

    @property
    def aliases(self) -> list[str]:
        """What can be asked for by name, the default first."""
        self._follow()
        return list(dict.fromkeys((DEFAULT, *self._served, EXTRACTIVE)))

    def chain(self, alias: str | None, session: str | None = None) -> tuple[Served, ...]:
        """Who is to answer, and who steps in for whom, in that order; passages are quoted when all have failed.

        Without an alias it is the default's turn, or that of a model with a share of the sessions: the same session
        always meets the same. A provider's name of a model does as well as its alias. Raises UnknownModel.
        """
        self._follow()
        if alias in (None, DEFAULT):
            alias = self._share_of(session) or self._default or EXTRACTIVE
        elif alias not in self._served and alias != EXTRACTIVE:
            named = next((one.alias for one in self._served.values() if one.spec.name == alias), None)
            if named is None:
                raise UnknownModel(f"There is no model {alias!r}. There are: {', '.join(self.aliases)}.")
            alias = named
        return tuple(self._fallbacks(alias))

    def described(self) -> str:
        """Who answers, for the operator."""
        chain = self.chain(None)
        if not chain:
            return "none: passages are quoted"
        first = chain[0].spec
        more = f", and {len(self._served) - 1} more" if len(self._served) > 1 else ""
        return f"{first.name} at {first.base_url or 'OpenAI'}{more}"

    async def ready(self) -> str | None:
        """Why the default cannot be asked now; None when all is well, or when passages are quoted."""
        chain = self.chain(None)
        return self.trouble or (await chain[0].model.ready() if chain else None)

    async def close(self) -> None:
        """Give the connections back, in the event loop that used them."""
        for model in (*(one.model for one in self._served.values()), *self._retired):
            await model.close()
        if self._connections is not None:
            await self._connections.close()

    def _fallbacks(self, alias: str | None) -> Iterator[Served]:
        met: set[str] = set()
        while alias is not None and alias != EXTRACTIVE and alias not in met:
            served = self._served.get(alias) or (self._served.get(self._default or "") if alias == DEFAULT else None)
            if served is None:
                return
            met.add(alias)
            yield served
            alias = served.spec.fallback

    def _share_of(self, session: str | None) -> str | None:
        """The alias that has this session among its share."""
        sharing = sorted((alias, one.spec.share) for alias, one in self._served.items() if one.spec.share > 0)
        if session is None or not sharing:
            return None
        place = int.from_bytes(hashlib.blake2b(session.encode(), digest_size=8).digest(), "big") / 2**64
        for alias, share in sharing:
            if place < share:
                return alias
            place -= share
        return None

    def _follow(self) -> None:
        now = time.monotonic()
        if self._file is None or now - self._looked < LOOK_S:
            return
        self._looked = now
        if stamp(self._file) == self._seen:
            return
        try:
            self._load()
        except ConfigError as error:
            self.trouble = str(error)
            structlog.get_logger().warning("models", error=str(error))

    def _load(self) -> None:
        self._seen, self._looked = stamp(self._file) if self._file else None, time.monotonic()
        catalogue = specs.read(self._file) if self._file else specs.Catalogue()
        wanted = ({DEFAULT: self._environment} if self._environment else {}) | catalogue.models
        served: dict[str, Served] = {}
        for alias, spec in wanted.items():
            before = self._served.get(alias)
            served[alias] = before if before and before.spec == spec else Served(alias, self._opened(spec), spec)
        self._retired += [
            one.model
            for alias, one in self._served.items()
            if served.get(alias) is not one and one.spec.client != "lean"  # lean ones share their connections
        ]
        self._served, self.trouble = served, None
        self._default = catalogue.default or (DEFAULT if DEFAULT in served else None)

    def _opened(self, spec: Spec) -> Model:
        # OpenAI's key goes to OpenAI only, and where the environment itself says so.
        key = self._key if spec is self._environment else spec.key() or (None if spec.base_url else self._key)
        if spec.client == "langchain":
            from service.models.chat import ChatModel

            return ChatModel(spec, key)
        from service.models.lean import Connections, LeanModel  # a service that quotes starts without them

        self._connections = self._connections or Connections()
        return LeanModel(spec, key, self._connections)
