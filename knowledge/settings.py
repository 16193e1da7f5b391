"""What every program reads from the environment, as one frozen object; a wrong value is refused by name."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from knowledge.errors import ConfigError

PREFIX = "MADOGUCHI_"
OPENAI = "https://api.openai.com/v1"  # where no other server is named
LOCAL = "onnx:"  # before the folder of a model that runs here
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(@[\w-][\w.-]*)?", re.ASCII)  # an owner's model, and its revision
_ADDRESS = re.compile(r"(?:onnx|openai|hub|builtin|https?|rediss?|unix|file|s3):")  # where a folder is expected
EXAMPLES = {
    "MADOGUCHI_DATA": "./data",
    "MADOGUCHI_EMBEDDING": "builtin | builtin:multilingual | openai:text-embedding-3-small | onnx:/models/my-encoder | "
    "hub:OWNER/NAME",
    "MADOGUCHI_RERANKER": "https://api.jina.ai/v1/rerank | onnx:/models/my-cross-encoder",
    "MADOGUCHI_ADMIN_KEY": "a-long-random-word-of-your-own",
    "MADOGUCHI_HOST": "127.0.0.1",
    "MADOGUCHI_PORT": "8000",
    "REDIS_URL": "redis://:password@redis:6379/0",
    "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1",
    "MADOGUCHI_MODEL": "gpt-4.1-mini",
    "MADOGUCHI_HANDOFF_WEBHOOK": "https://desk.example.com/hooks/madoguchi",
    "MADOGUCHI_HANDOFF_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "MADOGUCHI_TOKEN_SECRET": "thirty-two-random-letters-or-more",
    "MADOGUCHI_TRUSTED_PROXIES": "10.0.0.0/8",
    "MADOGUCHI_EMBEDDING_BASE_URL": "http://127.0.0.1:8080/v1",
    "MADOGUCHI_BUDGET_TOKENS_PER_DAY": "2000000",
    "MADOGUCHI_BUDGET_COST_PER_DAY": "5",
}


class KnowledgeSettings(BaseSettings):
    """`MADOGUCHI_DATA=/srv/knowledge` sets `data`, and so on; a `.env` file in the working folder is read too."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8-sig",  # Windows' editor begins files with a mark, which would be part of a name
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
    )

    data: Path = Field(Path("data"), description="The folder of the knowledge base.")
    embedding: str = Field(
        "builtin",
        description="Which model turns text into vectors: `builtin` (a multilingual and an English one), "
        "`builtin:multilingual`, `openai:NAME` (any OpenAI-compatible endpoint), `onnx:FOLDER` or `hub:OWNER/NAME`.",
    )
    embedding_base_url: str | None = Field(
        None, description="Where `openai:` embeddings are asked for, when not at `OPENAI_BASE_URL`."
    )
    models: Path = Field(
        Path(platformdirs.user_cache_dir("madoguchi")) / "models",
        description="Where the built-in embedding model is kept after it was built once.",
    )
    reranker: str | None = Field(
        None,
        description="What puts the passages found in order: a /rerank endpoint (Cohere, Jina, vLLM, llama-server …), "
        "or a cross-encoder on this machine (`onnx:FOLDER`).",
    )
    reranker_model: str | None = Field(None, description="The model that the /rerank endpoint is asked for.")
    reranker_key: SecretStr | None = Field(None, description="The key for the /rerank endpoint.")
    reranker_budget_ms: int = Field(
        300, ge=10, le=10_000, description="How long a search waits for it, in milliseconds; then its own order stands."
    )
    refuse_below: float = Field(
        0.5, ge=0, le=1, description="An answer of less confidence than this is refused (0 to 1)."
    )
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"),
        description="The key for OpenAI or a compatible server.",
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("openai_base_url", "OPENAI_BASE_URL"),
        description="The address of an OpenAI-compatible server, ending in /v1.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("redis_url", "REDIS_URL"),
        description="The Redis server; without it a private one is started.",
    )

    @field_validator("data", "models")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        if _ADDRESS.match(str(value)):  # perhaps with a password: it is not repeated
            raise ValueError("is an address or the value of another setting, and must be a folder")
        try:  # not `exists`, which from Python 3.14 on is False where nobody can tell
            taken = not stat.S_ISDIR(value.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return value
        except OSError as error:  # its name is too long, or above it is what may not be looked into
            raise ValueError(f"cannot be a folder: {error.strerror}") from None
        if taken:
            raise ValueError("is a file, and must be a folder")
        return value

    @field_validator("embedding")
    @classmethod
    def _known_embedding(cls, value: str) -> str:
        scheme, _, rest = value.partition(":")
        if value in ("builtin", "builtin:multilingual") or (scheme in ("openai", "onnx") and rest):
            return value
        if scheme == "hub" and _HUB_NAME.fullmatch(rest):
            return value
        raise ValueError("must be `builtin`, `builtin:multilingual`, `openai:NAME`, `onnx:FOLDER` or `hub:OWNER/NAME`")

    @field_validator("reranker")
    @classmethod
    def _known_reranker(cls, value: str | None) -> str | None:
        if value is None or is_web_address(value) or (value.startswith(LOCAL) and value != LOCAL):
            return value.rstrip("/") if value else None
        raise ValueError("must begin with http://, https:// or onnx:, followed by an address or a folder")

    @field_validator("openai_base_url", "embedding_base_url")
    @classmethod
    def _http_address(cls, value: str | None) -> str | None:
        if value is not None and not is_web_address(value):
            raise ValueError("must begin with http:// or https://, followed by an address")
        return value.rstrip("/") if value else None

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        several = ("redis+sentinel://", "redis+cluster://", "rediss+sentinel://", "rediss+cluster://")
        kinds = ("redis://", "rediss://", "unix://", *several)
        if value is not None and not value.get_secret_value().startswith(kinds):
            raise ValueError(f"must begin with {', '.join(kinds)}")
        if value is not None and not _is_whole(value.get_secret_value()):
            raise ValueError(
                "its host or port cannot be told; in a password write # as %23, / as %2F, ? as %3F and @ as %40"
            )
        return value


def is_web_address(text: str) -> bool:
    """Whether it is http:// or https:// with a host, and a port that can be one."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_whole(url: str) -> bool:
    """Whether an address means what it says: an unescaped sign in its password ends the name of the host too early."""
    try:
        parts = urlsplit(url)
        several = "," in parts.netloc  # of sentinels, each with a port of its own
        return parts.scheme == "unix" or several or ((parts.port or 1) > 0 and not parts.fragment)
    except ValueError:
        return False


S = TypeVar("S", bound=KnowledgeSettings)


def variable(settings: type[KnowledgeSettings], field: str) -> str:
    """The environment variable that sets a field, such as MADOGUCHI_DATA or REDIS_URL."""
    alias = settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return next(str(name) for name in alias.choices if str(name).isupper())
    return PREFIX + field.upper()


def load(settings: type[S], **overrides: Any) -> S:
    """Read the settings once, at start.

    `overrides` are values from the command line; None means not given.
    Raises ConfigError naming each wrong variable, what is wrong with it, and an example.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return settings(**given)
    except ValidationError as error:
        raise ConfigError("\n".join(_complaint(settings, item) for item in error.errors())) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"{Path('.env').absolute()} is not in UTF-8, as PowerShell and older editors leave it. Save it as UTF-8."
        ) from None


def _complaint(settings: type[KnowledgeSettings], item: Any) -> str:
    field = str(item["loc"][0]) if item["loc"] else ""
    by_variable = {variable(settings, name): name for name in settings.model_fields}
    field = by_variable.get(field, field)
    if field not in settings.model_fields:
        return f"{field}: {item['msg']}"
    name = variable(settings, field)
    default = settings.model_fields[field].default
    example = EXAMPLES.get(name, default)
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "too_short":  # of a secret, whose letters pydantic calls items
        message = f"must have at least {item['ctx']['min_length']} characters"
    return f"{name} is wrong: {message}. Example: {name}={example}"


def unknown_variables(*settings: type[KnowledgeSettings]) -> Iterator[str]:
    """One sentence for each variable of ours that none of these settings reads, with the likely meant name."""
    known = {variable(each, name) for each in settings for name in each.model_fields}
    given = {*os.environ, *map(str.upper, DotEnvSettingsSource(KnowledgeSettings).env_vars)}
    for name in sorted(name for name in given - known if name.startswith(PREFIX)):
        close = difflib.get_close_matches(name, sorted(known), n=1)
        yield f"{name} is not a setting{f'; did you mean {close[0]}?' if close else ''}"
