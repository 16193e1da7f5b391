"""Fine-tuning at OpenAI or any server that speaks its fine-tuning API: files, jobs, events, checkpoints.

No call of this API can be repeated safely by itself. So each file and each job carries our own name, and before one is
made we look whether an earlier try, whose answer was lost, has made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from pydantic import SecretStr

from knowledge.errors import ConfigError, SetupError
from tuning.training.jobs import Job, Jobs, Point, State, TrainerUnavailable

STATES: dict[str, State] = {
    "validating_files": "queued",
    "queued": "queued",
    "paused": "queued",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
TIMEOUT_S = 60.0  # of one call; uploads of some megabytes included
PAGE = 100
MARK = "madoguchi_job"  # of the job's metadata: which of ours it is


class OpenAITrainer:
    """A Trainer behind the fine-tuning API."""

    def __init__(self, base_url: str | None, api_key: SecretStr | None) -> None:
        if api_key is None and base_url is None:
            raise ConfigError("A key is needed for OpenAI. Example: OPENAI_API_KEY=sk-…")
        self._client = openai.OpenAI(
            base_url=base_url or "https://api.openai.com/v1",
            api_key=api_key.get_secret_value() if api_key else "not-needed",
            timeout=TIMEOUT_S,
            max_retries=0,  # a repetition that we do not see could make a second job
        )

    def advance(self, job: Job, store: Jobs) -> Job:
        """Upload what is missing, submit what is not submitted, or ask how it goes."""
        with _told(store, job):
            if job.state == "prepared":
                job = self._upload(job, store)
            if job.state == "submitting":
                return self._submit(job, store)
            if not job.has_ended:
                return self._follow(job, store)
            return job

    def cancel(self, job: Job, store: Jobs) -> Job:
        """Stop the run; what was not submitted yet never will be."""
        if job.has_ended:
            return job
        with _told(store, job):
            if job.state == "submitting" and job.remote_id is None and (found := self._ours(job)) is not None:
                job = store.keep(job, remote_id=found.id)
            if job.remote_id is None:
                return store.keep(job, state="cancelled", message="Cancelled before it was submitted.")
            try:
                self._client.fine_tuning.jobs.cancel(job.remote_id)
            except openai.BadRequestError:
                return self._follow(job, store)  # it has ended in the meantime
            return self._follow(job, store)

    def _upload(self, job: Job, store: Jobs) -> Job:
        for split in ("train", "validation"):
            path = Path(job.order.dataset) / f"{split}.jsonl"
            if split in job.files or not path.exists() or path.stat().st_size == 0:
                continue
            content = path.read_bytes()
            name = f"madoguchi-{split}-{hashlib.sha256(content).hexdigest()[:24]}.jsonl"
            there = next((file for file in self._client.files.list(purpose="fine-tune") if file.filename == name), None)
            if there is None or there.status == "error" or there.bytes != len(content):
                there = self._client.files.create(file=(name, content, "application/jsonl"), purpose="fine-tune")
            job = store.keep(job, files={**job.files, split: there.id}, message=f"Uploaded {name}.")
        if "train" not in job.files:
            raise SetupError(f"{job.order.dataset} holds no training rows.")
        return store.keep(job, state="submitting", message="The files are uploaded.")

    def _submit(self, job: Job, store: Jobs) -> Job:
        found = self._ours(job)
        if found is None:
            order = job.order
            wanted = {
                "n_epochs": order.epochs,
                "batch_size": order.batch_size,
                "learning_rate_multiplier": order.learning_rate,
            }
            given = {name: value for name, value in wanted.items() if value is not None}
            more: dict[str, Any] = {"validation_file": job.files["validation"]} if "validation" in job.files else {}
            more |= {"suffix": order.suffix} if order.suffix else {}
            method: Any = {"type": order.method, order.method: {"hyperparameters": given}}
            found = self._client.fine_tuning.jobs.create(
                model=order.model,
                training_file=job.files["train"],
                seed=order.seed,
                method=method,
                metadata={MARK: job.id, "sha256": order.sha256},
                **more,
            )
        return self._noted(store.keep(job, remote_id=found.id), found, store)

    def _ours(self, job: Job) -> FineTuningJob | None:
        """The job at the provider that an earlier try has made."""
        for made in self._client.fine_tuning.jobs.list(limit=PAGE):
            if (made.metadata or {}).get(MARK) == job.id:
                return made
        return None

    def _follow(self, job: Job, store: Jobs) -> Job:
        assert job.remote_id is not None, "a job that was submitted has a name there"
        made = self._client.fine_tuning.jobs.retrieve(job.remote_id)
        # OpenAI lists the newest first, others the oldest: their time decides.
        listed = sorted(
            self._client.fine_tuning.jobs.list_events(job.remote_id, limit=PAGE),
            key=lambda event: event.created_at,
        )
        seen = {known for known, _ in store.events(job.id)}
        fresh = [event for event in listed if event.id not in seen]
        store.add_points(job.id, [point for event in fresh if (point := _point(event)) is not None])
        store.add_events(job.id, [(event.id, event.message) for event in fresh])
        return self._noted(job, made, store)

    def _noted(self, job: Job, made: FineTuningJob, store: Jobs) -> Job:
        state = STATES.get(made.status, "running")
        message = made.error.message if made.error and made.error.message else f"The provider says: {made.status}."
        checkpoints = job.checkpoints
        if state == "succeeded":
            listed = self._client.fine_tuning.jobs.checkpoints.list(made.id, limit=PAGE)
            checkpoints = tuple(each.fine_tuned_model_checkpoint for each in listed)
        return store.keep(
            job,
            state=state,
            message=message,
            result=made.fine_tuned_model,
            trained_tokens=made.trained_tokens,
            checkpoints=checkpoints,
        )


@contextmanager
def _told(store: Jobs, job: Job) -> Iterator[None]:
    """The one place where the client's errors become ours."""
    try:
        yield
    except openai.RateLimitError as error:
        raise TrainerUnavailable(f"The provider asks to wait: {_said(error)}", _retry_after(error)) from error
    except openai.APIConnectionError as error:
        raise TrainerUnavailable(f"{error.request.url} gives no answer: {error}") from error
    except openai.InternalServerError as error:
        raise TrainerUnavailable(f"The provider does not answer as it should ({type(error).__name__}).") from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise SetupError(f"The provider refuses the key: {_said(error)}") from error
    except openai.APIStatusError as error:
        now = store.get(job.id)
        if now.remote_id is not None:  # it may be running there: to order it again would pay for it twice
            raise SetupError(f"The provider does not show job {now.remote_id}: {_said(error)}") from error
        store.keep(now, state="failed", message=_said(error))
        raise SetupError(f"The provider refuses the job: {_said(error)}") from error


def _point(event: FineTuningJobEvent) -> Point | None:
    data = event.data if isinstance(event.data, dict) else {}
    step = data.get("step")
    if event.type != "metrics" or not isinstance(step, int):
        return None
    validation = data.get("full_valid_loss", data.get("valid_loss"))
    return Point(step, _number(data.get("train_loss")), _number(validation))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _said(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message)


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
