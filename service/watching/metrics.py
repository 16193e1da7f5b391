"""What the service counts, for Prometheus; of all worker processes together. No label holds anybody's words.

With several workers prometheus-client keeps its numbers in files, in the folder that PROMETHEUS_MULTIPROC_DIR names
before it is imported: `service.serving` sees to that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from knowledge.index.generations import Manifest
from knowledge.jobs import Backlog
from service.answers import Answer

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

REQUESTS = Counter("madoguchi_requests", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("madoguchi_request_seconds", "Request to end of answer.", ["route"], buckets=QUICK)
IN_FLIGHT = Gauge("madoguchi_answers_in_flight", "Answers being written now.", multiprocess_mode="livesum")
ANSWERS = Counter("madoguchi_answers", "Questions answered, or honestly not.", ["outcome", "reason", "model"])
BROKEN = Counter("madoguchi_answers_broken_off", "Answers that were not finished.", ["why"])
RETRIEVAL = Histogram("madoguchi_retrieval_seconds", "Finding the passages.", buckets=QUICK)
FIRST_TOKEN = Histogram("madoguchi_first_token_seconds", "Question to first word.", ["model"], buckets=QUICK)
GENERATION = Histogram("madoguchi_answer_seconds", "Question to last word.", ["model"], buckets=QUICK)
TOKENS = Counter("madoguchi_tokens", "What models read and wrote.", ["model", "kind"])
COST = Counter("madoguchi_cost", "By the operator's prices, in their currency.", ["model"])
REDIS_FAILURES = Counter("madoguchi_redis_failures", "Commands that Redis did not answer in time, or refused.")
DEGRADED = Counter("madoguchi_degraded", "Answers that lacked something: the history, or a model's budget.", ["what"])
MODEL_FAILURES = Counter(
    "madoguchi_model_failures", "Times that a model gave nothing, so that another or a quotation stepped in.", ["model"]
)
WEBHOOK = Counter("madoguchi_handoff_webhook", "Calls that tell the helpdesk of handoffs.", ["result"])
LIMITED = Counter("madoguchi_limited", "Requests turned away, or quoted instead of written.", ["why"])


def answered(answer: Answer) -> None:
    """Count one whole answer."""
    model = answer.model
    ANSWERS.labels(answer.outcome, answer.reason or "", model).inc()
    for what, histogram in (("first_token", FIRST_TOKEN.labels(model)), ("total", GENERATION.labels(model))):
        histogram.observe(answer.timings_ms.get(what, 0) / 1000)
    RETRIEVAL.observe(answer.timings_ms.get("retrieval", 0) / 1000)
    if answer.usage.prompt_tokens or answer.usage.completion_tokens:
        TOKENS.labels(model, "prompt").inc(answer.usage.prompt_tokens)
        TOKENS.labels(model, "completion").inc(answer.usage.completion_tokens)
        COST.labels(model).inc(answer.usage.cost)


class _Now(Collector):
    """How things stand; looked up, not counted, and so the same for all workers."""

    def __init__(self, generation: Manifest | None, untold: int | None, backlog: Backlog | None) -> None:
        self._generation, self._untold, self._backlog = generation, untold, backlog

    def collect(self) -> Iterator[Metric]:
        if self._generation is not None:
            name, made = self._generation.name, datetime.fromisoformat(self._generation.created_at).timestamp()
            yield InfoMetricFamily("madoguchi_generation", "What is answered from.", {"generation": name})
            told = "When that was committed, in seconds since 1970."
            yield GaugeMetricFamily("madoguchi_generation_committed_timestamp_seconds", told, made)
        if self._untold is not None:
            told = "Handoffs that the helpdesk's webhook has not taken yet."
            yield GaugeMetricFamily("madoguchi_handoffs_untold", told, self._untold)
        if (backlog := self._backlog) is not None:
            yield GaugeMetricFamily("madoguchi_jobs_waiting", "Jobs that no worker has taken yet.", backlog.jobs)
            told = "How long the oldest of them has waited."
            yield GaugeMetricFamily("madoguchi_jobs_oldest_seconds", told, backlog.oldest_s)
            yield GaugeMetricFamily("madoguchi_workers", "Workers that are alive.", backlog.workers)


def page(generation: Manifest | None, untold: int | None = None, backlog: Backlog | None = None) -> bytes:
    """Everything, as Prometheus reads it, with the generation that serves, the handoffs and the jobs that wait.

    None is what cannot be looked up.
    """
    counted = REGISTRY
    if FOLDER in os.environ:
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    looked_up = CollectorRegistry()
    looked_up.register(_Now(generation, untold, backlog))
    return generate_latest(counted) + generate_latest(looked_up)
