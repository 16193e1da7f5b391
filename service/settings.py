"""Every knob of the service, read once at start."""

from __future__ import annotations

import base64
import ipaddress
import re
from contextlib import suppress
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from knowledge.settings import KnowledgeSettings, is_web_address

RATE = re.compile(r"([1-9][0-9]{0,6})/(second|minute|hour|day)")
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class ServiceSettings(KnowledgeSettings):
    """`MADOGUCHI_PORT=8080` sets `port`, and so on."""

    host: str = Field("127.0.0.1", description="The address to listen on. Another than loopback needs an admin key.")
    port: int = Field(8000, ge=1, le=65535, description="The port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="How many processes answer.")
    admin_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="A key that may do everything; without any key only this machine is served.",
    )
    token_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="What signs the session tokens of widgets; without it a secret in MADOGUCHI_DATA/keys.json.",
    )
    trusted_proxies: str = Field(
        "", description="Proxies whose X-Forwarded-For is believed: addresses and networks, with commas in between."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    model: str | None = Field(
        None,
        max_length=300,
        description="The language model that writes answers, such as `gpt-4.1-mini`; without it passages are quoted.",
    )
    model_timeout_s: float = Field(
        60, gt=0, le=600, description="How long one answer of the model may take, in seconds."
    )
    model_temperature: float = Field(0.0, ge=0, le=2, description="How freely the model chooses its words.")
    max_answer_tokens: int = Field(800, ge=16, le=32_000, description="The longest answer of the model, in tokens.")
    price_per_million_prompt_tokens: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="For `usage.cost`, in your currency."
    )
    price_per_million_completion_tokens: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="For `usage.cost`, in your currency."
    )

    rewrite_timeout_s: float = Field(
        1.5, ge=0, le=30, description="How long a model may take to put an unclear follow-up anew; 0 asks none."
    )
    profile: str = Field(
        "standard",
        min_length=1,
        description="How the counter speaks: `standard`, `retail`, `education`, `medical-information`, or your file.",
    )
    passages_per_answer: int = Field(5, ge=1, le=20, description="How many passages an answer may rest on.")
    history_turns: int = Field(6, ge=0, le=50, description="How many earlier questions and answers the model is shown.")
    session_ttl_hours: int = Field(
        720, ge=1, le=87_600, description="A conversation is forgotten this long after its last message."
    )
    max_message_chars: int = Field(4_000, ge=1, le=100_000, description="The longest message that is taken.")
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="The longest request body that is read.")
    max_upload_bytes: int = Field(
        100_000_000, ge=1_000, description="The longest body of an upload to /api/documents, all its files together."
    )
    own_worker: bool = Field(True, description="Whether the service starts a worker for ingest jobs beside it.")

    rate_session: str = Field("20/minute", description="How often a widget's conversation may ask, or `off`.")
    rate_address: str = Field("120/minute", description="How often one address may ask by widgets; `off` is no limit.")
    rate_key: str = Field("600/minute", description="How often one key may ask; `off` is no limit.")
    budget_tokens_per_day: int | None = Field(
        None, ge=1, description="Tokens of the model that all answers of a day (UTC) may use; then passages are quoted."
    )
    budget_cost_per_day: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="What all answers of a day may cost, in your currency; then passages are quoted.",
    )
    handoff_webhook: str | None = Field(
        None, description="Where conversations that wait for a person are told to: your helpdesk's address."
    )
    handoff_secret: SecretStr | None = Field(
        None, min_length=16, description="What signs those calls, as Standard Webhooks says (whsec_… or any words)."
    )

    @field_validator("model")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        if value == "langchain:":
            raise ValueError("must go on with a provider and a model's name: langchain:PROVIDER:MODEL")
        return value

    @field_validator("host")
    @classmethod
    def _listening(cls, value: str) -> str:
        with suppress(ValueError):
            ipaddress.ip_address(value.strip("[]"))
            return value
        if not _HOST_NAME.fullmatch(value):
            raise ValueError("must be an address or a name, without http:// and without a port")
        return value

    @field_validator("rate_session", "rate_address", "rate_key")
    @classmethod
    def _rate(cls, value: str) -> str:
        if value != "off" and not RATE.fullmatch(value):
            raise ValueError("must be a number and a span, or off")
        return value

    @field_validator("handoff_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value().startswith("whsec_"):
            base64.b64decode(value.get_secret_value().removeprefix("whsec_"), validate=True)  # raises ValueError
        return value

    @field_validator("handoff_webhook")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not is_web_address(value):
            raise ValueError("must begin with https:// (or http:// within your own network), followed by an address")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for item in filter(None, map(str.strip, value.split(","))):
            ipaddress.ip_network(item, strict=False)  # raises ValueError, and says what is wrong
        return value


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
