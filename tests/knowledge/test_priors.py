"""What pairs of a FAQ are worth before anything is asked: learnt at commits, kept, and counted in searches."""

import numpy as np
import pytest
from bases import ANALYZER, commit, faq, open_generation
from embedders import FakeEmbedder

from knowledge.index import committing, generations, priors
from knowledge.index.dense import LANGUAGE
from knowledge.index.priors import Prior, Priors
from knowledge.passages import document_id
from knowledge.searching import retrieval, scoring

DIMENSIONS = 24
MEASURED = FakeEmbedder(f"{committing.MEASURED}:fake")


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def sample(count: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Questions and stored vectors, which differ along the first dimension; the second tells how long questions are."""
    chance = np.random.default_rng(3)
    stored = 0.1 * chance.standard_normal((count, DIMENSIONS))
    lengths = chance.integers(5, 100, count).astype(float)
    stored[:, 1] = 0.1 * (np.log(lengths) - np.log(lengths).mean())
    stored[:, 2] += 1
    asked = stored + 0.02 * chance.standard_normal((count, DIMENSIONS))
    asked[:, 0] -= 0.5
    return unit(asked), unit(stored), lengths


def test_what_is_like_a_question_and_what_a_long_one_asks_is_worth_less_and_the_mean_nothing():
    asked, stored, lengths = sample()
    prior = Prior.of(len(stored), asked, stored, lengths)
    worth = stored @ prior.direction - prior.level
    assert worth.mean() == pytest.approx(0, abs=1e-4)
    like_questions = stored @ (asked.mean(axis=0) - stored.mean(axis=0))
    assert np.corrcoef(worth, like_questions)[0, 1] < -0.5
    assert np.corrcoef(worth, np.log(lengths))[0, 1] < -0.5
    assert 0.5 * priors.GAP < worth.std() < 1.5 * (priors.GAP + priors.BREVITY)


@pytest.mark.parametrize("same", ["lengths", "vectors", "both and the questions"])
def test_where_all_are_alike_nothing_is_told(same):
    asked, stored, lengths = sample()
    if same != "lengths":
        stored = np.repeat(stored[:1], len(stored), axis=0)
    if same != "vectors":
        lengths = np.full(len(lengths), 7.0)
    if same.startswith("both"):
        asked = stored
    prior = Prior.of(len(stored), asked, stored, lengths)
    assert np.isfinite(prior.direction).all()
    worth = stored @ prior.direction - prior.level
    assert worth == pytest.approx(worth.mean()) if same != "lengths" else worth.std() > 0


def test_what_is_no_pair_or_of_another_language_is_worth_nothing():
    asked, stored, lengths = sample()
    held = Priors({b"ja": Prior.of(len(stored), asked, stored, lengths)})
    languages = np.array([b"ja", b"en", b"ja"] + [b"ja"] * 20, LANGUAGE)
    is_pair = np.array([True, True, False] + [True] * 20)
    worth = held.worth(languages, is_pair, stored[:23])
    assert worth[1] == worth[2] == 0
    assert np.count_nonzero(worth) == 21


def test_they_come_back_from_the_disk_as_they_were(tmp_path):
    asked, stored, lengths = sample()
    told = {b"ja": Prior.of(200, asked, stored, lengths), b"en": Prior.of(300, stored, asked, lengths)}
    Priors(told).save(tmp_path)
    held = Priors.load(tmp_path)
    for language, one in told.items():
        worth = held.worth(np.full(200, language, LANGUAGE), np.ones(200, bool), stored)
        assert worth == pytest.approx(stored @ one.direction - one.level, abs=1e-6)


def test_there_are_none_on_the_disk_where_none_were_learnt(tmp_path):
    Priors({}).save(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not Priors.load(tmp_path).worth(np.array([b"ja"], LANGUAGE), np.ones(1, bool), np.ones((1, 3))).any()


def pairs(first: int, last: int) -> dict[str, str]:
    return {f"Question {n}{' at length' * (n % 7)}?": f"Answer {n} of this desk." for n in range(first, last)}


@pytest.fixture
def measured(monkeypatch):
    """The base's embedder, under the name of one that priors were measured on."""
    monkeypatch.setattr("bases.EMBEDDER", MEASURED)
    return MEASURED


def test_a_commit_learns_them_once_there_are_enough_pairs_and_again_when_these_have_grown(tmp_path, measured):
    asked: list[str] = []
    measured.embed_query = lambda text: asked.append(text) or FakeEmbedder.embed_query(measured, text)
    try:
        few = commit(tmp_path, faq("en.csv", pairs(0, priors.FEWEST - 1)))
        assert not asked
        assert not (few.place / "priors.npy").exists()
        enough = commit(tmp_path, faq("more.csv", pairs(200, 201)))
        assert sorted(asked) == sorted([*pairs(0, priors.FEWEST - 1), *pairs(200, 201)])
        rows = np.arange(len(enough))
        worth = enough.prior(rows, enough.dense.vectors(rows))
        assert np.count_nonzero(worth) == len(enough)
        asked.clear()
        some_more = commit(tmp_path, faq("some.csv", pairs(300, 310)))
        assert not asked
        assert some_more.prior(rows, enough.dense.vectors(rows)) == pytest.approx(worth)
        many = commit(tmp_path, faq("many.csv", pairs(400, 900)))
        assert priors.SAMPLE / 2 < len(asked) <= priors.SAMPLE
        asked.clear()
        with generations.writing(tmp_path):
            committing.compact(tmp_path, ANALYZER, many)
        compacted = open_generation(tmp_path)
        assert compacted.name != many.name
        everything = np.arange(len(many))
        vectors = many.dense.vectors(everything)
        assert compacted.prior(everything, vectors).tolist() == many.prior(everything, vectors).tolist()
        gone = {document_id(name) for name in ("more.csv", "some.csv", "many.csv")}
        left = commit(tmp_path, removed=gone)
        assert len(left) == priors.FEWEST - 1
        assert not (left.place / "priors.npy").exists()
        assert not asked
    finally:
        del measured.embed_query


def test_encoders_that_were_not_measured_get_none(tmp_path):
    generation = commit(tmp_path, faq("en.csv", pairs(0, 2 * priors.FEWEST)))
    assert not (generation.place / "priors.npy").exists()


def test_a_search_counts_them(tmp_path, measured, monkeypatch):
    monkeypatch.setattr(scoring, "LEADERS", 1)
    generation = commit(tmp_path, faq("en.csv", pairs(0, priors.FEWEST)))
    before = retrieval.search(generation, measured, "Question 12", 10).hits
    raised = before[1].place
    monkeypatch.setattr(type(generation), "prior", lambda self, rows, vectors: 9.0 * (rows == raised))
    after = retrieval.search(generation, measured, "Question 12", 10).hits
    assert after[0].place == raised
