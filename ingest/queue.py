"""Ingest jobs for workers: the only file that knows Celery.

A job is acknowledged after it is done, and ingesting twice changes nothing, so a worker that dies loses nothing: the
broker hands its job to another after `VISIBILITY_S`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from celery import Celery

from ingest.attributes import attributes
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.analysis import Analyzer
from knowledge.embeddings import open_embedder
from knowledge.errors import ConfigError
from knowledge.settings import load

TASK = "madoguchi.ingest"
QUEUE = "madoguchi-ingest"
VISIBILITY_S = 600  # seconds until a job of a worker that died is handed to another
RESULT_S = 86_400  # seconds that a job's report can be asked for


def send(settings: IngestSettings, order: Order) -> str:
    """Queue an order for a worker that sees the same files. Returns the job's id."""
    message = {
        "paths": [str(path.resolve()) for path in order.paths],
        "kind": order.kind,
        "collection": order.collection,
        "prune": order.prune,
        "dry_run": order.dry_run,
        "addresses": list(order.addresses),
        "rebuild": order.rebuild,
        "about": asdict(order.attributes),
    }
    return str(application(settings).send_task(TASK, kwargs=message, queue=QUEUE).id)


def work(settings: IngestSettings) -> None:
    """Take jobs until the process is told to stop."""
    app = application(settings)
    app.worker_main(
        ["worker", "--pool=solo", "--queues", QUEUE, "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    )


def application(settings: IngestSettings) -> Celery:
    """The Celery application on the operator's Redis. Raises ConfigError when REDIS_URL is not set."""
    if settings.redis_url is None:
        raise ConfigError(
            "REDIS_URL is not set: the queue needs a Redis server that all workers reach. "
            "Example: REDIS_URL=redis://127.0.0.1:6379/0"
        )
    address = settings.redis_url.get_secret_value().replace("unix://", "redis+socket://", 1)  # Celery's word for it
    app = Celery("madoguchi", broker=address, backend=address)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_track_started=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_S},
        result_expires=RESULT_S,
        task_default_queue=QUEUE,
    )
    app.task(_ingest, name=TASK)
    return app


def _ingest(
    paths: list[str],
    kind: Any,
    collection: str,
    prune: bool,
    dry_run: bool,
    addresses: Sequence[str] = (),
    rebuild: bool = False,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    settings = load(IngestSettings)
    pipeline = Pipeline(settings, open_embedder(settings), Analyzer())
    order = Order(
        [Path(path) for path in paths], kind, collection, prune, dry_run, addresses, rebuild, attributes(about or {})
    )
    return pipeline.run(order).as_dict()
