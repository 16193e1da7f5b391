"""`madoguchi tune submit`, `status`, `cancel` and `probe`: training runs, here or at a provider."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json
from madoguchi.tune.checking import checked

if TYPE_CHECKING:
    from knowledge.settings import KnowledgeSettings
    from tuning.training.curves import Judgement
    from tuning.training.jobs import Job, Jobs, Order, Trainer

LOOK_EVERY_S = 5.0  # seconds between looks at a run that is watched
PATIENCE = 6  # tries in a row at a trainer that does not answer, before the command gives up and the job waits
LONGEST_WAIT_S = 60.0

Dataset = Annotated[Path, typer.Argument(help="A data set's folder.", exists=True, file_okay=False, metavar="DATASET")]
JobName = Annotated[
    str | None, typer.Argument(help="Its id or the beginning of it; otherwise the newest.", metavar="JOB")
]


def submit(
    folder: Dataset,
    model: Annotated[str, typer.Option(help="The base model, as the provider names it; local: a folder or GGUF file.")],
    backend: Annotated[Literal["openai", "local"], typer.Option(help="Where it is trained.")] = "openai",
    method: Annotated[Literal["supervised", "dpo"], typer.Option(help="dpo needs a data set of pairs.")] = "supervised",
    epochs: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="How often each row is seen; otherwise 3, or the provider's choice."),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Rows of one step; otherwise 4, or the provider's choice.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="OpenAI: a multiplier; local: the rate itself.")
    ] = None,
    rank: Annotated[int | None, typer.Option(min=1, max=256, help="Local: of the adapter; otherwise 8.")] = None,
    patience: Annotated[
        int | None,
        typer.Option(min=0, help="Local: stop after so many validations without progress, otherwise 3; 0: never."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed begins and shuffles otherwise.")] = 0,
    suffix: Annotated[str | None, typer.Option(help="A part of the new model's name.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="A server that speaks OpenAI's fine-tuning API; otherwise OPENAI_BASE_URL.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also when the very same order runs or has ended well.")
    ] = False,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Although the check forbids it.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False,
    as_json: Json = False,
) -> None:
    """Check a data set and have a model trained on it. May be interrupted at any moment: `status` goes on with it."""
    from knowledge.errors import SetupError
    from knowledge.settings import KnowledgeSettings, load
    from tuning.datasets import dataset
    from tuning.training import jobs

    settings = load(KnowledgeSettings)
    card = dataset.read_card(folder)
    if (card["format"] == "preference") != (method == "dpo"):
        raise SetupError(f"A data set of the format {card['format']} cannot be trained with --method {method}.")
    order = jobs.Order(
        backend,
        model,
        str(folder.resolve()),
        dataset.fingerprint(folder),
        method,
        epochs,
        batch_size,
        learning_rate,
        seed,
        suffix,
        base_url or settings.openai_base_url,
        {name: value for name, value in (("rank", rank), ("patience", patience)) if value is not None},
    )
    if order.options and backend != "local":
        raise SetupError(f"Only --backend local knows {' and '.join(f'--{name}' for name in order.options)}.")
    store = jobs.Jobs(settings.data)
    known = jobs.same_order(store.all(), order)
    if known is not None and not again:
        raise SetupError(
            f"The same is trained already as job {known.id} ({known.state}): madoguchi tune status {known.id}. "
            "To pay for it once more: --again"
        )
    if not unchecked:
        _refuse_what_harms(folder, settings)
    trainer = _trainer(order, settings)  # a missing key is told before anything is written down
    job = store.create(order)
    output.say(f"Job {job.id}: go on with it at any time by madoguchi tune status {job.id}")
    job = _advanced(trainer, job, store, until_ended=wait)
    _shown(job, store, as_json)


def status(
    name: JobName = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until it has ended.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Draw the loss curves here, as SVG.", metavar="FILE.svg")] = None,
    everything: Annotated[bool, typer.Option("--all", help="List all jobs.")] = False,
    as_json: Json = False,
) -> None:
    """Go on with a training run where it is, and tell how it goes. Exit code 2 when it seems over-fitted."""
    from knowledge.settings import KnowledgeSettings, load
    from tuning.training import curves
    from tuning.training.jobs import Jobs

    settings = load(KnowledgeSettings)
    store = Jobs(settings.data)
    if everything:
        _listed(store.all(), as_json)
        return
    with store.working_on(store.get(name).id) as job:
        if not job.has_ended:
            job = _advanced(_trainer(job.order, settings), job, store, until_ended=watch)
    if picture is not None:
        picture.write_text(curves.picture(store.curve(job.id), f"{job.order.model}, job {job.id}"), "utf-8")
    _shown(job, store, as_json)
    if job.state == "failed":
        raise typer.Exit(1)
    if _judged(job, store).over_fitted:
        raise typer.Exit(2)


def cancel(name: JobName = None, as_json: Json = False) -> None:
    """Stop a training run."""
    from knowledge.settings import KnowledgeSettings, load
    from tuning.training.jobs import Jobs

    settings = load(KnowledgeSettings)
    store = Jobs(settings.data)
    with store.working_on(store.get(name).id) as job:
        job = _trainer(job.order, settings).cancel(job, store)
    _shown(job, store, as_json)


def probe(
    name: JobName = None,
    rows: Annotated[int, typer.Option(min=0, max=1000, help="How many training rows to ask for.")] = 20,
    as_json: Json = False,
) -> None:
    """Ask a job's model, by its alias, for what it should not know by heart. Exit code 2 when it seems over-fitted.

    It gets the first third of training questions, and the questions of planted secrets (`tune dataset --canaries`).
    """
    from knowledge.errors import SetupError
    from knowledge.settings import load
    from service.settings import ServiceSettings
    from tuning.training import probing
    from tuning.training.jobs import Jobs

    settings = load(ServiceSettings)
    store = Jobs(settings.data)
    job = store.get(name)
    if job.alias is None:
        raise SetupError(f"The model of job {job.id} has no alias yet: madoguchi tune serve, or tune register")
    ordinary, led = probing.plan(Path(job.order.dataset), rows, job.order.seed)

    async def asked() -> probing.Probed:
        async with opened(settings) as models:
            [served, *_] = models.chain(job.alias)
            return await probing.ask(served.model, ordinary, led, bars.advance)

    with output.Bars(quiet=as_json) as bars:
        bars.stage("asking", len(ordinary) + len(led))
        probing.keep(store.folder(job.id), asyncio.run(asked()))
    _shown(job, store, as_json)
    if _judged(job, store).over_fitted:
        raise typer.Exit(2)


def _trainer(order: Order, settings: KnowledgeSettings) -> Trainer:
    if order.backend == "local":
        from tuning.training.local_trainer import LocalTrainer

        return LocalTrainer()
    from tuning.training.openai_trainer import OpenAITrainer

    return OpenAITrainer(order.base_url, settings.openai_api_key)


def _refuse_what_harms(folder: Path, settings: KnowledgeSettings) -> None:
    from knowledge.errors import SetupError

    verdict = checked(folder, settings, ())
    if verdict.errors:
        first = verdict.errors[0]
        raise SetupError(
            f"The check forbids it: {len(verdict.errors)} errors, such as {first.code} in {first.split}, "
            f"row {first.row}. See all: madoguchi tune check {folder}"
        )


def _advanced(trainer: Trainer, job: Job, store: Jobs, until_ended: bool) -> Job:
    """Go on until the job is submitted, or until it has ended; a trainer that does not answer is asked again."""
    from tuning.training.jobs import TrainerUnavailable

    tries, told = 0, 0
    while True:
        try:
            job = trainer.advance(job, store)
            tries = 0
        except TrainerUnavailable as error:
            tries += 1
            if tries >= PATIENCE:
                raise TrainerUnavailable(f"{error} Go on with it later: madoguchi tune status {job.id}") from error
            pause = min(error.retry_after_s or 2.0**tries, LONGEST_WAIT_S)
            output.say(f"{error} Trying again in {pause:.0f} s.")
            time.sleep(pause)
            job = store.get(job.id)
            continue
        for _, message in store.events(job.id)[told:]:
            output.say(message)
            told += 1
        if job.has_ended or not until_ended:
            return job
        time.sleep(LOOK_EVERY_S)


def _judged(job: Job, store: Jobs) -> Judgement:
    from tuning.training import curves, probing

    probed = probing.read(store.folder(job.id))
    return curves.judge(store.curve(job.id), probed.recited, probed.canaries)


def _shown(job: Job, store: Jobs, as_json: bool) -> None:
    from tuning.training import curves

    curve = store.curve(job.id)
    judgement = _judged(job, store)
    if as_json:
        told: dict[str, Any] = asdict(job) | {"curve": [asdict(point) for point in curve]}
        output.show_json(told | {"over_fitting": asdict(judgement)})
        return
    output.show(f"{'Job:':<12}{job.id}, {job.order.model} on {job.order.dataset}")
    output.show(f"{'State:':<12}{job.state}. {job.message}")
    for name, values in (
        ("Training:", [point.train_loss for point in curve if point.train_loss is not None]),
        ("Validation:", [point.validation_loss for point in curve if point.validation_loss is not None]),
    ):
        if values:
            output.show(f"{name:<12}{curves.sparkline(values)}  {values[0]:.3f} to {values[-1]:.3f}")
    if curve:
        output.show(f"{'Judgement:':<12}{judgement}", style="red" if judgement.over_fitted else None)
    if job.result:
        output.show(f"{'Model:':<12}{job.result}")
        if job.alias:
            output.show(f"{'Alias:':<12}{job.alias}")
        else:
            serve = "serve" if job.order.backend == "local" else "register"
            output.show(f"{'Next:':<12}madoguchi tune {serve} {job.id} --alias NAME")


def _listed(jobs: list[Job], as_json: bool) -> None:
    if as_json:
        output.show_json({"jobs": [asdict(job) for job in jobs]})
        return
    if not jobs:
        output.show("There is no job yet. Start one: madoguchi tune submit DATASET --model NAME")
        return
    output.show_rows(
        ("job", "state", "base model", "data set", "result"),
        ((job.id, job.state, job.order.model, job.order.dataset, job.result or "") for job in jobs),
    )
