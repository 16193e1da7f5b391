"""What operators get wrong at `madoguchi tune`: each mistake is told in a sentence that says what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from madoguchi import cli
from madoguchi.tune import training

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tea")
    (folder / "faq.csv").write_text("question,answer\nDo you sell tea?,Yes we do.\nIs it fresh?,It is.\n")
    settings = load(IngestSettings, data=folder / "data")
    report = Pipeline(settings, open_embedder(settings), Analyzer()).run(Order([folder / "faq.csv"]))
    assert report.added
    return folder / "data"


@pytest.fixture
def run(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `madoguchi tune …` over a small knowledge base: the exit code, and all that was said in one line."""
    monkeypatch.setenv("MADOGUCHI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "1000")
    shutil.copytree(ingested, tmp_path / "data")

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["madoguchi", "tune", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        told = capfd.readouterr()
        return (code if isinstance(code, int) else 0), " ".join((told.out + told.err).split())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    """Writes a file and names it."""

    def write(content: bytes) -> str:
        (tmp_path / "given.jsonl").write_bytes(content)
        return str(tmp_path / "given.jsonl")

    return write


def test_files_that_are_no_utf_8_are_named(run: Run, file: Callable[[bytes], str], tmp_path: Path) -> None:
    given = file('{"question": "送料"}'.encode("cp932"))
    for arguments in (("transfer", given), ("dataset", "--out", str(tmp_path / "set"), "--curated", given)):
        code, told = run(*arguments)
        assert code == 1
        assert "given.jsonl is not written in UTF-8" in told


def test_labels_that_say_nothing_are_told_from_those_that_name_what_is_not_there(
    run: Run, file: Callable[[bytes], str]
) -> None:
    assert "No labelled question was read" in run("transfer", file(b"\n"))[1]
    code, told = run("transfer", file(b'{"question": "tea?", "passages": ["nowhere"]}\n' * 2))
    assert code == 1
    assert "None of 2 questions names a passage that is in" in told
    assert "at least 30" in run("transfer", file(b'{"question": "tea?", "document": "faq.csv"}'))[1]


def test_wrong_use_of_transfer_is_exit_code_2(run: Run) -> None:
    for arguments in ((), ("--off", "--on")):
        code, told = run("transfer", *arguments)
        assert code == 2
        assert "one of --off, --on and --status" in told


def test_folders_that_cannot_be_written_are_named(run: Run, file: Callable[[bytes], str], tmp_path: Path) -> None:
    given = file(b"")
    assert "given.jsonl is a file. Name a new folder." in run("dataset", "--out", given)[1]
    code, told = run("dataset", "--out", f"{given}/set")
    assert code == 74
    assert "cannot be made" in told


def test_any_other_file_that_cannot_be_used_is_a_sentence_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / "tuning").mkdir()
    (tmp_path / "data" / "tuning" / "promotions.jsonl").mkdir()
    code, told = run("rollback", "--history")
    assert code == 74
    assert "promotions.jsonl cannot be read or written: Is a directory." in told


def test_a_collection_that_is_not_there_and_those_that_are(run: Run, tmp_path: Path) -> None:
    code, told = run("dataset", "--out", str(tmp_path / "set"), "--collection", "shop")
    assert code == 1
    assert "There is no collection shop. There are: default." in told


def test_a_check_against_no_question_does_not_pass(run: Run, file: Callable[[bytes], str], tmp_path: Path) -> None:
    out = str(tmp_path / "set")
    assert run("dataset", "--out", out)[0] == 0
    code, told = run("check", out, "--against", file(b"\n"))
    assert code == 1
    assert "given.jsonl holds no question" in told


def test_a_check_against_questions_in_any_form_that_judges_models(run: Run, tmp_path: Path) -> None:
    run("dataset", "--out", str(tmp_path / "set"), "--test", "0", "--validation", "0")
    asked = tmp_path / "asked"
    asked.mkdir()
    (asked / "mine.yaml").write_text("- {id: tea, question: Do you sell tea}\n")
    (asked / "queries.jsonl").write_text('{"id": "t", "text": "do you sell tea?"}\n')
    run("dataset", "--out", str(tmp_path / "judging"), "--test", "1", "--validation", "0")
    for given, place in (
        (asked / "mine.yaml", "mine.yaml, question tea"),
        (asked, "queries.jsonl, line 1"),
        (tmp_path / "judging", "judging, question "),
    ):
        code, told = run("check", str(tmp_path / "set"), "--against", str(given))
        assert code == 1
        assert f"leak-into-evaluation It asks what the evaluation asks at {place}" in told


def test_where_nothing_is_there_yet_it_says_so(run: Run) -> None:
    assert run("rollback", "--history") == (0, "Nothing was promoted yet.")
    assert "There is no job yet" in run("status", "--all")[1]
    assert "Start one" in run("status", "nosuch")[1]


def test_a_model_that_cannot_be_reached_is_told_by_its_address(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "set")
    monkeypatch.setenv("MADOGUCHI_MODEL", "small")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # nobody listens at the port of discard
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "Tea?", "reference": "Yes."}\n{"question": "Fresh?", "reference": "Yes."}\n')
    code, told = run("compare", str(questions), "--methods", "rag")
    assert code == 1
    assert "No question was answered by any method." in told
    monkeypatch.setattr(training, "PATIENCE", 1)
    assert run("dataset", "--out", out)[0] == 0
    code, told = run("submit", out, "--model", "small", "--unchecked")
    assert code == 75
    assert "http://127.0.0.1:9/v1/files" in told
    assert "Go on with it later: madoguchi tune status" in told


def test_an_alias_that_cannot_be_one_is_told_before_anything_is_started(
    run: Run, file: Callable[[bytes], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "llama-server"  # a fake one that must not be run
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for alias in ("two words", "../up", "extractive"):
        code, told = run("serve", file(b"GGUF"), "--alias", alias)
        assert code == 78
        assert "cannot be an alias" in told
    assert not (tmp_path / "started").exists()
