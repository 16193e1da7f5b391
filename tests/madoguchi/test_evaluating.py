"""`madoguchi evaluate`: a small set through the real ingest and the real search."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.pipeline import Pipeline
from ingest.runs.report import Report
from knowledge.errors import ConfigError, SetupError
from knowledge.scratch import throwaway
from madoguchi.cli import app

CORPUS = {
    "a": ("How do I delete my account?", "Open the settings and choose Delete."),
    "b": ("When will my refund arrive?", "Refunds take five working days."),
    "c": ("Do you ship abroad?", "We ship within Japan only."),
    "d": ("返品はできますか", "未使用なら30日以内に返品できます。"),
    "e": ("営業時間を教えてください", "平日の9時から17時です。"),
}
QUERIES = [
    {"id": "1", "text": "remove my profile", "lang": "en", "meta": {"type": "how-to"}},
    {"id": "2", "text": "money back, how long?", "lang": "en", "meta": {"type": "when"}},
    {"id": "3", "text": "返品したい", "lang": "ja", "meta": {"type": "how-to"}},
]
TASKS = [
    {"id": "t1", "question": "Do you ship to France?", "history": [], "turn": 1, "answerability": "ANSWERABLE"},
    {
        "id": "t2",
        "question": "And how long does it take?",
        "history": [{"role": "user", "text": "I want a refund."}, {"role": "assistant", "text": "Of course."}],
        "turn": 2,
        "answerability": "ANSWERABLE",
    },
    {"id": "t3", "question": "Who won the cup in 1998?", "history": [], "turn": 1, "answerability": "UNANSWERABLE"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    corpus = [
        {"id": name, "title": q, "text": a, "meta": {"question": q, "answer": a}} for name, (q, a) in CORPUS.items()
    ]
    for name, rows in (("corpus", corpus), ("queries", QUERIES), ("tasks", TASKS)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "oos_queries.jsonl").write_text('{"id": "x", "text": "Who painted the Mona Lisa?"}\n')
    judged = {"1": "a", "2": "b", "3": "d", "t1": "c", "t2": "b"}
    lines = ["query-id\tcorpus-id\tscore", *(f"{query}\t{document}\t1" for query, document in judged.items())]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n")
    return folder


def evaluate(*words: str) -> str:
    result = CliRunner().invoke(app, ["evaluate", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_retrieval_tells_all_metrics_by_language_and_type_and_the_worst(folder: Path, tmp_path: Path):
    page = tmp_path / "report.html"
    told = json.loads(evaluate("retrieval", str(folder), "--json", "--report", str(page)))
    assert told["queries"] == 3
    assert (told["P@1"]["value"], told["P@1"]["high"], told["P@1"]["count"]) == (1.0, 1.0, 3)
    assert told["P@1"]["low"] < 0.5, "three of three prove little"
    assert set(told["by_language"]) == {"en", "ja"}
    assert set(told["by_type"]) == {"how-to", "when"}
    assert {one["id"] for one in told["worst"]} == {"1", "2", "3"}
    assert "every right document comes first" in page.read_text()
    lower = tmp_path / "lower"
    shutil.copytree(folder, lower)
    judged = (lower / "qrels.tsv").read_text()
    (lower / "qrels.tsv").write_text(judged.replace("1\ta\t1", "1\tc\t1"))
    shown = evaluate("retrieval", str(lower), "--report", str(page))
    assert "remove my profile" in shown
    assert "remove my profile" in page.read_text()
    assert "返品したい" not in shown + page.read_text()  # nothing went wrong there


def test_judgements_that_name_other_ids_are_told_rather_than_scored(folder: Path, tmp_path: Path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tFAQ-1\t1\n2\tFAQ-2\t1\n")
    result = CliRunner().invoke(app, ["evaluate", "retrieval", str(other)])
    assert isinstance(result.exception, SetupError)
    assert "'remove my profile' wants FAQ-1, and found a" in str(result.exception)


def of(folder: Path, place: Path, **files: str | bytes) -> Path:
    """A copy of a set with other files."""
    shutil.copytree(folder, place)
    for name, content in files.items():
        path = place / {"qrels": "qrels.tsv", "oos": "oos_queries.jsonl"}.get(name, f"{name}.jsonl")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    assert isinstance(result.exception, SetupError), result.output
    return str(result.exception)


def test_a_set_from_other_programs_is_read_all_the_same(folder: Path, tmp_path: Path):
    queries = "\ufeff" + "".join(json.dumps(row) + "\r\n\r\n" for row in QUERIES)
    place = of(folder, tmp_path / "set", queries=queries, qrels="\ufeff1\ta\t1.0\r\n2\tb\t1\r\n3\td\t2\r\n")
    assert json.loads(evaluate("retrieval", str(place), "--json"))["queries"] == 3


@pytest.mark.parametrize(
    ("kind", "files", "told"),
    [
        ("retrieval", {"queries": '{"id": "1", "text": "返品"}\n'.encode("cp932")}, "not written in UTF-8"),
        ("retrieval", {"queries": '{"id": "1", "text": null}\n'}, "queries.jsonl, line 1: expected"),
        (
            "retrieval",
            {"queries": '{"id": "1", "text": "a"}\n{"id": 1, "text": "b"}\n'},
            "line 2: another question has",
        ),
        ("retrieval", {"queries": "\n"}, "queries.jsonl holds no question"),
        ("retrieval", {"corpus": '{"foo": 1}\n'}, "corpus.jsonl holds nothing that can be searched"),
        ("refusal", {"oos": ""}, "oos_queries.jsonl holds no question"),
        (
            "conversation",
            {"tasks": '{"id": "t1", "question": "a", "turn": "first"}\n'},
            "tasks.jsonl, line 1: expected",
        ),
    ],
)
def test_what_is_wrong_with_a_set_is_told_in_words(folder: Path, tmp_path: Path, kind: str, files: Any, told: str):
    assert told in refused(kind, str(of(folder, tmp_path / "set", **files)))


def test_questions_without_a_right_document_are_told_to_be_left_out(folder: Path, tmp_path: Path):
    place = of(folder, tmp_path / "set", qrels="query-id\tcorpus-id\tscore\n1\ta\t1\n")
    result = CliRunner().invoke(app, ["evaluate", "retrieval", str(place)])
    assert "2 of 3 questions were left out" in result.stderr
    assert "1 queries" in result.stdout


def test_what_was_said_before_a_question_counts_for_refusals(folder: Path, tmp_path: Path):
    asked = {"id": "1", "text": "And how long does it take?"}
    alone = of(folder, tmp_path / "alone", queries=json.dumps(asked))
    said = of(folder, tmp_path / "said", queries=json.dumps(asked | {"history": TASKS[1]["history"]}))
    sure = [json.loads(evaluate("refusal", str(place), "--json"))["fitted_threshold"] for place in (alone, said)]
    assert sure[0] < sure[1]


def test_two_settings_are_compared_question_by_question(folder: Path):
    told = json.loads(evaluate("retrieval", str(folder), "--json", "--against", "embedding=builtin:multilingual"))
    assert 0 < told["compared"]["MAP"]["p"] <= 1
    assert "against embedding" in evaluate("retrieval", str(folder), "--against", "embedding=builtin:multilingual")


def test_a_setting_that_there_is_not_is_told(folder: Path):
    result = CliRunner().invoke(app, ["evaluate", "retrieval", str(folder), "--against", "embeding=x"])
    assert result.exit_code == 2
    assert "expected SETTING=VALUE" in result.output


def test_refusal_says_which_threshold_fits_and_which_questions_go_wrong(folder: Path, tmp_path: Path):
    told = evaluate("refusal", str(folder), "--fit")
    assert "MADOGUCHI_REFUSE_BELOW=" in told
    assert "Do not rely on it: it was fitted to 3 questions" in told
    page = tmp_path / "report.html"
    scores = json.loads(evaluate("refusal", str(folder), "--json", "--report", str(page)))
    assert scores["auroc"] == 1.0
    assert len(scores["refused_wrongly"]) == round(scores["false_refusals"] * scores["answerable"])
    assert all(question in page.read_text() for question in scores["refused_wrongly"] + scores["answered_wrongly"])
    assert "AUROC" in page.read_text()


def test_a_conversation_is_asked_turn_by_turn_with_what_was_said_before(folder: Path, tmp_path: Path):
    page = tmp_path / "report.html"
    told = json.loads(evaluate("conversation", str(folder), "--json", "--report", str(page)))
    assert "UNANSWERABLE" in page.read_text()
    assert told["turns"] == 2
    assert told["all_turns"]["P@1"]["value"] == 1.0
    assert list(told["by_turn"]) == ["1", "2"]
    assert told["refused"]["UNANSWERABLE"][1] == 1
    assert "turn  2" in evaluate("conversation", str(folder))


@pytest.mark.parametrize("judged", [None, "query-id\tcorpus-id\tscore\nelsewhere\t1\t1\n"])
def test_a_conversation_without_right_documents_tells_what_is_refused(folder: Path, tmp_path: Path, judged: str | None):
    place, page = tmp_path / "set", tmp_path / "report.html"
    shutil.copytree(folder, place)
    (place / "qrels.tsv").unlink()
    if judged:
        (place / "qrels.tsv").write_text(judged)
    shown = evaluate("conversation", str(place), "--report", str(page))
    assert "what is found was not measured" in shown
    assert "UNANSWERABLE" in shown
    assert "UNANSWERABLE" in page.read_text()


@pytest.mark.parametrize("setting", ["embedding=onnx:/nowhere", "reranker=onnx:/nowhere", "refuse_below=2"])
def test_a_setting_to_compare_with_that_cannot_be_is_told_before_anything_is_read(folder, setting, monkeypatch):
    monkeypatch.setattr(Pipeline, "run", lambda *_: pytest.fail("the corpus was read"))
    result = CliRunner().invoke(app, ["evaluate", "retrieval", str(folder), "--against", setting])
    assert isinstance(result.exception, ConfigError)


def test_a_reranker_that_is_not_there_is_told_before_anything_is_read(folder, monkeypatch):
    monkeypatch.setattr(Pipeline, "run", lambda *_: pytest.fail("the corpus was read"))
    monkeypatch.setenv("MADOGUCHI_RERANKER", "onnx:/nowhere")
    result = CliRunner().invoke(app, ["evaluate", "refusal", str(folder)])
    assert isinstance(result.exception, ConfigError)


def test_a_report_that_cannot_be_written_is_told_before_the_work(folder: Path):
    for command in ("retrieval", "refusal", "conversation"):
        result = CliRunner().invoke(app, ["evaluate", command, str(folder), "--report", "/no/such/folder/x.html"])
        assert result.exit_code == 2
        assert "/no/such/folder" in result.output


def test_who_stops_it_while_the_corpus_is_read_is_shown_no_figures_of_half_of_it(folder: Path, monkeypatch):
    run = Pipeline.run

    def interrupted(*given: Any) -> Report:
        return replace(run(*given), stopped=True)  # as a run does that met Ctrl-C

    monkeypatch.setattr(Pipeline, "run", interrupted)
    result = CliRunner().invoke(app, ["evaluate", "retrieval", str(folder)])
    assert (result.exit_code, result.stdout) == (130, "")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_what_an_evaluation_that_was_stopped_leaves_is_gone_at_the_next_one(sent, folder, tmp_path, monkeypatch):
    command = [sys.executable, "-m", "madoguchi", "evaluate", "retrieval", str(folder)]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    stopped = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not any(path.is_dir() for path in tmp_path.iterdir()):
        assert stopped.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    stopped.send_signal(sent)
    assert stopped.wait(120) == (130 if sent == signal.SIGTERM else -signal.SIGKILL)
    assert any(tmp_path.iterdir()) == (sent == signal.SIGKILL)
    others = tmp_path / "madoguchi-evaluate-kept"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with throwaway("evaluate") as in_use:
        others.mkdir()  # no lock was made for it: another program's
        evaluate("retrieval", str(folder))
        assert in_use.is_dir()
    assert list(tmp_path.iterdir()) == [others]
