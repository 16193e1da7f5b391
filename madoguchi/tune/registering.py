"""`madoguchi tune register`, `serve` and `merge`: what a training run has made becomes a model that answers."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from madoguchi import output
from madoguchi.models import KeyEnv, Replace

if TYPE_CHECKING:
    from types import FrameType

    from knowledge.settings import KnowledgeSettings
    from service.models.specs import Spec
    from tuning.training.jobs import Job, Jobs
    from tuning.training.llama_server import Serving

Alias = Annotated[str | None, typer.Option(help="The name that you and your clients call it by.")]


def register(
    name: Annotated[str | None, typer.Argument(help="A job; otherwise the newest.", metavar="JOB")] = None,
    alias: Annotated[str, typer.Option(help="The name that you and your clients call it by.")] = "tuned",
    base_url: Annotated[
        str | None, typer.Option(help="The server that serves it, ending in /v1; otherwise where it was trained.")
    ] = None,
    served_as: Annotated[
        str | None, typer.Option(help="What that server calls it; otherwise what it was named when it was made.")
    ] = None,
    key_env: KeyEnv = None,
    prompt_price: Annotated[float, typer.Option(min=0, help="Per million tokens read, in your currency.")] = 0.0,
    completion_price: Annotated[float, typer.Option(min=0, help="Per million tokens written.")] = 0.0,
    replace_it: Replace = False,
) -> None:
    """Make a finished job's model known under an alias, with its parent, data, settings and scores."""
    from knowledge.errors import SetupError
    from knowledge.settings import KnowledgeSettings, load
    from tuning.training import registering
    from tuning.training.jobs import Jobs

    settings = load(KnowledgeSettings)
    store = Jobs(settings.data)
    job = store.get(name)
    if job.order.backend == "local" and base_url is None:
        raise SetupError(
            f"Which server serves it? Name it by --base-url, or serve it here: madoguchi tune serve {job.id}"
        )
    spec = registering.tuned(
        job,
        store,
        job.order.model,
        base_url=base_url or job.order.base_url,
        **({"name": served_as} if served_as else {}),
        api_key_env=key_env,
        price_per_million_prompt_tokens=prompt_price,
        price_per_million_completion_tokens=completion_price,
    )
    _add(settings, alias, spec, replace_it)
    store.keep(job, alias=alias)


def serve(
    what: Annotated[
        str | None,
        typer.Argument(help="A job, otherwise the newest; or a base model: smollm2, a GGUF file.", metavar="MODEL"),
    ] = None,
    alias: Alias = None,
    gguf: Annotated[
        Path | None,
        typer.Option(help="The base model as GGUF, where the job was trained from another form.", exists=True),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 8080,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many answers at the same time.")] = 1,
    context: Annotated[int, typer.Option(min=512, help="Tokens of passages, question and answer.")] = 8192,
    max_answer_tokens: Annotated[int, typer.Option(min=16, help="The longest answer.")] = 300,
    only_print: Annotated[bool, typer.Option("--print", help="Print the command line instead of running it.")] = False,
    replace_it: Replace = False,
) -> None:
    """Serve a trained or a base model on this machine by llama-server, and register it under an alias.

    Stays until it is stopped (Ctrl-C); the alias remains, and answers again when the same command runs again.
    """
    from knowledge.errors import SetupError
    from knowledge.settings import KnowledgeSettings, load
    from tuning.training import base_models, gguf_adapter, llama_server, registering
    from tuning.training.jobs import Jobs

    settings = load(KnowledgeSettings)
    store = Jobs(settings.data)
    job: Job | None = None
    if what in base_models.KNOWN or (what is not None and Path(what).is_file()):
        assert what is not None
        base, adapter = base_models.place(what), None
        served = what if what in base_models.KNOWN else base.stem
    else:
        job = store.get(what)
        registering.trained(job, store)  # raises when there is no model
        if job.order.backend != "local":
            raise SetupError(f"The provider serves what job {job.id} has made: madoguchi tune register {job.id}")
        base = gguf or base_models.place(job.order.model)
        if base.is_dir():
            raise SetupError(
                f"{base} is no GGUF file. Name one of the same model by --gguf, or serve the folder by vLLM: "
                f"vllm serve {base} --enable-lora --lora-modules {registering.name_of(job)}={job.result}; "
                f"then: madoguchi tune register {job.id} --base-url http://127.0.0.1:8000/v1"
            )
        assert job.result is not None
        adapter = gguf_adapter.write(Path(job.result), base, store.folder(job.id) / gguf_adapter.FILE)
        served = registering.name_of(job)
    serving = llama_server.Serving(served, base, adapter, port, at_once, context)
    program = llama_server.find(settings.models)
    if only_print:
        import shlex

        output.show(shlex.join(serving.command(program)))
        return
    spec = _spec(serving, store, job, max_answer_tokens)
    _serve(serving, program, settings, store, job, alias or _alias(served, job), spec, replace_it)


def merge(
    out: Annotated[Path, typer.Option("--out", help="The folder to write.", metavar="FOLDER")],
    name: Annotated[str | None, typer.Argument(help="A job; otherwise the newest.", metavar="JOB")] = None,
) -> None:
    """Add what was trained here to its base model's weights: a model of its own, for vLLM and other servers."""
    from knowledge.errors import SetupError
    from knowledge.settings import KnowledgeSettings, load
    from tuning.training import lora, registering
    from tuning.training.jobs import Jobs
    from tuning.training.local_trainer import LocalTrainer

    store = Jobs(load(KnowledgeSettings).data)
    job = store.get(name)
    registering.trained(job, store)
    if job.order.backend != "local" or job.result is None:
        raise SetupError(f"The weights of job {job.id} are the provider's.")
    if out.exists() and any(out.iterdir()):
        raise SetupError(f"{out} is not empty. Name a new folder.")
    LocalTrainer()  # raises when something is not installed
    lora.merge(job.order.model, Path(job.result), out)
    output.say(f"The whole model is in {out}.")


def _alias(served: str, job: Job | None) -> str:
    if job is not None:
        return job.alias or job.order.suffix or "tuned"
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in served)[:64]


def _spec(serving: Serving, store: Jobs, job: Job | None, max_answer_tokens: int) -> Spec:
    from service.models.specs import Spec
    from tuning.training import registering

    values = registering.on_this_machine(serving, max_answer_tokens)
    return Spec.model_validate(values) if job is None else registering.tuned(job, store, job.order.model, **values)


def _serve(
    serving: Serving,
    program: Path,
    settings: KnowledgeSettings,
    store: Jobs,
    job: Job | None,
    alias: str,
    spec: Spec,
    replace_it: bool,
) -> None:
    from tuning.training import llama_server

    _check(settings, alias, spec, replace_it)  # before anything is started
    signal.signal(signal.SIGTERM, _stopped)
    log = settings.data / "tuning" / "serving" / f"{alias}.log"
    with llama_server.running(serving, program, log) as process:
        _add(settings, alias, spec, replace_it)
        if job is not None:
            store.keep(job, alias=alias)
        output.say(f"It listens at {serving.url}; what it says goes to {log}. Stop it with Ctrl-C.")
        try:
            code = process.wait()
        except KeyboardInterrupt:
            return
    output.say(f"llama-server has ended by itself (exit code {code}). See {log}.", style="red")
    raise typer.Exit(1)


def _stopped(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _check(settings: KnowledgeSettings, alias: str, spec: Spec, replace_it: bool) -> None:
    """Raises ConfigError where the alias cannot be one, or belongs to another model."""
    from knowledge.errors import ConfigError
    from service.models import specs

    catalogue = specs.read(settings.data / specs.FILE)
    specs.changed(catalogue, alias, spec)
    before = catalogue.models.get(alias)
    if before is not None and before.name != spec.name and not replace_it:
        raise ConfigError(
            f"{alias} is another model ({before.name}). Name another alias by --alias, or take its place: --replace"
        )


def _add(settings: KnowledgeSettings, alias: str, spec: Spec, replace_it: bool) -> None:
    from service.models import specs

    _check(settings, alias, spec, replace_it)
    file = settings.data / specs.FILE
    catalogue = specs.read(file)
    before = catalogue.models.get(alias)
    kept = spec.model_copy(update={"share": before.share, "fallback": before.fallback}) if before else spec
    specs.write(file, specs.changed(catalogue, alias, kept))
    output.say(
        f"{alias} is {spec.name} in {file}. Ask it: madoguchi ask --model {alias} QUESTION; compare it: "
        "madoguchi tune compare SET"
    )
