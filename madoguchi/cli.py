"""The command `madoguchi`: one Typer application over all rooms. Heavy imports wait until a command needs them."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from knowledge.errors import CannotWrite, MadoguchiError, RedisUnavailable
from madoguchi import (
    asking,
    doctor,
    documents,
    evaluating,
    ingesting,
    jobs,
    keys,
    models,
    output,
    running,
    sessions,
)
from madoguchi.gaps.command import gaps
from madoguchi.tune.command import tune

app = typer.Typer(
    name="madoguchi",
    help="A customer-support assistant that answers from your own documents, with sources.",
    epilog="Begin with `madoguchi ingest FILES`, then `madoguchi serve`; `madoguchi doctor` says what is wrong.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=output.examples("ingest faq.csv manuals/ logs.jsonl", "ingest https://www.example.com/sitemap.xml"))(
    ingesting.ingest
)
app.add_typer(documents.documents, name="documents")
app.command()(running.serve)
app.command()(running.worker)
app.add_typer(jobs.jobs, name="jobs")
app.command(epilog=output.examples('ask "Can I cancel my order?"', "ask 送料はいくらですか --json"))(asking.ask)
app.command()(asking.search)
app.add_typer(evaluating.evaluate, name="evaluate")
app.add_typer(tune, name="tune")
app.add_typer(keys.keys, name="keys")
sessions.sessions.command(
    "gaps", epilog=output.examples("sessions gaps --since 30d", "sessions gaps --faq draft.csv --report gaps.html")
)(gaps)
app.add_typer(sessions.sessions, name="sessions")
app.add_typer(models.models, name="models")
app.command()(doctor.doctor)


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=lambda given: _version(given), is_eager=True
        ),
    ] = False,
) -> None:
    """What stands before a command."""


def main() -> None:
    """Run the command line; what we can explain becomes a sentence and an exit code, never a traceback."""
    try:
        # Typer words wrong use by itself and ends; where --json promises an object, the words are ours to print.
        ended = app(prog_name="madoguchi", standalone_mode="--json" not in sys.argv)
    except CannotWrite as error:
        _fail(CannotWrite.__name__, f"{error}{_where()}", error.exit_code)
    except MadoguchiError as error:
        where = _which_redis() if type(error) is RedisUnavailable and "REDIS_URL" not in str(error) else ""
        _fail(type(error).__name__, f"{error}{where}", error.exit_code)
    except typer.TyperException as error:
        _fail("WrongUse", error.format_message(), error.exit_code)
    except typer.Abort:
        raise SystemExit(1) from None
    except OSError as error:
        if error.filename is None:
            raise
        told = f"{error.filename} cannot be read or written: {error.strerror}.{_where()}"
        _fail(CannotWrite.__name__, told, CannotWrite.exit_code)
    raise SystemExit(ended or 0)


def _version(given: bool) -> None:
    if given:
        output.show(f"madoguchi {version('madoguchi')}")
        raise typer.Exit


def _where() -> str:
    """The setting behind a place that cannot be written, where it is the knowledge base's folder."""
    from knowledge.settings import KnowledgeSettings, load

    with suppress(MadoguchiError):
        folder = load(KnowledgeSettings).data.absolute()
        if not os.access(folder, os.W_OK):
            return f" The folder comes from MADOGUCHI_DATA. Example: MADOGUCHI_DATA=/srv/madoguchi (now {folder})"
    return ""


def _which_redis() -> str:
    """Where the operator's Redis was looked for, without its password."""
    from knowledge.settings import KnowledgeSettings, load

    with suppress(MadoguchiError):
        if (address := load(KnowledgeSettings).redis_url) is not None:
            shown = re.sub(r"//[^/]*@", "//", address.get_secret_value().partition("?")[0])
            return f" Its address comes from REDIS_URL (now {shown}): is it right, and is Redis running there?"
    return ""


def _fail(kind: str, told: str, exit_code: int) -> NoReturn:
    if "--json" in sys.argv:
        output.show_json({"error": {"type": kind, "detail": told}})
    output.say(f"madoguchi: {told}", style="red")
    raise SystemExit(exit_code) from None
