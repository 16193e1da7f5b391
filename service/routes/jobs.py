"""GET /api/jobs/{id}: how far a job is, and what came of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from knowledge.errors import RedisUnavailable
from service.http import problems
from service.parts import JobsDep
from service.schemas.documents import JobOut

router = APIRouter(tags=["documents"])
NO_WORKER = "No worker is running. Start one: madoguchi worker"


@router.get(
    "/api/jobs/{job_id}",
    summary="How far is a job?",
    responses=problems.documented(problems.UNKNOWN_JOB, problems.INVALID, problems.NO_QUEUE),
)
async def read(job_id: Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,64}$")], jobs: JobsDep) -> JobOut:
    """Its state, stages and report. When it is done, what it brought is found."""
    try:
        job = await asyncio.to_thread(jobs.get, job_id)
        note = job.note
        if job.state in ("queued", "running") and not await asyncio.to_thread(jobs.workers):
            note = NO_WORKER
    except RedisUnavailable:
        raise problems.Refused(problems.NO_QUEUE) from None
    return JobOut.of(job, note)
