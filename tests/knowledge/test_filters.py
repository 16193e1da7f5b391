"""Filters: hits obey them exactly, whichever way the search takes, and what has expired is not found."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from bases import EMBEDDER, HOURS, RETURNS, commit, faq

from knowledge.errors import BadFilter
from knowledge.filters import Filters
from knowledge.index import part, store
from knowledge.index.committing import Entry
from knowledge.index.dense import LANGUAGE, DenseIndex
from knowledge.index.store import Generation
from knowledge.passages import Attributes, document_id
from knowledge.searching import retrieval


def about(entry: Entry, *attributes: Attributes) -> Entry:
    """The entry with attributes for its passages, in turn."""
    turns = [attributes[number % len(attributes)] for number in range(len(entry.passages))]
    passages = [replace(one, attributes=turn) for one, turn in zip(entry.passages, turns, strict=True)]
    return Entry(entry.document, passages, entry.vectors)


def many(count: int, source: str = "many.csv") -> Entry:
    return faq(source, {f"Question number {number} on returns?": f"Answer {number}." for number in range(count)})


KETTLE, POT = Attributes(product=("kettle", "accessories"), audience=("business",)), Attributes(product=("pot",))
PLAIN = Attributes()


@pytest.fixture(scope="module")
def generation(tmp_path_factory) -> Generation:
    return commit(
        tmp_path_factory.mktemp("data"),
        about(many(90), KETTLE, POT, PLAIN),
        faq("ja.csv", RETURNS),
        faq("other.csv", HOURS, collection="partners"),
    )


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, 94),
        ({"product": "kettle"}, 30),
        ({"product": ["kettle", "pot"]}, 60),
        ({"product": "pot", "audience": "business"}, 0),
        ({"product": None}, 34),
        ({"product": ["pot", None]}, 64),
        ({"audience": "business"}, 30),
        ({"collection": "partners"}, 2),
        ({"lang": "ja"}, 2),
        ({"kind": "log"}, 0),
        ({"kind": ["faq"]}, 94),
        ({"source": "ja.csv"}, 2),
        ({"product": "no such product"}, 0),
    ],
)
def test_hits_obey_the_filters_in_both_indexes(generation, given, left):
    filters = Filters.of(given)
    found = retrieval.search(generation, EMBEDDER, "returns? 返品 open", 94, filters)
    assert len(found.hits) == left
    assert (found.confidence > 0) == (left > 0)
    allowed = generation.allowed(filters)
    assert allowed is None if left == 94 else np.count_nonzero(allowed) == left
    words, _ = generation.by_words("question answer returns 返品 open", 94, filters, allowed)
    inside, _ = generation.lexical.search("question answer returns 返品 open", 94, filters)
    assert len(words) == len(inside) <= left
    assert allowed is None or allowed[words].all()


@pytest.mark.parametrize("given", [{"price": 5}, {"product": 5}, {"product": []}, {"on": "yesterday"}, {"lang": {}}])
def test_a_filter_that_does_not_exist_is_refused_in_words(given):
    with pytest.raises(BadFilter, match="filter"):
        Filters.of(given)


def test_two_collections_at_once_are_refused_and_the_same_twice_is_not():
    assert Filters.of({"collection": "a"}, "a") == Filters.of(None, "a")
    with pytest.raises(BadFilter, match="different"):
        Filters.of({"collection": "b"}, "a")


def test_what_is_not_valid_on_the_day_is_not_found(tmp_path):
    past, coming = Attributes(valid_until="2020-03-31"), Attributes(valid_from="2020-04-01")
    both = about(
        faq("ja.csv", {"送料はいくらですか": "500円です。", "送料はいくらかかりますか": "550円です。"}), past, coming
    )
    generation = commit(tmp_path, both)

    def prices(filters: Filters | None = None) -> set[str]:
        return {hit.passage.text for hit in retrieval.search(generation, EMBEDDER, "送料", 5, filters).hits}

    assert prices() == {"550円です。"}
    assert prices(Filters(on=date(2020, 3, 31))) == {"500円です。"}
    for on in (date(1969, 12, 31), date.min):  # before the days that the index knows
        assert prices(Filters(on=on, for_customers=True)) == {"500円です。"}
    assert prices(Filters.of({"on": "2020-04-01"})) == {"550円です。"}
    later = commit(tmp_path, faq("en.csv", HOURS))
    assert later.passage(0).attributes == past
    assert retrieval.search(later, EMBEDDER, "送料", 5).hits[0].passage.text == "550円です。"


def test_attributes_change_without_the_text(tmp_path):
    commit(tmp_path, about(faq("ja.csv", RETURNS), POT))
    generation = commit(tmp_path, about(faq("ja.csv", RETURNS), KETTLE))
    for name, count in (("pot", 0), ("kettle", 2)):
        assert len(retrieval.search(generation, EMBEDDER, "返品", 5, Filters(product=(name,))).hits) == count
    assert len(generation.groups) == 1, "what no passage has any more is kept"


@pytest.fixture
def two_stages(monkeypatch):
    monkeypatch.setattr(part, "SCAN_UP_TO", 100)
    monkeypatch.setattr(part, "KEPT", 1)  # as many vectors as here would all be read


WIDE = 384  # numbers: what five bits a number leave of a cosine is meant for as many as encoders give


def vectors(count: int, seed: int = 3) -> np.ndarray:
    """Unit vectors that differ in a few directions, as those of texts do."""
    chance, directions = np.random.default_rng(seed), np.random.default_rng(1).standard_normal((12, WIDE))
    made = chance.standard_normal((count, 12)) @ directions + 0.3 * chance.standard_normal((count, WIDE))
    made = made.astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def opened(index: DenseIndex, folder: Path) -> DenseIndex:
    """The index as it is searched: the first stage is made when it is opened."""
    index.save(folder)
    return DenseIndex.load(folder, np.full(len(index), b"und", LANGUAGE), index.dimensions)


@pytest.mark.parametrize("share", [1.0, 0.8, 0.3, 0.01])
def test_two_stages_find_what_reading_all_would(two_stages, share, tmp_path):
    stored, questions = vectors(3000), vectors(50, seed=4)
    index = opened(DenseIndex.build(stored, WIDE), tmp_path)
    mask = np.random.default_rng(5).random(3000) < share
    right = 0
    for question in questions:
        rows, cosines = index.search(question, 10, None if share == 1.0 else mask)
        exact = np.flatnonzero(mask)[np.argsort(-(stored[mask] @ question))[:10]]
        assert mask[rows].all()
        assert np.allclose(cosines, stored[rows] @ question, atol=0.02)
        assert (np.diff(cosines) <= 0).all()
        right += len(set(rows.tolist()) & set(exact.tolist()))
    assert right >= 0.95 * 10 * len(questions)


def test_stored_numbers_come_back_unchanged_when_they_are_stored_again():
    first = DenseIndex.build(vectors(300), WIDE)
    rows = np.arange(300)
    again = DenseIndex.build(first.vectors(rows), WIDE, base=first, kept=rows[:10])
    assert np.array_equal(again.vectors(rows + 10), first.vectors(rows))


def test_texts_of_many_blocks_are_carried_over_byte_by_byte(tmp_path):
    commit(tmp_path, many(500, "a.csv"), many(3, "b.csv"), many(400, "c.csv"), many(2, "d.csv"))
    generation = commit(tmp_path, many(7, "e.csv"), removed={document_id("b.csv")})
    for source, count in (("a.csv", 500), ("c.csv", 400), ("d.csv", 2), ("e.csv", 7)):
        passages = generation.passages(document_id(source))
        assert [passage.text for passage in passages] == [f"Answer {number}." for number in range(count)]
        assert {passage.source for passage in passages} == {source}
        assert [generation.passage(int(row)) for row in generation.rows(document_id(source))] == passages
    assert len(store.parse(store.render(passages[0])).attributes.product) == 0


def test_customers_find_nothing_that_is_for_staff_alone(tmp_path):
    staff, both = Attributes(audience=("staff",)), Attributes(audience=("staff", "business"))
    generation = commit(tmp_path, about(many(90), staff, both, PLAIN))
    everything = Filters()
    customers = replace(everything, for_customers=True)
    assert generation.allowed(everything) is None
    assert np.count_nonzero(generation.allowed(customers)) == 60
    found = retrieval.search(generation, EMBEDDER, "returns question", 90, customers)
    assert len(found.hits) == 60
    assert staff not in {hit.passage.attributes for hit in found.hits}
    named = replace(Filters.of({"audience": "staff"}), for_customers=True)
    assert np.count_nonzero(generation.allowed(named)) == 60, "who names an audience gets it"


def test_customers_find_what_little_is_left_beside_much_that_is_for_staff(tmp_path):
    for_all = faq("open.csv", {"What do returns cost?": "Nothing."})
    generation = commit(tmp_path, about(many(90), Attributes(audience=("internal",))), for_all)
    found = retrieval.search(generation, EMBEDDER, "returns", 5, Filters(for_customers=True))
    assert [hit.passage.text for hit in found.hits] == ["Nothing."]
    assert not retrieval.search(generation, EMBEDDER, "number 7", 5, Filters(for_customers=True)).hits[1:]
