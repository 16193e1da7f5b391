"""`madoguchi doctor`: says what is wrong with the installation and how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import typer

from knowledge.counting import counted
from knowledge.errors import ConfigError, MadoguchiError
from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from service.settings import ServiceSettings

State = Literal["ok", "note", "wrong"]
LITTLE = 1_000_000_000  # bytes: about what a generation beside the old ones and a journal may need
_MARK: dict[State, str] = {"ok": "✓", "note": "!", "wrong": "✗"}
_STYLE: dict[State, str] = {"ok": "green", "note": "yellow", "wrong": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    detail: str  # what was found, and how to mend it when it is wrong


def doctor(as_json: Json = False) -> None:
    """Look at settings, embedding model, index, Redis, workers and model; say what is wrong and what to do."""
    findings = list(_findings())
    wrong = sum(finding.state == "wrong" for finding in findings)
    if as_json:
        output.show_json({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
    else:
        output.show_rows(
            ("", "what", "found"),
            ((_MARK[finding.state], finding.what, finding.detail) for finding in findings),
            styles=[_STYLE[finding.state] for finding in findings],
        )
    raise typer.Exit(1 if wrong else 0)


def _findings() -> Iterator[Finding]:
    from ingest.settings import IngestSettings
    from knowledge.settings import load, unknown_variables
    from service.settings import ServiceSettings

    yield Finding("Python", "ok", sys.version.split()[0])
    try:
        settings, _ = load(ServiceSettings), load(IngestSettings)
    except ConfigError as error:
        yield Finding("settings", "wrong", str(error))
        return
    strange = list(unknown_variables(ServiceSettings, IngestSettings))
    yield Finding("settings", "note" if strange else "ok", "; ".join(strange) or "all understood")
    looks: tuple[tuple[str, Callable[[ServiceSettings], tuple[State, str]]], ...] = (
        ("folder", _folder),
        ("keys", _keys),
        ("embedding", _embedding),
        ("knowledge", _knowledge),
        ("Redis", _redis),
        ("workers", _workers),
        ("profile", _profile),
        ("model", _model),
    )
    for what, look in looks:
        if what in ("Redis", "workers") and settings.redis_url is None and not settings.data.is_dir():
            yield Finding(what, "note", "none yet: a private one begins with the data folder")
        else:
            yield _examined(what, look, settings)
    if settings.reranker is not None:
        yield _examined("reranker", _reranker, settings)


def _examined(what: str, look: Callable[[ServiceSettings], tuple[State, str]], settings: ServiceSettings) -> Finding:
    try:
        return Finding(what, *look(settings))
    except MadoguchiError as error:
        return Finding(what, "wrong", str(error))
    except OSError as error:
        return Finding(what, "wrong", f"{error.filename or what} cannot be read or written: {error.strerror or error}.")


def _folder(settings: ServiceSettings) -> tuple[State, str]:
    data = settings.data.absolute()
    if not data.exists():
        return "note", f"{data} is not there yet; the first `madoguchi ingest` makes it. Set by MADOGUCHI_DATA"
    if not data.is_dir() or not os.access(data, os.R_OK | os.X_OK):
        return "wrong", f"{data} is no folder that this user can read. Set MADOGUCHI_DATA, or let this user own it"
    if not os.access(data, os.W_OK):
        return "note", f"{data} may only be read: nothing can be ingested, and serving needs REDIS_URL"
    free = shutil.disk_usage(data).free
    return "ok" if free > LITTLE else "note", f"{data}, {free / 1e9:,.1f} GB free on its disk"


def _keys(settings: ServiceSettings) -> tuple[State, str]:
    from service.access.gate import check_exposure
    from service.access.keys import KeyFile

    check_exposure(settings)
    ring, now = KeyFile(settings.data).read(), datetime.now(UTC)
    valid = [sum(each.valid(now) for each in some) for some in (ring.keys, ring.sites)]
    counts = f"{counted(valid[0], 'key')} and {counted(valid[1], 'site')} in force"
    if settings.admin_key is None and not ring.guarded:
        return "ok", f"{counts}: only this machine is served"
    return "ok", f"{counts}{'' if settings.admin_key is None else ', and MADOGUCHI_ADMIN_KEY'}"


def _embedding(settings: ServiceSettings) -> tuple[State, str]:
    from knowledge.embedding.embeddings import open_embedder, verify

    verify(settings)
    embedder = open_embedder(settings)
    size = len(embedder.embed_query("窓口はどこですか"))
    return "ok", f"{embedder.fingerprint}, {size} dimensions"


def _reranker(settings: ServiceSettings) -> tuple[State, str]:
    from knowledge.searching.reranking import open_reranker

    if (reranker := open_reranker(settings)) is None:
        return "ok", "none"
    reranker.scores("Where is the counter?", ["The counter is on the ground floor.", "We are closed on Mondays."])
    if reranker.trouble is not None:
        return "wrong", f"{settings.reranker}: {reranker.trouble}. Searches go on in their own order"
    return "ok", str(settings.reranker)


def _knowledge(settings: ServiceSettings) -> tuple[State, str]:
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer

    generation = Generation.open(settings.data, Analyzer(), open_embedder(settings).fingerprint)
    counts = {len(generation), len(generation.dense), len(generation.lexical)}
    if len(counts) > 1:
        return "wrong", f"passages, vectors and words differ in number: {sorted(counts)}. Ingest the documents again."
    sound = f"{len(generation.documents)} documents, {len(generation)} passages; every checksum holds"
    if trouble := generation.take_up_adapter(settings.data):
        return "note", f"{sound}. {trouble}"
    if generation.deleted:
        return "note", f"{sound}; words of {generation.deleted} removed passages wait for `madoguchi documents compact`"
    return "ok", sound


def _redis(settings: ServiceSettings) -> tuple[State, str]:
    from knowledge.private_redis import running_redis
    from service.memory.storage import OPERATORS_WAIT_S, Storage

    async def trouble(url: str) -> str | None:
        storage = Storage.connect(url, OPERATORS_WAIT_S)
        try:
            return await storage.ready()
        finally:
            await storage.close()

    with running_redis(settings) as server:
        reason = asyncio.run(trouble(server.url))
        return ("wrong", f"{server.description}: {reason}") if reason else ("ok", server.description)


def _workers(settings: ServiceSettings) -> tuple[State, str]:
    from knowledge.jobs import Jobs, can_queue
    from knowledge.private_redis import running_redis

    with running_redis(settings) as server:
        if not can_queue(server.url):
            return "note", "none: jobs cannot be in a Cluster. `madoguchi ingest` without --queue needs none"
        with closing(Jobs.connect(server.url)) as jobs:
            workers, waiting = jobs.workers(), sum(job.state == "queued" for job in jobs.all())
    queue = f"{counted(waiting, 'job')} waiting" if waiting else "no job waits"
    if workers:
        return "ok", f"{len(workers)} alive ({', '.join(workers)}); {queue}"
    hint = "`madoguchi serve` brings one, `madoguchi worker` is one"
    return "wrong" if waiting else "note", f"none alive; {queue}. {hint}"


def _profile(settings: ServiceSettings) -> tuple[State, str]:
    from service.profile import load_profile

    profile = load_profile(settings.profile)
    counts = ((len(profile.glossary), "term"), (len(profile.ready), "ready answer"), (len(profile.levels), "level"))
    held = ", ".join(counted(count, what) for count, what in counts if count)
    return "ok", f"{settings.profile}{f': {held}' if held else ''}"


def _model(settings: ServiceSettings) -> tuple[State, str]:
    from madoguchi.opening import opened

    async def asked() -> tuple[str | None, str | None]:
        async with opened(settings) as models:
            return (models.described(), await models.ready()) if models.chain(None) else (None, None)

    found, trouble = asyncio.run(asked())
    if found is None:
        hint = " (OPENAI_API_KEY alone does not switch it on)" if settings.openai_api_key else ""
        return "note", f"none: answers quote passages. To generate them, set MADOGUCHI_MODEL=NAME{hint}"
    return ("ok", found) if trouble is None else ("wrong", f"{found}: {trouble} Passages are quoted meanwhile")
