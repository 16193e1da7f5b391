"""The image and the compose file keep their rules, read as text; the builder's own commands run without an engine."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN", re.IGNORECASE)
PREFIX = "/opt/madoguchi"  # where the image keeps everything


class Step(NamedTuple):
    """One instruction of the Dockerfile."""

    name: str
    text: str


def stages() -> list[list[Step]]:
    """The Dockerfile's instructions with their lines joined, one list a stage."""
    lines = "\n".join(line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#"))
    steps = [Step(*line.split(maxsplit=1)) for line in lines.replace("\\\n", " ").splitlines() if line.strip()]
    starts = [i for i, step in enumerate(steps) if step.name == "FROM"]
    return [steps[a:b] for a, b in itertools.pairwise([*starts, len(steps)])]


def every(name: str) -> Iterator[str]:
    return (step.text for stage in stages() for step in stage if step.name == name)


def final(name: str) -> list[str]:
    """The texts of one kind of instruction in the stage that becomes the image."""
    return [step.text for step in stages()[-1] if step.name == name]


def pairs(text: str) -> dict[str, str]:
    return {key: value.strip('"') for key, value in re.findall(r'(\S+?)=("[^"]*"|\S+)', text)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> list[str]:
    return list(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])


# The image


@pytest.mark.parametrize("image", [text.split()[0] for text in every("FROM")])
def test_a_base_image_is_named_with_a_version(image: str) -> None:
    assert re.search(r":\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", image)


def test_files_are_copied_not_added() -> None:
    assert not list(every("ADD"))


@pytest.mark.parametrize("command", list(every("RUN")))
def test_a_command_neither_changes_user_nor_leaves_lists_behind(command: str) -> None:
    assert not re.search(r"\bsudo\b|\bcurl\b|\bwget\b|chmod 777", command)
    if "apt-get install" in command:
        assert "--no-install-recommends" in command
        assert "rm -rf /var/lib/apt/lists/*" in command


def test_the_image_never_runs_as_root() -> None:
    user = final("USER")[-1]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "a fixed number, so that the volume's owner is known"


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD"])
def test_programs_are_started_without_a_shell_so_that_signals_reach_them(name: str) -> None:
    (command,) = final(name)
    assert isinstance(json.loads(command), list)


def test_the_image_says_how_its_health_is_checked() -> None:
    (check,) = final("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    assert "/healthz" in command[-1]
    compile(command[-1], "health check", "exec")


def test_no_secret_is_baked_in() -> None:
    baked = [name for text in every("ENV") for name in pairs(text)] + [text.split("=")[0] for text in every("ARG")]
    assert not [name for name in baked if SECRET.search(name)]


def test_the_code_is_copied_after_the_locked_packages_were_installed() -> None:
    builder = stages()[0]
    install = next(i for i, step in enumerate(builder) if "--require-hashes" in step.text)
    copied = [step.text.split()[:-1] for step in builder[:install] if step.name == "COPY"]
    assert set(itertools.chain(*copied)) == {"requirements.txt", "requirements-build.txt"}
    assert builder[install].text.count("pip install") == builder[install].text.count("--require-hashes")


def test_everything_that_is_copied_passes_the_dockerignore_and_nothing_else_does() -> None:
    copied = {source for step in stages()[0] if step.name == "COPY" for source in step.text.split()[:-1]}
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert rules[1] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied


def test_every_room_is_copied() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    copied = {source for step in stages()[0] if step.name == "COPY" for source in step.text.split()[:-1]}
    assert {package.partition(".")[0] for package in packages} <= copied


def test_only_data_and_tmp_are_written_to() -> None:
    settings = {name: value for text in final("ENV") for name, value in pairs(text).items()}
    assert final("VOLUME") == ["/data"]
    assert settings["MADOGUCHI_DATA"] == "/data"
    assert settings["HOME"] == "/tmp"
    assert settings["PYTHONDONTWRITEBYTECODE"] == "1"
    assert settings["MADOGUCHI_MODELS"].startswith(PREFIX)


# The compose file


@pytest.mark.parametrize("name", services())
def test_a_service_has_no_more_rights_than_it_needs(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert service.get("user", "as the image says") not in ("root", "0", 0)


@pytest.mark.parametrize("name", services())
def test_a_service_is_checked_for_health(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert "healthcheck" in service or ("build" in service and service["command"] == ["serve"])  # the image's own


@pytest.mark.parametrize("name", [name for name in services() if name != "redis"])
def test_a_service_waits_until_redis_is_healthy(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["depends_on"] == {"redis": {"condition": "service_healthy"}}


def test_secrets_come_from_the_environment_and_are_asked_for(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if SECRET.search(name) or name == "REDIS_URL":
                assert re.search(r"\$\{\w+:[-?][^}]*\}", value), f"{name} is written out"
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("REDIS_PASSWORD", "MADOGUCHI_ADMIN_KEY"):
        assert len(re.findall(rf"\$\{{{name}:\?", text)) == len(re.findall(rf"\$\{{{name}\b", text)) > 0


def test_the_example_asks_for_what_compose_asks_for_and_holds_no_secret() -> None:
    example = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"\w+=", line)
    )
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert set(example) == asked
    assert not any(example.values())


def test_the_counter_is_reachable_from_this_machine_only_unless_told_otherwise(compose: dict[str, Any]) -> None:
    assert compose["services"]["service"]["ports"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]
    assert not [name for name, service in compose["services"].items() if "ports" in service and name != "service"]


def test_redis_keeps_a_file_and_is_alone_with_its_clients(compose: dict[str, Any]) -> None:
    redis = compose["services"]["redis"]
    assert redis["networks"] == ["backend"]
    assert compose["networks"]["backend"] == {"internal": True}
    assert "--appendonly yes" in redis["command"][-1]
    assert "redis:/data" in redis["volumes"]
    assert re.search(r":\d+\.\d+", redis["image"])


def test_the_password_of_redis_is_in_no_argument(compose: dict[str, Any]) -> None:
    redis = compose["services"]["redis"]
    arguments, _, given_by_input = redis["command"][-1].partition("<<CONFIGURATION\n")
    assert "PASSWORD" not in arguments
    assert "requirepass $$REDIS_PASSWORD" in given_by_input
    kind, command = redis["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert "redis-cli ping" in command
    assert command.startswith('REDISCLI_AUTH="$$REDIS_PASSWORD" ')


def test_documents_are_mounted_to_be_read_only(compose: dict[str, Any]) -> None:
    assert [volume for volume in compose["services"]["worker"]["volumes"] if volume.endswith(":/documents:ro")]


def test_named_volumes_hold_what_must_last(compose: dict[str, Any]) -> None:
    assert set(compose["volumes"]) == {"knowledge", "redis"}
    for name in ("service", "worker"):
        assert "knowledge:/data" in compose["services"][name]["volumes"]


@pytest.mark.parametrize("missing", ["REDIS_PASSWORD", "MADOGUCHI_ADMIN_KEY", None])
def test_docker_itself_reads_the_compose_file(missing: str | None) -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("there is no docker client with the compose plugin here")
    given = {"REDIS_PASSWORD": "0" * 32, "MADOGUCHI_ADMIN_KEY": "1" * 32}
    environment = {**os.environ, **{name: value for name, value in given.items() if name != missing}}
    result = subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, "config", "--quiet"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (result.returncode == 0) == (missing is None), result.stderr
    assert missing is None or missing in result.stderr


# The steps themselves


@pytest.mark.slow
def test_the_builders_own_commands_make_a_program_that_runs(tmp_path: Path) -> None:
    """Every COPY and RUN of the builder, with another prefix, in an empty folder; then the image's command."""
    build, prefix = tmp_path / "build", tmp_path / "opt"
    build.mkdir()
    environment = {
        "PATH": f"{Path(sys._base_executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")},
    }
    for step in stages()[0]:
        if step.name == "ENV":
            environment |= pairs(step.text)
        elif step.name == "COPY":
            *sources, _ = step.text.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, build / source, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, build)
        elif step.name == "RUN":
            command = ["sh", "-ec", step.text.replace(PREFIX, str(prefix))]
            done = subprocess.run(command, cwd=build, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    shutil.rmtree(build)

    settings = {name: value for step in stages()[-1] if step.name == "ENV" for name, value in pairs(step.text).items()}
    data = tmp_path / "data"
    environment |= {name: value.replace(PREFIX, str(prefix)) for name, value in settings.items()}
    environment |= {"PATH": f"{prefix}/venv/bin:/usr/bin:/bin", "HOME": str(tmp_path), "MADOGUCHI_DATA": str(data)}
    (entrypoint,) = json.loads(final("ENTRYPOINT")[0])
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "faq.csv").write_text("question,answer\nHow long may I return goods?,Within 30 days.\n")
    madoguchi = str(prefix / "venv" / "bin" / entrypoint)

    def run(*arguments: str) -> str:
        done = subprocess.run([madoguchi, *arguments], cwd=prefix, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    before = set(prefix.rglob("*"))
    run("ingest", str(documents))
    assert "Within 30 days" in run("search", "return goods", "--json")
    assert set(prefix.rglob("*")) == before, "the image must be usable with a read-only root"
