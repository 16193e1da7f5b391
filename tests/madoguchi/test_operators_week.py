"""What operators do all the time and no guide shows: mistyped names, wrong passwords, broken files, pipes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from programs import environment, free_port, madoguchi, redis_process
from rich.console import Console

from madoguchi import output

FAQ = (
    "質問,回答\n返品できますか,未使用の商品は30日以内なら返品できます。\n送料はいくらですか,送料は全国一律550円です。\n"
)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `madoguchi …` in a folder of its own, as a new process."""
    return partial(madoguchi, tmp_path)


def findings(run: Run, **variables: str) -> dict[str, tuple[str, str]]:
    told = run("doctor", "--json", **variables)
    assert "Traceback" not in told.stderr, told.stderr
    return {each["what"]: (each["state"], each["detail"]) for each in json.loads(told.stdout)["findings"]}


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.startswith("madoguchi ")


def test_in_a_pipe_each_row_is_a_line_and_on_a_terminal_ids_stay_whole(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "the-terms-of-delivery-and-of-payment-for-our-customers-in-other-countries-as-of-2026"
    (tmp_path / f"{long}.csv").write_text(FAQ, "utf-8")
    assert run("ingest", f"{long}.csv").returncode == 0
    _, line = run("documents", "list", COLUMNS="80").stdout.splitlines()
    assert f"{long}.csv" in line
    narrow = io.StringIO()
    monkeypatch.setattr(output, "out", Console(file=narrow, width=40, force_terminal=True, color_system=None))
    row = "pk_2a4930d83a8c527ea4f75318", "Shop " * 30, output.moment("2026-11-29T21:09:13+00:00")
    output.show_rows(("id", "name", "created"), [row], whole=("id",))
    assert "pk_2a4930d83a8c527ea4f75318" in narrow.getvalue()


@pytest.mark.slow
def test_the_doctor_sees_what_is_broken_about_the_data_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state, told = findings(run, MADOGUCHI_DATA="file")["settings"]
    assert state == "wrong"
    assert "MADOGUCHI_DATA is wrong: is a file" in told
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys.json").write_text("{")
    assert "damaged" in findings(run)["keys"][1]


def test_who_only_looks_makes_no_folder_of_a_misspelt_name(run: Run, tmp_path: Path) -> None:
    ill = findings(run, MADOGUCHI_DATA="dta")
    assert str(tmp_path / "dta") in ill["folder"][1]
    assert ill["Redis"][0] == "note"
    for command in (("sessions", "export", "--all"), ("jobs", "list")):
        told = run(*command, MADOGUCHI_DATA="dta")
        assert (told.returncode, str(tmp_path / "dta") in told.stderr) == (1, True)
    assert not (tmp_path / "dta").exists()


def test_settings_of_every_program_are_known_and_typing_mistakes_in_the_file_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MADOGUCHI_PROT=8111\nHTTP_PROXY=http://127.0.0.1:1\n")
    told = findings(run, MADOGUCHI_READERS="1", MADOGUCHI_LOCK_WAIT_S="3")["settings"]
    assert told == ("note", "MADOGUCHI_PROT is not a setting; did you mean MADOGUCHI_PORT?")


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis server that wants a password."""
    port = free_port()
    with redis_process(tmp_path, port, "--requirepass", "hush"):
        yield f"redis://:{{}}@127.0.0.1:{port}"


@pytest.mark.slow
def test_a_wrong_password_of_redis_is_told_with_what_to_mend(run: Run, locked: str) -> None:
    wrong = locked.format("guess")
    told = run("worker", REDIS_URL=wrong)
    assert (told.returncode, "REDIS_URL" in told.stderr) == (78, True)
    assert len(told.stderr.splitlines()) == 1, "and not for hours"
    ill = findings(run, REDIS_URL=wrong)
    assert "Redis refuses the login" in ill["Redis"][1]
    assert "Redis refuses the login" in ill["workers"][1]
    assert findings(run, REDIS_URL=locked.format("hush"))["Redis"][0] == "ok"


def test_serving_says_at_start_that_redis_is_not_there(locked: str, tmp_path: Path) -> None:
    variables = environment(REDIS_URL=locked.format("guess"), MADOGUCHI_OWN_WORKER="false")
    command = [sys.executable, "-m", "madoguchi", "serve", "--port", str(free_port())]
    with subprocess.Popen(command, cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        said = ""
        while "key:" not in said and (line := service.stderr.readline()):
            said += line
        service.terminate()  # not SIGINT, which is ignored where tests run in the background
    assert "Redis refuses the login" in said, said
