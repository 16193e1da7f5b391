"""What is known of a model: one entry of `models.json` in the data folder, or the environment's own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from knowledge.errors import CannotWrite, ConfigError
from knowledge.files import replacing
from service.settings import ServiceSettings

FILE = "models.json"
DEFAULT, EXTRACTIVE = "default", "extractive"  # aliases that are always there
ALIAS = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LANGCHAIN = "langchain:"  # before a provider and a model's name: asked through LangChain


class Timeouts(BaseModel):
    """Seconds that each phase of one answer may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_s: float = Field(default=5, gt=0, le=60)
    first_token_s: float = Field(default=20, gt=0, le=600)
    between_tokens_s: float = Field(default=15, gt=0, le=600)
    total_s: float = Field(default=60, gt=0, le=3600)


class Training(BaseModel):
    """How a fine-tuned model was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: str
    data: str = Field(description="The SHA-256 of its rows.")
    settings: dict[str, str | int | float] = {}
    scores: dict[str, str | int | float] = {}


class Spec(BaseModel):
    """One model. Prices are in the operator's currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=300, description="What the provider calls it.")
    base_url: str | None = Field(default=None, description="The server's address, ending in /v1; without it OpenAI's.")
    api_key_env: str | None = Field(
        default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="The environment variable that holds the key."
    )
    client: Literal["lean", "langchain"] = Field(
        default="lean",
        description="`langchain` asks through ChatOpenAI, or another provider for a name `provider:model`.",
    )
    kind: Literal["base", "fine_tuned"] = "base"
    parent: str | None = Field(default=None, description="The model that a fine-tuned one was made from.")
    training: Training | None = None
    share: float = Field(
        default=0, ge=0, le=1, description="The share of sessions that it answers instead of the default."
    )
    fallback: str | None = Field(
        default=None, description="The alias that steps in when it fails; passages are quoted last."
    )
    temperature: float | None = Field(default=0, ge=0, le=2)
    max_answer_tokens: int = Field(default=800, ge=16, le=32_000)
    price_per_million_prompt_tokens: float = Field(default=0, ge=0)
    price_per_million_completion_tokens: float = Field(default=0, ge=0)
    timeouts: Timeouts = Timeouts()
    retries: int = Field(default=1, ge=0, le=5, description="Further tries, before the first word only.")
    concurrency: int = Field(
        default=2000, ge=1, le=10_000, description="Answers that it may be writing at the same time."
    )

    @field_validator("base_url")
    @classmethod
    def _http_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None

    @model_validator(mode="after")
    def _parent_of_what_was_tuned(self) -> Self:
        if self.parent is not None and self.kind == "base":
            raise ValueError("only a fine_tuned model has a parent")
        if self.training is not None and self.kind == "base":
            raise ValueError("only a fine_tuned model was trained from another")
        return self

    def key(self) -> SecretStr | None:
        """The key, out of the environment. Raises ConfigError when the variable that is named is not set."""
        if self.api_key_env is None:
            return None
        value = os.environ.get(self.api_key_env)
        if not value:
            raise ConfigError(f"The environment variable {self.api_key_env}, the key for {self.name}, is not set.")
        return SecretStr(value)


class Catalogue(BaseModel):
    """All of `models.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: str | None = Field(default=None, description="The alias that answers when none is asked for.")
    models: dict[str, Spec] = {}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for alias, spec in self.models.items():
            if not re.match(ALIAS, alias) or alias == EXTRACTIVE:
                raise ValueError(f"{alias!r} cannot be an alias: letters, digits, . _ and - (and not {EXTRACTIVE})")
            seen, step = [alias], spec.fallback
            while step not in (None, EXTRACTIVE, DEFAULT) or step in self.models:
                assert step is not None
                if step not in self.models:
                    raise ValueError(f"the fallback of {seen[-1]} is {step}, which is not there")
                if step in seen:
                    raise ValueError(f"fallbacks go round in a circle: {' → '.join([*seen, step])}")
                seen.append(step)
                step = self.models[step].fallback
        if self.default not in (None, EXTRACTIVE, DEFAULT) and self.default not in self.models:
            raise ValueError(f"the default is {self.default}, which is not there")
        if sum(spec.share for spec in self.models.values()) > 1:
            raise ValueError("the shares add up to more than 1")
        return self


def read(file: Path) -> Catalogue:
    """The models of a file; none where there is no file. Raises ConfigError naming the place and what is wrong."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Catalogue()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read ({type(error).__name__}).") from None
    try:
        return Catalogue.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise ConfigError(f"{file}, line {error.lineno}: {error.msg}.") from None
    except ValidationError as error:
        raise ConfigError(complaint(str(file), error)) from None


def complaint(where: str, error: ValidationError) -> str:
    """What is wrong, field by field, without the values."""
    lines = []
    for item in error.errors():
        place = ".".join(str(step) for step in item["loc"])
        message = str(item["msg"]).removeprefix("Value error, ")
        lines.append(f"{where}: {place}: {message}" if place else f"{where}: {message}")
    return "\n".join(lines)


def write(file: Path, catalogue: Catalogue) -> None:
    """Replace the file whole or not at all. Raises CannotWrite."""
    text = json.dumps(catalogue.model_dump(exclude_defaults=True), ensure_ascii=False, indent=2)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as stream:
            stream.write(f"{text}\n".encode())
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written ({error.strerror}); it is as it was.") from None


def of_environment(settings: ServiceSettings) -> Spec | None:
    """The model that MADOGUCHI_MODEL names; None when there is none.

    Only that variable switches it on: an OPENAI_API_KEY that lies in the shell sends no customer's words anywhere.
    Raises ConfigError when there is neither a key nor a server for it.
    """
    if settings.model is None:
        return None
    through_langchain = settings.model.startswith(LANGCHAIN)
    if not through_langchain and settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigError(
            f"MADOGUCHI_MODEL is {settings.model}, but there is neither a key nor a server for it. "
            "Example: OPENAI_API_KEY=sk-… for OpenAI, or OPENAI_BASE_URL=http://127.0.0.1:8080/v1 for a local server"
        )
    total = settings.model_timeout_s
    usual = Timeouts()
    return Spec(
        name=settings.model.removeprefix(LANGCHAIN),
        base_url=settings.openai_base_url,
        client="langchain" if through_langchain else "lean",
        temperature=settings.model_temperature,
        max_answer_tokens=settings.max_answer_tokens,
        price_per_million_prompt_tokens=settings.price_per_million_prompt_tokens,
        price_per_million_completion_tokens=settings.price_per_million_completion_tokens,
        timeouts=Timeouts(
            first_token_s=min(usual.first_token_s, total),
            between_tokens_s=min(usual.between_tokens_s, total),
            total_s=total,
        ),
    )


def changed(catalogue: Catalogue, alias: str, spec: Spec | None) -> Catalogue:
    """The catalogue with an alias added, replaced or, with None, removed. Raises ConfigError when it would be wrong."""
    models: Mapping[str, Spec] = {
        name: one for name, one in (catalogue.models | ({alias: spec} if spec else {})).items() if spec or name != alias
    }
    return checked({"default": catalogue.default, "models": {name: dict(one) for name, one in models.items()}})


def checked(value: Mapping[str, object]) -> Catalogue:
    """A catalogue of plain values. Raises ConfigError saying what is wrong with it."""
    try:
        return Catalogue.model_validate(value)
    except ValidationError as error:
        raise ConfigError(complaint("This cannot be", error)) from None
