"""What programs read of commands: one JSON object on stdout whatever happens, and exit codes that tell what did."""

import json
from functools import partial

import pytest
from programs import madoguchi

FAQ = "question,answer\nWhen are you open?,The shop is open from 9 to 17 on weekdays.\n"


@pytest.fixture
def run(tmp_path):
    """Runs `madoguchi …` in a folder of its own, as a new process."""
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    return partial(madoguchi, tmp_path)


def test_what_is_logged_does_not_stand_before_the_answer(run):
    assert run("ingest", "faq.csv").returncode == 0
    asked = run("ask", "When are you open?", "--session", "s1", "--json", REDIS_URL="redis://127.0.0.1:1/0")
    assert json.loads(asked.stdout)["degraded"] == ["history"], asked.stdout
    assert "degraded" in asked.stderr


def test_who_erases_by_a_program_says_yes_beforehand(run):
    assert run("ingest", "faq.csv").returncode == 0
    assert run("ask", "When are you open?", "--session", "s1").returncode == 0
    unsure = run("sessions", "delete", "s1", "--json")
    assert (unsure.returncode, json.loads(unsure.stdout)["error"]["type"]) == (2, "WrongUse")
    assert "--yes" in unsure.stderr
    assert json.loads(run("sessions", "delete", "s1", "--yes", "--json").stdout) == {"erased": 1}


def test_times_of_a_job_are_told_as_the_api_tells_them(run):
    assert run("ingest", "faq.csv", "--queue").returncode == 0
    (job,) = json.loads(run("jobs", "list", "--json").stdout)["jobs"]
    assert job["created_at"].endswith("+00:00")
    assert json.loads(run("jobs", "show", job["id"], "--json").stdout) == job


@pytest.mark.parametrize(
    "words",
    [
        ("search", " ", "--json"),
        ("models", "add", "x", "--name", "y", "--client", "nobody"),
        ("models", "add", "x", "--name", "y", "--temperature", "9"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_use(words, run):
    assert run(*words).returncode == 2


def test_what_a_setting_misses_is_named_with_an_example(run):
    none = run("models", "test")
    assert (none.returncode, "MADOGUCHI_MODEL=" in none.stderr) == (78, True), none.stderr
    rules = run("ingest", "faq.csv", MADOGUCHI_REDACTION="nowhere.toml")
    assert (rules.returncode, "Example: MADOGUCHI_REDACTION=" in rules.stderr) == (78, True), rules.stderr


def test_the_doctor_asks_the_models_server_whether_it_is_there(run):
    assert run("ingest", "faq.csv").returncode == 0
    ill = run("doctor", "--json", MADOGUCHI_MODEL="m", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    (model,) = [each for each in json.loads(ill.stdout)["findings"] if each["what"] == "model"]
    assert (ill.returncode, model["state"]) == (1, "wrong"), model
    assert "http://127.0.0.1:9/v1" in model["detail"]
