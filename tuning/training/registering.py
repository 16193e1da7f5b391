"""What a finished job becomes: a model under an alias, with all that tells how it was made."""

from __future__ import annotations

from knowledge.errors import SetupError
from service.models.specs import Spec, Timeouts, Training
from tuning.training import curves
from tuning.training.jobs import Job, Jobs
from tuning.training.llama_server import Serving

PATIENT = Timeouts(first_token_s=120, between_tokens_s=30, total_s=300)  # for reading passages on a processor


def name_of(job: Job) -> str:
    """What the model that a job made is called by its server: another job's is another model."""
    if job.order.backend == "local":
        return f"{job.order.suffix or 'tuned'}-{job.id}"
    assert job.result is not None, "a job that has succeeded has a result"
    return job.result


def trained(job: Job, store: Jobs) -> Training:
    """How a job's model was made. Raises SetupError unless it has succeeded."""
    if job.state != "succeeded" or job.result is None:
        raise SetupError(f"Job {job.id} has made no model: it is {job.state}. See: madoguchi tune status {job.id}")
    order, curve = job.order, store.curve(job.id)
    settings = {
        "backend": order.backend,
        "method": order.method,
        "epochs": order.epochs,
        "batch_size": order.batch_size,
        "learning_rate": order.learning_rate,
        "seed": order.seed,
        **order.options,
    }
    judgement = curves.judge(curve)
    validation = {point.step: point.validation_loss for point in curve if point.validation_loss is not None}
    scores: dict[str, str | int | float] = {"over_fitting": str(judgement)}
    if judgement.best_step is not None:
        scores |= {"best_step": judgement.best_step, "validation_loss": round(validation[judgement.best_step], 4)}
        scores |= {"validation_loss_before": round(validation[min(validation)], 4)}
    if job.trained_tokens is not None:
        scores["trained_tokens"] = job.trained_tokens
    known = {name: value for name, value in settings.items() if value is not None}
    return Training(job=job.id, data=order.sha256, settings=known, scores=scores)


def tuned(job: Job, store: Jobs, parent: str, **more: object) -> Spec:
    """The model that a job has made; `parent` is the alias or name of its base. Raises SetupError."""
    values = {"kind": "fine_tuned", "parent": parent, "training": trained(job, store)} | more
    return Spec.model_validate({"name": name_of(job)} | values)


def on_this_machine(serving: Serving, max_answer_tokens: int) -> dict[str, object]:
    """What asking a server on this machine needs."""
    return {
        "name": serving.name,
        "base_url": serving.url,
        "concurrency": serving.at_once,
        "max_answer_tokens": max_answer_tokens,
        "timeouts": PATIENT,
    }
