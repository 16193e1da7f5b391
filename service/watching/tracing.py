"""The answerer, watched: every answer is counted, and is a span (of OpenTelemetry's GenAI names) where one traces.

The spans hold the model, tokens and outcome, and never what was asked or answered. They go where
OTEL_EXPORTER_OTLP_ENDPOINT says, when the extra `otel` is installed; else they are nothing.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec
from typing import Any

import structlog
from opentelemetry import trace

from knowledge.errors import ConfigError, MadoguchiError
from service.answering.answerer import Answerer
from service.answers import Done, Event
from service.models.registry import Served
from service.watching import metrics

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class WatchedAnswerer(Answerer):
    """Answers as an Answerer does."""

    def missed(self, session: str | None, served: Served, why: str) -> None:
        """Count a model that gave nothing, and say why."""
        metrics.MODEL_FAILURES.labels(served.alias).inc()
        structlog.get_logger().warning("model", alias=served.alias, why=why, session_id=session)

    async def stream(self, *asked: Any, **more: Any) -> AsyncGenerator[Event, None]:
        """Yield what Answerer.stream yields."""
        alias = more.get("model") or "default"
        span = trace.get_tracer("madoguchi").start_span(f"chat {alias}", kind=trace.SpanKind.CLIENT)
        span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": alias})
        whole = False
        try:
            with metrics.IN_FLIGHT.track_inprogress():
                async with aclosing(super().stream(*asked, **more)) as events:
                    async for event in events:
                        if isinstance(event, Done):
                            whole = True
                            metrics.answered(event.answer)
                            _told(span, event)
                        yield event
        except MadoguchiError as error:
            whole = True
            metrics.BROKEN.labels(type(error).__name__).inc()
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            if not whole:
                metrics.BROKEN.labels("client left").inc()
                span.set_attribute("error.type", "client_left")
            span.end()


def _told(span: trace.Span, done: Done) -> None:
    answer = done.answer
    span.set_attributes({
        "gen_ai.response.model": answer.model,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
        "madoguchi.outcome": answer.outcome,
        "madoguchi.generation": answer.generation,
    })  # fmt: skip


def configure() -> None:
    """Send spans where the environment says. Raises ConfigError when it does and the extra is not there."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return
    if find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter") is None:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends spans is not installed: pip install 'madoguchi[otel]'"
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "madoguchi"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
