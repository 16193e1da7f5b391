"""`madoguchi models …`: which language models there are, which one answers, and whether each can be asked."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json
from madoguchi.spans import share_of

if TYPE_CHECKING:
    from pathlib import Path

    from service.models.registry import Served
    from service.models.specs import Catalogue, Spec

models = typer.Typer(help="The language models: list, add, test, choose.", no_args_is_help=True)

Alias = Annotated[str, typer.Argument(help="The name that you and your clients call it by.")]
KeyEnv = Annotated[str | None, typer.Option(help="The environment variable that holds the key.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a model of that alias.")]
HELLO = "Reply with the one word: hello"


def _file() -> tuple[Path, Catalogue]:
    from knowledge.settings import load
    from service.models import specs
    from service.settings import ServiceSettings

    file = load(ServiceSettings).data / specs.FILE
    return file, specs.read(file)


@models.command("list")
def show(as_json: Json = False) -> None:
    """List the models, and who answers."""
    from knowledge.settings import load
    from service.models import specs
    from service.settings import ServiceSettings

    file, catalogue = _file()
    environment = specs.of_environment(load(ServiceSettings))
    found: dict[str, Spec] = ({specs.DEFAULT: environment} if environment else {}) | catalogue.models
    default = catalogue.default or (specs.DEFAULT if specs.DEFAULT in found else specs.EXTRACTIVE)
    if as_json:
        listed = [{"alias": alias, "default": alias == default, **spec.model_dump()} for alias, spec in found.items()]
        output.show_json({"file": str(file), "default": default, "models": listed})
        return
    rows = []
    for alias, spec in found.items():
        kind = f"{spec.kind} of {spec.parent}" if spec.parent else spec.kind
        share = f"{spec.share:.0%}" if spec.share else ""
        where = spec.base_url or ("LangChain" if spec.client == "langchain" else "OpenAI")
        mark = "→" if alias == default else ""
        rows.append((mark, alias, spec.name, where, kind, share, spec.fallback or "", spec.api_key_env or ""))
    mark = "→" if default == specs.EXTRACTIVE else ""
    rows.append((mark, specs.EXTRACTIVE, "quotes passages", "", "", "", "", ""))
    output.show_rows(("", "alias", "model", "at", "kind", "share", "fallback", "key"), rows)


@models.command()
def add(
    alias: Alias,
    name: Annotated[str, typer.Option(help="What the provider calls the model, such as gpt-4.1-mini.")],
    base_url: Annotated[str | None, typer.Option(help="The server's address, ending in /v1; else OpenAI's.")] = None,
    key_env: KeyEnv = None,
    client: Annotated[str, typer.Option(help="lean, or langchain (then NAME may be provider:model).")] = "lean",
    fine_tuned: Annotated[bool, typer.Option("--fine-tuned", help="It was fine-tuned.")] = False,
    parent: Annotated[str | None, typer.Option(help="The model that it was fine-tuned from.")] = None,
    fallback: Annotated[str | None, typer.Option(help="The alias that steps in when it fails.")] = None,
    prompt_price: Annotated[float, typer.Option(help="Per million tokens read, in your currency.")] = 0.0,
    completion_price: Annotated[float, typer.Option(help="Per million tokens written.")] = 0.0,
    max_answer_tokens: Annotated[int, typer.Option(help="The longest answer.")] = 800,
    temperature: Annotated[float, typer.Option(help="How freely it chooses its words; below 0: not sent.")] = 0.0,
    connect_s: Annotated[float, typer.Option(help="How long connecting may take.")] = 5,
    first_token_s: Annotated[float, typer.Option(help="How long the first word may take.")] = 20,
    between_tokens_s: Annotated[float, typer.Option(help="How long it may fall silent.")] = 15,
    total_s: Annotated[float, typer.Option(help="How long one answer may take.")] = 60,
    retries: Annotated[int, typer.Option(help="Further tries before the first word.")] = 1,
    concurrency: Annotated[int, typer.Option(help="Answers at the same time.")] = 2000,
    replace_it: Replace = False,
) -> None:
    """Add a model; a running service knows it within seconds. Keys stay in the environment."""
    from knowledge.errors import ConfigError
    from service.models import specs

    file, catalogue = _file()
    before = catalogue.models.get(alias)
    if before and not replace_it:
        raise ConfigError(f"There is a model {alias} already. To replace it: madoguchi models add {alias} --replace …")
    spec = _spec(
        name=name,
        base_url=base_url,
        api_key_env=key_env,
        client=client,
        kind="fine_tuned" if fine_tuned or parent else "base",
        parent=parent,
        share=before.share if before else 0,
        fallback=fallback,
        temperature=temperature if temperature >= 0 else None,
        max_answer_tokens=max_answer_tokens,
        price_per_million_prompt_tokens=prompt_price,
        price_per_million_completion_tokens=completion_price,
        timeouts={
            "connect_s": connect_s,
            "first_token_s": first_token_s,
            "between_tokens_s": between_tokens_s,
            "total_s": total_s,
        },
        retries=retries,
        concurrency=concurrency,
    )
    specs.write(file, specs.changed(catalogue, alias, spec))
    output.say(f"{alias} is in {file}. Try it: madoguchi models test {alias}; let it answer: models default {alias}")


@models.command()
def default(alias: Alias) -> None:
    """Let a model answer when none is asked for; `extractive` quotes passages."""
    from service.models import specs

    file, catalogue = _file()
    if alias not in (specs.EXTRACTIVE, specs.DEFAULT):
        _known(catalogue, alias)
    specs.write(file, specs.checked({"default": alias, "models": catalogue.model_dump()["models"]}))
    output.say(f"{alias} answers from now on.")


@models.command()
def share(
    alias: Alias,
    part: Annotated[str, typer.Argument(help="Such as 10% or 0.1; 0 is none.")],
) -> None:
    """Let a model answer a share of the sessions instead of the default; a session always meets the same model."""
    from service.models import specs

    taken = share_of(part, "PART", least=0)
    file, catalogue = _file()
    spec = _known(catalogue, alias)
    specs.write(file, specs.changed(catalogue, alias, _spec(**spec.model_dump() | {"share": taken})))
    output.say(f"{alias} answers {taken:.0%} of the sessions.")


@models.command()
def remove(alias: Alias) -> None:
    """Forget a model."""
    from service.models import specs

    file, catalogue = _file()
    _known(catalogue, alias)
    specs.write(file, specs.changed(catalogue, alias, None))
    output.say(f"{alias} is gone from {file}.")


@dataclass(frozen=True, slots=True)
class Tried:
    """One tiny question that a model was really asked."""

    way: str
    ok: bool
    text: str = ""
    first_token_ms: int | None = None
    total_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    failure: str | None = None


@models.command("test")
def tried(
    alias: Annotated[str, typer.Argument(help="The alias to try; without it, who answers now.")] = "default",
    as_json: Json = False,
) -> None:
    """Ask a model one tiny question, streaming and not; show how quick it was, what it took, and what failed."""
    from knowledge.errors import ConfigError
    from knowledge.settings import load
    from service.settings import ServiceSettings

    async def trials() -> tuple[Served, list[Tried]]:
        async with opened(load(ServiceSettings)) as registry:
            chain = registry.chain(alias)
            if not chain:
                raise ConfigError(
                    "There is no model to test. Set MADOGUCHI_MODEL, as in MADOGUCHI_MODEL=gpt-4.1-mini, or add one: "
                    "madoguchi models add ALIAS --name NAME"
                )
            return chain[0], [await _tried(chain[0], streaming) for streaming in (True, False)]

    served, results = asyncio.run(trials())
    if as_json:
        found = {"alias": served.alias, "model": served.spec.name}
        output.show_json(found | {"tried": [asdict(one) for one in results]})
    else:
        for one in results:
            if one.ok:
                first = f"first word after {one.first_token_ms} ms, " if one.first_token_ms is not None else ""
                took = f"{one.prompt_tokens} + {one.completion_tokens} tokens, cost {one.cost:g}"
                if one.prompt_tokens is None:
                    took = "the server tells no usage"
                output.show(f"✓ {one.way}: {one.text!r}; {first}all after {one.total_ms} ms; {took}")
            else:
                output.show(f"✗ {one.way}: {one.failure}")
    raise typer.Exit(0 if all(one.ok for one in results) else 1)


async def _tried(served: Served, streaming: bool) -> Tried:
    import time

    from knowledge.errors import ModelUnavailable
    from service.answers import Usage
    from service.models.base import Message
    from service.models.lean import LeanModel

    trial = Tried("streaming" if streaming else "not streaming", False)
    began, text = time.monotonic(), ""
    try:
        messages = [Message("user", HELLO)]
        model = served.model
        pieces = model.whole(messages) if isinstance(model, LeanModel) and not streaming else model.stream(messages)
        async for piece in pieces:
            if isinstance(piece, Usage):
                cost = served.priced(piece).cost
                trial = replace(
                    trial, prompt_tokens=piece.prompt_tokens, completion_tokens=piece.completion_tokens, cost=cost
                )
                continue
            if not text and streaming:
                trial = replace(trial, first_token_ms=round(1000 * (time.monotonic() - began)))
            text += piece
    except ModelUnavailable as error:
        return replace(trial, failure=str(error))
    total = round(1000 * (time.monotonic() - began))
    if not text.strip():
        return replace(trial, total_ms=total, failure="It ended well and said nothing.")
    return replace(trial, ok=True, text=text.strip()[:80], total_ms=total)


def _spec(**values: Any) -> Spec:
    from pydantic import ValidationError

    from service.models import specs

    try:
        return specs.Spec.model_validate(values)
    except ValidationError as error:
        raise typer.BadParameter(specs.complaint("This cannot be", error)) from None


def _known(catalogue: Catalogue, alias: str) -> Spec:
    from service.answering.answerer import UnknownModel

    if alias not in catalogue.models:
        names = ", ".join(catalogue.models) or "none yet (madoguchi models add)"
        raise UnknownModel(f"No model was added under the name {alias}. There are: {names}.")
    return catalogue.models[alias]
