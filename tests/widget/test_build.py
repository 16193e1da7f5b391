"""The built widget: it is what the sources make, small, and without anything that turns text into code or markup."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "widget"
BUILT = ("widget.js", "widget-app.js")
LOADER_LIMIT, WHOLE_LIMIT = 5_000, 45_000  # bytes over the wire, compressed as servers do
SOURCES = sorted((WIDGET / "src").iterdir())


def built(name: str) -> Path:
    return ROOT / "service" / "static" / name


def test_the_checked_in_files_were_built_from_these_sources():
    digest = hashlib.sha256()
    names = ["build.mjs", "package-lock.json", *(f"src/{source.name}" for source in SOURCES)]
    for name in sorted(names):
        digest.update(f"{name}\0".encode() + (WIDGET / name).read_bytes() + b"\0")
    for name in BUILT:
        header = built(name).read_text("utf-8").partition("\n")[0]
        assert digest.hexdigest() in header, "the sources have changed: run `make widget`"


@pytest.mark.skipif(
    shutil.which("node") is None or not (WIDGET / "node_modules").exists(), reason="needs node and `make widget` once"
)
def test_building_again_gives_the_same_bytes(tmp_path):
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=WIDGET, check=True)
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == built(name).read_bytes()


def test_it_is_small():
    loader, app = (len(gzip.compress(built(name).read_bytes(), 6)) for name in BUILT)
    assert loader <= LOADER_LIMIT, loader
    assert loader + app <= WHOLE_LIMIT, loader + app


@pytest.mark.parametrize("name", BUILT)
def test_nothing_in_it_makes_markup_or_code_of_text(name):
    sinks = (
        r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|srcdoc|DOMParser|createContextualFragment"
        r"|\beval\b|new Function"
    )
    assert re.findall(sinks, built(name).read_text("utf-8")) == []


def test_the_lock_names_no_registry():
    lock = json.loads((WIDGET / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_both_languages_say_everything():
    words = (WIDGET / "src" / "words.ts").read_text("utf-8")
    japanese, english = (re.search(rf"const {lang}\b.*?^}};", words, re.S | re.M).group() for lang in ("ja", "en"))
    keys = [re.findall(r"(?:^\s+|, )(\w+): (?=[\"(])", part, re.M) for part in (japanese, english)]
    assert sorted(keys[0]) == sorted(keys[1])
    assert len(keys[0]) > 50
