"""The documents keep up with the code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ingest.settings import IngestSettings
from knowledge.settings import variable
from madoguchi.cli import app
from service.http.problems import KINDS
from service.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
COMMAND = re.compile(r"(?:^|[\s`/])madoguchi ((?:[a-z]+ ?)[^`\n#|]*)", re.MULTILINE)


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in lines}


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every command line of a page that begins with the name of a command, as words."""
    for found in COMMAND.finditer(page.read_text("utf-8")):
        line = found[1].replace("\\", "").strip()
        try:
            words = shlex.split(line)
        except ValueError:  # an apostrophe of the sentence around it
            words = line.split()
        if words and words[0] in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
            yield line, words


def unknown(words: list[str]) -> set[str]:
    """The options of a command line that its command does not have."""
    command = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    named = {word.strip("[]().,;:").partition("=")[0] for word in words if word.lstrip("[(").startswith("--")}
    return named - known


def helps(command: Any = None) -> Iterator[tuple[str, str]]:
    """What stands above and below the options, of every command."""
    command = command or typer.main.get_command(app)
    yield command.help or "", command.epilog or ""
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_on_a_page_is_there(page):
    for line, words in commands(page):
        assert unknown(words) == set(), f"{page.name}: madoguchi {line}"


def test_every_example_of_the_help_is_there():
    examples = [line.strip() for _, below in helps() for line in below.splitlines() if line.startswith("  ")]
    assert len(examples) >= 6
    for example in examples:
        name, *words = shlex.split(example)
        assert name == "madoguchi"
        assert unknown(words) == set(), example


def test_no_paragraph_of_the_help_is_broken_by_hand():
    for told, _ in helps():
        assert all("\n" not in paragraph.strip() for paragraph in told.split("\n\n")), told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_page_leads_to_it(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        place = page.parent / name if name else page
        assert place.exists(), target
        assert not anchor or anchor in headings(place), target


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_problem_is_in_the_api_guide(kind):
    assert f"| `{kind.name}` | {kind.status} |" in (DOCS / "api.md").read_text("utf-8")


def test_every_setting_is_in_the_operators_guide_with_its_default_and_no_other_is():
    told = (DOCS / "operating.md").read_text("utf-8").partition("## Exit codes")[0]
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) ?\|", told, re.MULTILINE))
    known = {
        variable(each, name): field.default
        for each in (ServiceSettings, IngestSettings)
        for name, field in each.model_fields.items()
    }
    assert set(rows) == set(known)
    plain = {name: row.strip("`") for name, row in rows.items() if row.startswith("`")}
    assert {name: str(known[name]).lower().removesuffix(".0") for name in plain} == plain | {"MADOGUCHI_DATA": "data"}
    in_words = ("MADOGUCHI_MODELS", "MADOGUCHI_READERS", "MADOGUCHI_TOKEN_SECRET")
    assert all(known[name] in (None, "") for name in set(rows) - set(plain) - set(in_words))
