"""What `make` does before and while it installs: it runs as it is, with a Python that only notes what it is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Says that it is another version, makes environments that hold itself alone, and installs nothing.
PYTHON = """#!/bin/sh
case "$*" in
--version) echo "Python {version}" ;;
"-m venv --clear .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
-c*) exec {python} -c "import sys; sys.version_info = {numbers}; $2" ;;
*) echo "$*" >> asked ;;
esac
"""


def make(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """`make .venv/base` in a folder that holds nothing but what it reads, with a Python of this version."""
    for file in ("Makefile", "pyproject.toml", *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / file, folder / file)
    python = folder / "python"
    numbers = tuple(map(int, version.split(".")))
    python.write_text(PYTHON.format(version=version, numbers=numbers, python=sys.executable))
    python.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "PYTHON=./python", ".venv/base"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def asked(folder: Path) -> list[str]:
    """What pip was asked to install, one line a call."""
    file = folder / "asked"
    return [line.partition(" install ")[2] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("version", ["3.10.13", "3.15.0"])
def test_a_python_that_the_locked_packages_do_not_fit_is_refused_before_anything_is_made(
    tmp_path: Path, version: str
) -> None:
    ended = make(tmp_path, version)
    assert ended.returncode
    assert f"needs Python 3.11 to 3.14; './python' is Python {version}." in ended.stderr
    assert "make PYTHON=python3.12 .venv/base" in ended.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("version", ["3.11.2", "3.13.5"])
def test_an_older_python_gets_the_redis_server_with_all_else(tmp_path: Path, version: str) -> None:
    ended = make(tmp_path, version)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / ".venv" / "whole").read_text() == str(tmp_path)
    assert not [line for line in asked(tmp_path) if "requirements-redis.txt" in line]
    assert [line.rpartition(" ")[2] for line in asked(tmp_path)] == ["requirements-build.txt", "requirements.txt", "."]


def test_a_python_that_has_no_wheel_of_the_redis_server_gets_that_of_another(tmp_path: Path) -> None:
    ended = make(tmp_path, "3.14.0")
    assert ended.returncode == 0, ended.stderr
    (line,) = (line for line in asked(tmp_path) if line.endswith("-r requirements-redis.txt"))
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(line.split())
    assert "--python-version 3.13 " in line
    assert "site-packages -r" in line
