"""`madoguchi evaluate answers`: a company's own tests, with an exit code, reasons, and what changed since last time."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import Counter
from upstream import FakeUpstream

from knowledge.errors import SetupError
from tuning.comparison import cases

SAMPLES = Path(__file__).parents[2] / "samples"
TESTS = """\
- id: shipping
  question: 送料はいくらですか
  must_say: [550円, [全国, どこでも]]
  must_not_say: 無料
  must_cite: faq.csv
  language: ja
- id: weather
  question: 明日の天気はどうですか
  must_refuse: yes
- id: person
  question: I want to talk to a human
  must_hand_off: true
  language: en
"""


def test_what_holds_passes_and_exits_with_0(counter):
    code, told = counter.json("evaluate", "answers", counter.write("tests.yaml", TESTS))
    assert [(one["id"], one["failures"]) for one in told["results"]] == [
        ("shipping", []),
        ("weather", []),
        ("person", []),
    ]
    assert (code, told["failed"], told["model"], told["since_last_run"]) == (0, 0, "extractive", None)


def test_what_does_not_hold_is_told_case_by_case(counter):
    wrong = counter.write(
        "wrong.yaml",
        "cases:\n- {id: a, question: 送料はいくらですか, must_say: 600円, must_not_say: 550円, must_cite: manual.pdf}\n"
        + "- {id: b, question: 送料はいくらですか, must_refuse: true}\n"
        + "- {id: c, question: 送料はいくらですか, must_hand_off: true, language: en}\n",
    )
    code, told = counter.json("evaluate", "answers", wrong)
    assert code == 1
    assert [one["failures"] for one in told["results"]] == [
        ["It does not say '600円'.", "It says '550円'.", "It does not cite manual.pdf."],
        ["It is answered, and must be refused."],
        ["It is not handed to a person.", "It is in ja, not in en."],
    ]
    code, shown, _ = counter.run("evaluate", "answers", wrong)
    assert code == 1
    assert "0 of 3 passed" in shown


def test_results_that_cannot_be_kept_are_told_all_the_same(counter):
    (counter.data / "tuning").mkdir()
    (counter.data / "tuning" / "acceptance").write_text("in the way", "utf-8")
    code, shown, told = counter.run("evaluate", "answers", counter.write("tests.yaml", TESTS))
    assert (code, "3 of 3 passed" in shown) == (0, True)
    assert "cannot be written" in told
    assert "next run" in told


def test_a_folder_of_questions_and_another_knowledge_base_are_taken_and_the_page_tells_what_fails(
    counter: Counter, tmp_path: Path
) -> None:
    folder, elsewhere, page = tmp_path / "tests", tmp_path / "elsewhere", tmp_path / "page.html"
    folder.mkdir()
    (folder / "a.yaml").write_text("- {question: 送料はいくらですか, must_say: 550円}\n", "utf-8")
    (folder / "b.yml").write_text("- {question: 送料はいくらですか, must_say: <b>600円}\n", "utf-8")
    code, told = counter.json("evaluate", "answers", str(folder), "--report", str(page))
    assert (code, [one["id"] for one in told["results"] if not one["passed"]]) == (1, ["2"])
    assert "It does not say &#x27;&lt;b&gt;600円&#x27;." in page.read_text("utf-8")
    code, _, told = counter.run("evaluate", "answers", str(folder), "--knowledge", str(elsewhere))
    assert (code, f"ingested into {elsewhere}" in told) == (1, True)
    (folder / "a.yaml").unlink()
    (folder / "b.yml").unlink()
    with pytest.raises(SetupError, match="holds neither questions"):
        cases.read(folder)


def test_a_second_run_tells_what_has_changed(counter):
    place = counter.write("tests.yaml", TESTS)
    with FakeUpstream(["送料は全国一律550円です[1]。"]) as upstream:
        assert counter.run("models", "add", "up", "--name", "up", "--base-url", upstream.url)[0] == 0
        assert counter.json("evaluate", "answers", place, "--model", "up")[0] == 0
        upstream.pieces = ["送料は地域によります。"]
        code, told = counter.json("evaluate", "answers", place, "--model", "up")
        assert (code, told["since_last_run"]["broken"]) == (1, ["shipping"])
        upstream.pieces = ["全国どこでも550円です[1]。"]
        code, told = counter.json("evaluate", "answers", place, "--model", "up")
    assert (code, told["since_last_run"]["mended"]) == (0, ["shipping"])


def test_a_conversation_before_the_question_is_heard(counter):
    place = counter.write(
        "follow.jsonl",
        '{"id": "f", "history": [{"role": "customer", "text": "What does express delivery cost?"}, '
        '{"role": "assistant", "text": "12 euros."}], "question": "And how long does it take?", '
        '"must_say": "two days"}\n',
    )
    assert counter.run("evaluate", "answers", place)[0] == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- question: [\n", "line 2"),
        ("- {id: a, qestion: 送料は}\n", "case a: question: Field required"),
        ("- {id: a, question: 送料は, must_say: x, must_refuse: true}\n", "case a: what must be refused"),
        ("- {id: a, question: 送料は, langage: ja}\n", "case a: langage: Extra inputs"),
        ("- {id: a, question: x}\n- {id: a, question: y}\n", "two questions have the id a"),
        ("hello\n", "expected a list of questions"),
        ("[]\n", "holds no question"),
    ],
)
def test_a_mistake_in_a_set_is_told_with_its_place(tmp_path, text, complaint):
    (tmp_path / "set.yaml").write_text(text, "utf-8")
    with pytest.raises(SetupError, match=complaint):
        cases.read(tmp_path / "set.yaml")


def test_a_question_mark_that_breaks_yaml_is_told_with_what_to_do(tmp_path):
    (tmp_path / "set.yaml").write_text("- {id: u1, question: Do you have an add-in?, must_refuse: true}\n", "utf-8")
    with pytest.raises(SetupError, match=r"set\.yaml, line 1: .* in quotation marks"):
        cases.read(tmp_path / "set.yaml")


def test_yaml_makes_neither_times_nor_no_into_something_else(tmp_path):
    (tmp_path / "set.yaml").write_text("- {id: 007, question: いつ, must_say: [9:30, No, 1_000]}\n", "utf-8")
    [case] = cases.read(tmp_path / "set.yaml")
    assert (case.id, case.must_say) == ("007", (("9:30",), ("No",), ("1_000",)))


def test_the_samples_questions_are_such_a_set():
    found = {case.id: case for case in cases.read(SAMPLES / "questions.jsonl")}
    assert found["ja-a02"].must_say == (("5,500円",),)
    assert found["ja-a02"].must_cite == (("faq/faq_ja.csv",),)
    assert found["ja-n01"].must_refuse
    written = cases.read(SAMPLES / "acceptance.yaml")
    assert all(sum(case.asked_in == lang for case in written) >= 20 for lang in ("ja", "en"))


@pytest.mark.slow
def test_the_sample_company_passes_its_own_tests_without_a_model(tmp_path, monkeypatch):
    counter = Counter(tmp_path, monkeypatch)
    assert counter.run("ingest", str(SAMPLES / "knowledge"))[0] == 0
    _, told = counter.json("evaluate", "answers", str(SAMPLES / "acceptance.yaml"))
    failed = {one["id"]: one["failures"] for one in told["results"] if one["failures"]}
    assert not failed
