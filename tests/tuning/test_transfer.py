"""A small desk whose customers have their own words for things: what transfer learns of them, and when it must not."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bases import ANALYZER, EMBEDDER, commit, faq, open_generation
from typer.testing import CliRunner

from knowledge.errors import DamagedIndex, SetupError, WrongIndex
from knowledge.filters import Filters
from knowledge.index import adapting
from knowledge.index.adapting import Bound
from knowledge.passages import document_id
from knowledge.searching import retrieval
from knowledge.searching.live import LiveKnowledge
from madoguchi.cli import app
from tuning.transferring import answerability, folds, gating, labels, transfer
from tuning.transferring.answerability import Asked
from tuning.transferring.desk import Labelled
from tuning.transferring.transfer import Outcome

THINGS = [f"{first}{second}" for first in ("kettle", "lamp", "chair", "clock") for second in "abcde"]
FAULTS = ("leaks", "smells", "flickers")
FAQ = {f"What if the {thing} {fault}?": f"Send the {thing} back." for thing in THINGS for fault in FAULTS[:2]}
ASKS = ("my", "help", "please", "urgent")


def slang(thing: str) -> str:
    """What customers call a thing; no FAQ says it."""
    return f"zz{thing[::-1]}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    commit(folder, faq("faq_en.csv", FAQ))
    return folder


def customers(wanted: dict[str, str], seed: int = 0) -> str:
    """Four customers for each question of `wanted`, as lines that name the passage that answers them."""
    chance = random.Random(seed)
    lines = []
    for question, of in wanted.items():
        thing, fault = question.removeprefix("What if the ").rstrip("?").split()
        for word in ASKS:
            asked = f"{word} {slang(thing)} {fault} {chance.choice(ASKS)} {chance.randint(1, 99)}"
            lines.append(json.dumps({"question": asked, "passages": [of]}))
    return "\n".join(lines)


def learnt(data: Path, tmp_path: Path, lines: str) -> Outcome:
    file = tmp_path / "labels.jsonl"
    file.write_text(lines, "utf-8")
    generation = open_generation(data)
    found = labels.read([file], generation, EMBEDDER)
    assert not found.left_out
    return transfer.transfer(generation, EMBEDDER, found.labelled, lambda steps: None)


def ids(data: Path) -> dict[str, str]:
    """The passage of each FAQ."""
    generation = open_generation(data)
    return {passage.question or "": passage.id for passage in generation.passages(document_id("faq_en.csv"))}


@pytest.fixture(scope="module")
def outcome(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return learnt(data, tmp_path_factory.mktemp("labels"), customers(ids(data)))


@pytest.fixture
def served(data: Path, outcome: Outcome, tmp_path: Path) -> Path:
    """A knowledge base of its own with the adapter in it."""
    commit(tmp_path / "data", faq("faq_en.csv", FAQ))
    assert outcome.adapter is not None
    outcome.adapter.save(tmp_path / "data")
    return tmp_path / "data"


ASKED = f"urgent {slang('lampc')} smells help"
WANTED = "What if the lampc smells?"


def first(data: Path) -> str:
    return retrieval.search(open_generation(data), EMBEDDER, ASKED, 1).hits[0].passage.title


def test_words_of_customers_are_learnt_and_documents_without_a_label_lose_nothing(outcome: Outcome) -> None:
    assert outcome.adapter is not None, outcome
    assert outcome.all.gain.low > 0.1
    assert outcome.apart.gain.value >= 0
    assert outcome.adapter.head.questions == len(FAQ) * len(ASKS)
    assert outcome.adapter.head.scores["all"]["after"] == outcome.all.after.value


def test_what_is_found_by_what_was_learnt_is_answered_more_often(outcome: Outcome, served: Path) -> None:
    sure = outcome.assurance
    assert sure is not None
    assert sure.weight > 0
    assert sure.gain.low > 0
    assert sure.refused[1] < sure.refused[0]

    def confidence(question: str) -> float:
        return retrieval.search(open_generation(served), EMBEDDER, question, 1).confidence

    foreign = "Who won the cup in 1998?"
    known, unknown = confidence(ASKED), confidence(foreign)
    assert adapting.put_aside(served)
    assert known > confidence(ASKED)
    assert unknown == pytest.approx(confidence(foreign), abs=0.02)


def test_a_nearness_that_foretells_nothing_makes_no_answer_surer() -> None:
    chance = np.random.default_rng(0)
    folds = np.array_split(chance.permutation(200), 10)
    sure = np.full((2, 200), 0.5)
    told = Asked(sure, chance.uniform(size=(2, 200)))
    assert answerability.fit(told, told, [*folds, *folds]).weight == 0
    telling = Asked(sure, np.stack([chance.uniform(0.3, 1, 200), chance.uniform(0, 0.4, 200)]))
    assert answerability.fit(telling, told, [*folds, *folds]).weight == 0, "others would lose"
    assert answerability.fit(telling, telling, [*folds, *folds]).weight > 0


def test_labels_that_teach_nothing_change_nothing(data: Path, tmp_path: Path) -> None:
    known = ids(data)
    mixed = list(known.values())
    random.Random(3).shuffle(mixed)
    lines = []
    for line in customers(known).splitlines():  # each customer wants something else at random
        lines.append(json.dumps(json.loads(line) | {"passages": [random.Random(line).choice(mixed)]}))
    found = learnt(data, tmp_path, "\n".join(lines))
    assert found.adapter is None
    assert found.reason


def test_questions_that_all_want_the_same_passage_too_are_no_trouble(data: Path, tmp_path: Path) -> None:
    known = ids(data)
    lines = []
    for line in customers(known).splitlines():
        label = json.loads(line)
        lines.append(json.dumps(label | {"passages": [*label["passages"], known[WANTED]]}))
    assert learnt(data, tmp_path, "\n".join(lines)).all.gain.value > 0


def test_the_same_labels_make_the_same_adapter(data: Path, outcome: Outcome, tmp_path: Path) -> None:
    again = learnt(data, tmp_path, customers(ids(data)))
    assert again.groups == outcome.groups
    assert again.adapter is not None
    assert outcome.adapter is not None
    assert (again.adapter.form == outcome.adapter.form).all()


def test_folds_of_another_seed_are_others_and_share_no_passage_either(data: Path) -> None:
    gains = np.repeat(np.eye(40, dtype=np.float32), 3, axis=0)
    ways = [folds.parted_by_passage(gains, seed) for seed in (0, 1)]
    assert (ways[0] != ways[1]).any()
    for fold in ways:
        assert all(len(set(fold[3 * of : 3 * of + 3])) == 1 for of in range(40))
    assert (folds.parted_at_random(120, 0) != folds.parted_at_random(120, 1)).any()


def test_words_that_questions_share_are_learnt_where_their_vectors_say_nothing(data: Path, outcome: Outcome) -> None:
    assert outcome.adapter is not None
    generation = open_generation(data)
    head, form = replace(outcome.adapter.head, memory=0.0), np.zeros_like(outcome.adapter.form)
    bound = Bound(replace(outcome.adapter, head=head, form=form), generation)
    rows, nothing = np.arange(len(generation)), np.zeros(len(form), np.float32)
    bonus = bound.asked(nothing, ASKED).bonus(rows, generation.dense.vectors(rows), np.zeros(len(rows)))
    assert generation.passage(int(bonus.argmax())).title == WANTED


def test_a_gain_that_chance_explains_too_well_does_not_serve() -> None:
    before, seen = np.full(33, 0.5), np.ones(33, np.bool_)
    few, many = before.copy(), before.copy()
    few[:4] += 0.2  # the interval leaves out zero, and flipping four signs gives as much in one of eight trials
    many[:12] += 0.2
    assert transfer._outcome(before, np.stack([few, few]), seen).all.gain.low > 0
    assert transfer._outcome(before, np.stack([few, few]), seen).reason == transfer.NO_GAIN
    assert transfer._outcome(before, np.stack([many, many]), seen).reason == ""


def test_too_few_labels_are_refused_in_words(data: Path) -> None:
    few = [Labelled(question, {("a", "b"): 1}) for question in list(FAQ)[: transfer.FEWEST - 1]]
    with pytest.raises(SetupError, match="at least 30"):
        transfer.transfer(open_generation(data), EMBEDDER, few, lambda steps: None)


def test_a_generation_opens_with_the_adapter_and_can_do_without(served: Path) -> None:
    assert first(served) == WANTED
    assert adapting.put_aside(served)
    assert first(served) != WANTED
    assert not adapting.put_aside(served)
    assert adapting.take_up(served)
    assert first(served) == WANTED


def test_a_running_program_takes_it_up_within_seconds(data: Path, outcome: Outcome, tmp_path: Path) -> None:
    commit(tmp_path, faq("faq_en.csv", FAQ))
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    assert live.search(ASKED, 1).hits[0].passage.title != WANTED
    assert outcome.adapter is not None
    outcome.adapter.save(tmp_path)
    until = time.monotonic() + 5
    while live.search(ASKED, 1).hits[0].passage.title != WANTED:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_it_outlives_another_ingest_and_passes_over_what_is_gone(served: Path) -> None:
    changed = {question: f"{answer} We mend it." for question, answer in FAQ.items() if "kettle" not in question}
    generation = commit(served, faq("faq_en.csv", changed), faq("more.csv", {"Do you sell tea?": "No."}))
    assert first(served) == WANTED
    assert generation.adapter is not None
    assert len(generation.adapter) == len(changed)
    commit(served, removed={document_id("faq_en.csv")})
    assert retrieval.search(open_generation(served), EMBEDDER, ASKED, 1).hits[0].passage.text == "No."


def test_what_a_filter_forbids_stays_hidden(served: Path) -> None:
    generation = commit(served, faq("more.csv", {"Do you sell tea?": "No."}, "shop"))
    found = retrieval.search(generation, EMBEDDER, ASKED, 5, Filters(collection=("shop",)))
    assert [hit.passage.collection for hit in found.hits] == ["shop"]


def test_an_adapter_of_another_embedding_is_refused_in_words(served: Path, outcome: Outcome) -> None:
    assert outcome.adapter is not None
    other = replace(outcome.adapter, head=replace(outcome.adapter.head, embedding="another"))
    other.save(served)
    generation = open_generation(served)
    assert generation.adapter is None
    assert "made for the embedding model another" in (generation.take_up_adapter(served) or "")
    with pytest.raises(WrongIndex, match="madoguchi tune transfer"):
        Bound(other, generation)


@pytest.mark.parametrize("at", [0.3, 0.9])
def test_a_damaged_adapter_is_refused_in_words_and_the_search_goes_on(served: Path, at: float) -> None:
    file = served / "tuning/transfer/adapter.npz"
    content = bytearray(file.read_bytes())
    content[int(at * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedIndex, match=r"adapter\.npz"):
        adapting.load(served)
    generation = open_generation(served)
    assert generation.adapter is None
    assert "adapter.npz" in (generation.take_up_adapter(served) or "")
    assert retrieval.search(generation, EMBEDDER, WANTED, 1).hits[0].passage.title == WANTED


def test_labels_are_read_from_sets_and_lines(data: Path, tmp_path: Path) -> None:
    known = ids(data)
    (tmp_path / "set").mkdir()
    (tmp_path / "set/queries.jsonl").write_text('{"id": "1", "text": "lamp?"}\n{"id": "2", "text": "gone?"}', "utf-8")
    qrels = f"query-id\tcorpus-id\tscore\n1\t{known[WANTED]}\t2\n2\tnowhere\t1\n"
    (tmp_path / "set/qrels.tsv").write_text(qrels, "utf-8")
    lines = [
        {"question": "lamp?", "passage_ids": [known["What if the lampa leaks?"]]},
        {"question": "which clockb leaks?", "document": "faq_en.csv"},
        {"question": "bad one", "passages": [known[WANTED]], "rating": "down"},
    ]
    (tmp_path / "more.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    generation = open_generation(data)
    found = labels.read([tmp_path / "set", tmp_path / "more.jsonl"], generation, EMBEDDER)
    assert found.left_out == 1
    assert [one.text for one in found.labelled] == ["lamp?", "which clockb leaks?"]
    assert sorted(found.labelled[0].grades.values()) == [1, 2]
    clock = next(p for p in generation.passages(document_id("faq_en.csv")) if p.title == "What if the clockb leaks?")
    assert dict(found.labelled[1].grades) == {adapting.target_of(clock): 1}


def test_a_line_that_is_no_label_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text('{"question": "a", "passages": []}\n{"question": 3}', "utf-8")
    with pytest.raises(SetupError, match=r"labels\.jsonl, line 2"):
        labels.read([tmp_path / "labels.jsonl"], open_generation(data), EMBEDDER)


def test_the_command_switches_and_tells(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_DATA", str(served))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["tune", "transfer", *arguments])
        return result.exit_code, result.output

    assert f"{len(FAQ)} of those" in run("--status")[1]
    assert run("--off")[0] == 0
    assert json.loads(run("--status", "--json")[1]) == {"serves": False}
    assert run("--off")[0] != 0
    assert run("--on")[0] == 0
    assert json.loads(run("--status", "--json")[1])["passages"] == len(FAQ)


def test_known_passages_stay_as_strong_as_they_were_where_nothing_tells_that_one_is_wanted(
    data: Path, outcome: Outcome
) -> None:
    assert outcome.adapter is not None
    generation, asked = open_generation(data), EMBEDDER.embed_query(ASKED)
    neutral = replace(outcome.adapter, head=replace(outcome.adapter.head, gate=(0.0,) * (adapting.EVIDENCE + 1)))
    rows = np.arange(len(generation))
    scores = np.linspace(0, 3, len(rows))
    bonus = Bound(neutral, generation).asked(asked, ASKED).bonus(rows, generation.dense.vectors(rows), scores)
    assert np.ptp(bonus) > 1
    assert adapting.level(scores + bonus) == pytest.approx(adapting.level(scores))


def test_what_tells_that_a_known_passage_is_wanted_is_learnt() -> None:
    told = np.random.default_rng(0).normal(size=(300, 5))
    wants = told[:, 1] > 0.5
    gate = gating.fit(told, wants)
    assert np.mean((told @ gate[:-1] + gate[-1] > 0) == wants) > 0.95
    assert not gating.fit(told, np.ones(300, np.bool_)).any(), "nothing tells what the others look like"
