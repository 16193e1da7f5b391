"""The widget's guide keeps up with the code: options, calls, and signed identities that are accepted."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from service.access.tokens import read_identity

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "widget.md").read_text("utf-8")
LOADER = (ROOT / "widget" / "src" / "loader.ts").read_text("utf-8")
SECRET = "ms_" + "s" * 40


def block(language: str) -> str:
    """The guide's example of a signed identity in a language."""
    return next(
        code for code in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S) if "dentity" in code and "exp" in code
    )


def test_every_call_is_in_the_guide_and_no_other():
    commands = re.search(r"const COMMANDS.*?^};", LOADER, re.S | re.M).group()
    there = set(re.findall(r"^  (\w+)[(:]", commands, re.M))
    assert there == set(re.findall(r"\('(\w+)'", GUIDE.partition("## From JavaScript")[2].partition("## Who")[0]))


def test_every_option_is_in_the_guide_and_no_other():
    taken = set(re.findall(r'(?:text|one|want)\("(\w+)"', LOADER))
    named = re.findall(r"^\| `data-([a-z-]+)` \|", GUIDE, re.M)
    assert taken == {re.sub(r"-(\w)", lambda letter: letter[1].upper(), name) for name in named}


def test_the_identity_in_python_is_accepted(monkeypatch):
    monkeypatch.setenv("MADOGUCHI_SITE_SECRET", SECRET)
    names: dict[str, object] = {}
    exec(block("python"), names)
    token = names["chat_identity"](SimpleNamespace(id=7, name="花子", email="hanako@example.jp"))
    assert read_identity(token, SECRET).sub == "7"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_identity_in_node_is_accepted(tmp_path):
    script = tmp_path / "identity.mjs"
    script.write_text(
        block("js") + 'console.log(chatIdentity({ id: 7, name: "花子", email: "hanako@example.jp" }));', "utf-8"
    )
    environment = {"MADOGUCHI_SITE_SECRET": SECRET}
    ran = subprocess.run([shutil.which("node"), script], env=environment, capture_output=True, text=True, check=True)
    assert read_identity(ran.stdout.strip(), SECRET).name == "花子"
