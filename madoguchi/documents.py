"""`madoguchi documents`: what the knowledge base holds, and the states that it can go back to."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.counting import counted
from knowledge.errors import NoKnowledge, UnknownDocument
from madoguchi import output
from madoguchi.ingesting import open_pipeline
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.index.store import Generation

documents = typer.Typer(
    help="List, show or remove documents of the knowledge base; keep, restore or clean its states.",
    no_args_is_help=True,
)


NOT_SEARCHED = {
    "contradicts": "a FAQ contradicts it: ",
    "older": "a newer one says otherwise: ",
    "same": "another says the same",
}


@documents.command("list")
def list_documents(as_json: Json = False) -> None:
    """All documents, one a line."""
    generation = _open_generation()
    entries = sorted(generation.documents.values(), key=lambda document: document.source)
    if as_json:
        output.show_json({"generation": generation.name, "documents": [asdict(document) for document in entries]})
        return
    output.show_rows(
        ("id", "source", "kind", "lang", "passages", "updated", "ingested"),
        (
            (one.id, one.source, one.kind, one.lang, one.passages, one.updated or "", output.moment(one.ingested_at))
            for one in entries
        ),
        whole=("id", "updated"),
    )


@documents.command("show")
def show_document(name: Annotated[str, typer.Argument(help="Its id or source.")], as_json: Json = False) -> None:
    """One document with all its passages."""
    from knowledge.passages import page_word

    generation = _open_generation()
    document = generation.documents[_find(generation, name)]
    passages, held = generation.passages(document.id), generation.asides().get(document.id, [])
    if as_json:
        told = [
            {"passage": asdict(each.passage), "yields_to": each.to, "because": each.because, "why": each.why}
            for each in held
        ]
        output.show_json(
            {**asdict(document), "passages": [asdict(passage) for passage in passages], "not_searched": told}
        )
        return
    updated = f", updated {document.updated}" if document.updated else ""
    output.show(f"{document.title} ({document.source}, {document.kind}, {document.lang}{updated})", style="bold")
    for passage in passages:
        place = ", ".join(
            f"{word} {value}"
            for word, value in (
                (page_word(passage.source, passage.anchor), passage.page),
                ("row", passage.row),
                ("anchor", passage.anchor),
                ("updated", passage.updated if passage.updated != document.updated else None),
            )
            if value is not None
        )
        output.show()
        output.show(" > ".join((*passage.headings, *([passage.question] if passage.question else []))), style="bold")
        output.show(passage.text)
        output.show(f"[{place}]" if place else "", style="dim")
        if passage.conversations:
            others = f", others are {', '.join(passage.alike)}" if passage.alike else ""
            output.show(f"from {counted(passage.conversations, 'conversation')}{others}", style="dim")
    if held:
        output.show("Not searched:", style="yellow")
        rows = []
        for each in held:
            passage = each.passage
            at = passage.anchor or passage.row or passage.page or ""
            asks = passage.question or (passage.headings or (passage.title,))[-1]
            rows.append((at, asks, f"{NOT_SEARCHED[each.because]}{each.why}", each.to))
        output.show_rows(("place", "question", "why", "searched in its place"), rows)


@documents.command("remove")
def remove_documents(
    names: Annotated[list[str], typer.Argument(help="Their ids or sources.")], as_json: Json = False
) -> None:
    """Take documents out: they are not found any more as soon as this returns."""
    generation = _open_generation()
    gone = open_pipeline().remove([_find(generation, name) for name in names])
    if as_json:
        output.show_json({"removed": gone})
    else:
        output.show(f"Removed: {', '.join(gone)}")


@documents.command("generations")
def list_generations(as_json: Json = False) -> None:
    """The states that the knowledge base can go back to, newest first, each checked byte by byte."""
    from knowledge.errors import DamagedIndex, OtherFormat
    from knowledge.index import generations
    from knowledge.settings import KnowledgeSettings, load

    data = load(KnowledgeSettings).data
    serving = generations.current(data)
    states: list[dict[str, Any]] = []
    unsound: dict[str, str] = {}
    for name in generations.history(data):
        state: dict[str, Any] = {"name": name, "serves": name == serving, "sound": True, "trouble": None}
        try:
            manifest = generations.check(data, name)
            state |= {key: getattr(manifest, key) for key in ("created_at", "documents", "passages", "embedding")}
        except DamagedIndex as error:
            state |= {"sound": False, "trouble": str(error)}
            unsound[name] = "other version" if isinstance(error, OtherFormat) else "damaged"
        states.append(state)
    if as_json:
        output.show_json({"serving": serving, "generations": states})
        return
    rows = []
    for state in states:
        known = [state.get(key, "?") for key in ("documents", "passages", "embedding")]
        made = output.moment(state.get("created_at")) or "?"
        how = "serves" if state["serves"] else unsound.get(state["name"], "")
        rows.append((how, state["name"], made, *known))
    output.show_rows(("", "name", "made", "documents", "passages", "embedding"), rows, whole=("name",))
    for state in states:
        if state["trouble"]:
            output.show(state["trouble"], style="red")


@documents.command("rollback")
def roll_back(
    name: Annotated[
        str | None,
        typer.Argument(help="Its name; otherwise the last sound one before the present.", metavar="GENERATION"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let an earlier generation serve again, after checking it; the service follows within two seconds."""
    from ingest.settings import IngestSettings
    from knowledge.index import generations
    from knowledge.settings import load

    settings = load(IngestSettings)
    if name is None and not generations.history(settings.data):
        raise _nothing(settings.data)
    with generations.writing(settings.data, settings.lock_wait_s):
        before = generations.current(settings.data)
        manifest = generations.roll_back(settings.data, name)
    if as_json:
        output.show_json({"from": before, "serving": manifest.name, "embedding": manifest.embedding})
        return
    output.show(
        f"Generation {manifest.name} of {output.moment(manifest.created_at)} serves: {manifest.documents} documents, "
        f"{manifest.passages} passages, embedding model {manifest.embedding}."
    )
    output.show(f"To undo this before the next ingest: madoguchi documents rollback {before}")


@documents.command("compact")
def compact(
    forget: Annotated[
        bool, typer.Option("--forget", help="Remove the older generations too: there is no way back then.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take the last bytes of removed documents out of the index, and with --forget off the disk."""
    from ingest.settings import IngestSettings
    from knowledge.index import committing, generations
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from knowledge.settings import load

    settings, analyzer = load(IngestSettings), Analyzer()
    with generations.writing(settings.data, settings.lock_wait_s):
        base = Generation.open(settings.data, analyzer)
        waiting, serving = base.deleted, base.name
        if waiting:
            serving = committing.compact(settings.data, analyzer, base).name
        forgotten = generations.forget(settings.data) if forget else []
        older = len(generations.history(settings.data)) - 1
    if as_json:
        output.show_json({"serving": serving, "compacted": waiting, "forgotten": forgotten, "older": older})
        return
    output.show(f"Removed the words of {waiting} passages from the index. Generation {serving} serves.")
    if forgotten:
        output.show(f"Removed {len(forgotten)} older generations.")
    elif older:
        output.show(f"The {older} older generations still hold what they held; --forget removes them.")


@documents.command("backup")
def back_up(
    target: Annotated[Path, typer.Argument(help="A folder that is new or empty.", metavar="FOLDER")],
    as_json: Json = False,
) -> None:
    """Copy the generation that serves into a folder that is then a knowledge base of its own. Searches go on."""
    from ingest.settings import IngestSettings
    from knowledge.index import generations
    from knowledge.settings import load

    settings = load(IngestSettings)
    if not generations.history(settings.data):
        raise _nothing(settings.data)
    with generations.writing(settings.data, settings.lock_wait_s):
        manifest = generations.back_up(settings.data, target)
    if as_json:
        output.show_json({"generation": manifest.name, "folder": str(target)})
    else:
        output.show(f"Generation {manifest.name} is in {target}: {manifest.documents} documents, every checksum holds.")


def _nothing(data: Path) -> NoKnowledge:
    return NoKnowledge(f"Nothing has been ingested into {data.absolute()} yet. Run: madoguchi ingest PATH")


def _open_generation() -> Generation:
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from knowledge.settings import KnowledgeSettings, load

    return Generation.open(load(KnowledgeSettings).data, Analyzer())


def _find(generation: Generation, name: str) -> str:
    for document in generation.documents.values():
        if name in (document.id, document.source):
            return document.id
    raise UnknownDocument(f"There is no document {name}. `madoguchi documents list` shows all.")
