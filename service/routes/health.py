"""GET /healthz and /readyz: whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
import contextlib

from fastapi import APIRouter, Response, Security
from fastapi.security import HTTPBearer

from knowledge.errors import RedisUnavailable, SetupError
from service.parts import Parts, PartsDep
from service.schemas.health import Part, Readiness
from service.watching import metrics

router = APIRouter(tags=["health"])
KEY = [Security(HTTPBearer(auto_error=False))]


@router.get("/healthz", summary="Is the process alive?")
async def alive() -> dict[str, str]:
    """Always the same, as long as requests are answered at all."""
    return {"status": "alive"}


@router.get("/readyz", summary="Can it do its work?", responses={503: {"model": Readiness}})
async def ready(parts: PartsDep, response: Response) -> Readiness:
    """The index, Redis and the model, each with the reason when it is not ready."""
    knowledge, redis, model = await asyncio.gather(
        asyncio.to_thread(parts.knowledge.ready), parts.sessions.ready(), parts.models.ready()
    )
    troubles = {"knowledge": knowledge, "redis": redis, "model": model}
    answer = Readiness(
        ready=not any(troubles.values()),
        parts={name: Part(ready=trouble is None, reason=trouble) for name, trouble in troubles.items()},
    )
    response.status_code = 200 if answer.ready else 503
    return answer


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={200: {"content": {metrics.MEDIA_TYPE.partition(";")[0]: {"schema": {"type": "string"}}}}},
    dependencies=KEY,
)
async def counts(parts: PartsDep) -> Response:
    """Of all worker processes together. Where a key was made, Prometheus brings one of the scope `admin`."""
    untold = None
    with contextlib.suppress(RedisUnavailable):
        untold = await parts.handoffs.untold()
    return Response(await asyncio.to_thread(_counts, parts, untold), media_type=metrics.MEDIA_TYPE)


def _counts(parts: Parts, untold: int | None) -> bytes:
    generation, backlog = None, None
    with contextlib.suppress(SetupError):
        generation = parts.knowledge.generation.manifest
    with contextlib.suppress(RedisUnavailable):
        backlog = None if parts.jobs is None or parts.storage.resting else parts.jobs.backlog()
    return metrics.page(generation, untold, backlog)
