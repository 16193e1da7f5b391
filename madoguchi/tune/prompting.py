"""`madoguchi tune prompt`: words to the model that answer better, searched on the validation questions."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json
from madoguchi.tune.training import Dataset

if TYPE_CHECKING:
    from service.settings import ServiceSettings
    from tuning.prompting.prompt_tuning import Tuned, Wish


def prompt(
    folder: Dataset,
    model: Annotated[str | None, typer.Option(help="The alias to tune for; otherwise the default.")] = None,
    method: Annotated[
        Literal["rag", "alone"], typer.Option(help="With passages, as it is served, or without.")
    ] = "rag",
    budget: Annotated[
        int, typer.Option(min=1, help="How many questions may be asked in all, shared by the languages.")
    ] = 400,
    instructions: Annotated[
        Path | None, typer.Option(help='Try these, too (TOML: ja = ["…"], en = ["…"]).', exists=True, dir_okay=False)
    ] = None,
    propose: Annotated[int, typer.Option(min=0, max=20, help="Let the model propose so many itself.")] = 0,
    seed: Annotated[int, typer.Option(help="Another seed draws other questions.")] = 0,
    as_json: Json = False,
) -> None:
    """Search instructions and examples that make a model answer better; its weights stay as they are.

    The winner becomes a new version, to be compared (`tune compare`) and served (MADOGUCHI_PROFILE).

    When nothing beats the rules as they are, nothing is saved.
    """
    from knowledge.settings import load
    from service.settings import ServiceSettings
    from tuning.prompting import prompt_candidates
    from tuning.prompting.prompt_tuning import Wish

    given = prompt_candidates.of_file(instructions) if instructions else {}
    wish = Wish(method, budget, given, propose, seed)
    with output.going_on(), output.Bars(quiet=as_json) as bars:
        tuned = asyncio.run(_tuned(load(ServiceSettings), folder, model, wish, bars))
    if as_json:
        found = {lang: asdict(one) | {"is_better": one.is_better} for lang, one in tuned.found.items()}
        output.show_json(asdict(tuned) | {"found": found})
    else:
        _print(folder, tuned)


async def _tuned(settings: ServiceSettings, folder: Path, model: str | None, wish: Wish, bars: output.Bars) -> Tuned:
    from knowledge.errors import SetupError
    from service.profile import load_profile
    from tuning.comparison.answers import Asker
    from tuning.comparison.bench import Bench
    from tuning.prompting.prompt_tuning import Tuner

    async with opened(settings) as models:
        chain = models.chain(model)
        if not chain:
            raise SetupError(
                "Passages are quoted, and quoting has no prompt. Name a model: --model ALIAS; to add one: "
                "madoguchi models add"
            )
        bench = Bench.open(settings)
        profile = load_profile(settings.profile)
        asker = Asker(bench, settings, profile)
        return await Tuner(asker, bench, chain[0], profile, settings.data, bars).tune(folder, wish)


def _print(folder: Path, tuned: Tuned) -> None:
    for lang, one in tuned.found.items():
        proven = "" if one.difference.is_real else ", which may be chance"
        output.show(
            f"{lang}: {one.winner.name}: quality {one.score:.3f}, the rules alone {one.before:.3f} "
            f"({one.difference.value:+.3f}, {one.difference.low:+.3f} to {one.difference.high:+.3f}{proven}), "
            f"{one.questions} questions, {one.calls} calls."
        )
    for note in tuned.notes:
        output.say(note, style="yellow")
    if tuned.kept is None:
        output.show("Nothing answers better than the rules as they are; nothing was saved.")
        return
    output.show(f"Saved as {tuned.kept.version}:")
    for line in tuned.diff:
        output.show(line)
    output.show(f"Compare it on the held-out questions: madoguchi tune compare {folder}")
    output.show(f"Serve it: MADOGUCHI_PROFILE={tuned.profile}")
