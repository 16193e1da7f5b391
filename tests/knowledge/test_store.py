"""The knowledge base on disk: what was committed is found, nothing else is, and no fault leaves it half-changed."""

import os
from pathlib import Path

import numpy as np
import pytest
from bases import ANALYZER, EMBEDDER, HOURS, RETURNS, commit, faq, open_generation

from knowledge.errors import Busy, CannotWrite, DamagedIndex, NoKnowledge, WrongIndex
from knowledge.filters import Filters
from knowledge.index import generations
from knowledge.index.store import Generation
from knowledge.index.texts import Texts
from knowledge.passages import document_id
from knowledge.searching import retrieval
from knowledge.searching.live import LiveKnowledge


def best(generation: Generation, question: str, collection: str | None = None) -> str:
    return retrieval.search(generation, EMBEDDER, question, 1, Filters.of(None, collection)).hits[0].passage.text


def test_what_was_committed_is_found_in_both_languages(tmp_path):
    generation = commit(tmp_path, faq("ja.csv", RETURNS), faq("en.csv", HOURS))
    assert best(generation, "商品を返品したい") == RETURNS["返品できますか"]
    assert best(generation, "opening hours: when open?") == HOURS["When are you open?"]


def test_a_commit_adds_to_what_was_there_and_keeps_its_vectors(tmp_path):
    first = commit(tmp_path, faq("ja.csv", RETURNS))
    second = commit(tmp_path, faq("en.csv", HOURS))
    assert {document.source for document in second.documents.values()} == {"ja.csv", "en.csv"}
    rows = np.arange(2)
    assert np.array_equal(first.dense.vectors(rows), second.dense.vectors(rows))
    assert [second.passage(row).text for row in range(4)] == [*RETURNS.values(), *HOURS.values()]


def test_a_changed_document_replaces_its_old_self(tmp_path):
    commit(tmp_path, faq("ja.csv", RETURNS), faq("en.csv", HOURS))
    generation = commit(tmp_path, faq("ja.csv", {"返品できますか": "いいえ、返品はできません。"}))
    assert len(generation) == 3
    assert best(generation, "返品できますか") == "いいえ、返品はできません。"
    assert not len(generation.lexical.search("送料", 5)[0]), "the old document's words are still found"
    assert best(generation, "When are you open?") == HOURS["When are you open?"]


def test_a_removed_document_is_gone_from_both_indexes_and_from_the_bytes(tmp_path):
    commit(tmp_path, faq("ja.csv", RETURNS), faq("en.csv", HOURS))
    generation = commit(tmp_path, removed={document_id("ja.csv")})
    assert len(generation) == len(generation.dense) == len(generation.lexical) == 2
    texts = Texts(generation.place)
    assert "返品".encode() not in b"".join(texts.lines(0, len(texts)))
    assert not len(generation.lexical.search("返品", 5)[0])


def test_an_old_generation_stays_sound_after_the_next_commit(tmp_path):
    first = commit(tmp_path, faq("ja.csv", RETURNS))
    commit(tmp_path, faq("en.csv", HOURS), removed={document_id("ja.csv")})
    generations.check(tmp_path, first.name)
    assert best(first, "返品できますか") == RETURNS["返品できますか"]


def test_only_a_few_generations_are_kept_and_rolling_back_is_one_rename(tmp_path):
    names = [commit(tmp_path, faq(f"{number}.csv", HOURS)).name for number in range(5)]
    assert set(generations.history(tmp_path)) == set(names[-generations.KEEP :])
    generations.point_to(tmp_path, names[-2])
    assert len(open_generation(tmp_path).documents) == 4


def test_a_search_stays_within_its_collection(tmp_path):
    other = {"返品できますか": "別の窓口へどうぞ。"}
    generation = commit(tmp_path, faq("ja.csv", RETURNS), faq("ja.csv", other, collection="partners"))
    assert best(generation, "返品できますか", "partners") == "別の窓口へどうぞ。"
    assert best(generation, "返品できますか", "default") == RETURNS["返品できますか"]
    assert retrieval.search(generation, EMBEDDER, "返品", 5, Filters.of(None, "nowhere")).hits == ()


@pytest.mark.parametrize("name", ["passages.bin", "dense-ja.faiss", "documents.jsonl", "keys.npy", "lexical/meta.json"])
def test_a_flipped_byte_is_noticed_and_named(tmp_path, name):
    path = commit(tmp_path, faq("ja.csv", RETURNS)).place / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedIndex, match=Path(name).name):
        open_generation(tmp_path)


def test_a_missing_file_is_noticed(tmp_path):
    (commit(tmp_path, faq("ja.csv", RETURNS)).place / "dense-ja.faiss").unlink()
    with pytest.raises(DamagedIndex, match=r"dense-ja\.faiss"):
        open_generation(tmp_path)


def test_another_embedding_model_is_refused_in_words(tmp_path):
    commit(tmp_path, faq("ja.csv", RETURNS))
    with pytest.raises(WrongIndex, match="fake-bigrams, but another-model"):
        Generation.open(tmp_path, ANALYZER, "another-model")


def test_an_empty_folder_says_what_to_run(tmp_path):
    with pytest.raises(NoKnowledge, match="madoguchi ingest"):
        open_generation(tmp_path)


def test_a_failed_commit_leaves_the_old_generation_serving(tmp_path, monkeypatch):
    first = commit(tmp_path, faq("ja.csv", RETURNS))

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(CannotWrite, match=r"No space left on device\. Nothing has changed"):
        commit(tmp_path, faq("en.csv", HOURS))
    monkeypatch.undo()
    assert open_generation(tmp_path).name == first.name
    assert list((tmp_path / "generations").glob(".unfinished*")) == []


def test_a_second_writer_is_told_to_come_back_later(tmp_path):
    with generations.writing(tmp_path), pytest.raises(Busy, match="Another process"):
        _lock_in_thread(tmp_path)


def _lock_in_thread(data: Path) -> None:
    with generations.writing(data, wait_s=0.1):
        pytest.fail("both hold the lock")


def test_a_running_reader_follows_a_commit_and_survives_a_damaged_one(tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", 0.0)
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    assert "madoguchi ingest" in str(live.ready())
    commit(tmp_path, faq("ja.csv", RETURNS))
    assert live.ready() is None
    assert live.search("返品できますか").hits[0].passage.text == RETURNS["返品できますか"]
    (commit(tmp_path, faq("en.csv", HOURS)).place / "dense-en.faiss").write_bytes(b"broken")
    assert live.search("返品できますか").hits[0].passage.text == RETURNS["返品できますか"]
    assert "dense-en.faiss" in str(live.ready())


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "?",
        "。",
        "😀",
        "返",
        "ａｂｃ",
        "x" * 10_000,
        "返品 " * 3000,
        'a AND (b OR "c',
        "SELECT *",
        "\x00",
        "\ud800返品",
    ],
)
def test_no_question_is_too_odd_to_search(tmp_path, question):
    generation = commit(tmp_path, faq("ja.csv", RETURNS), faq("en.csv", HOURS))
    found = retrieval.search(generation, EMBEDDER, question)
    assert 0 <= found.confidence <= 1
    assert len(found.hits) in (0, 4)


def test_an_emptied_knowledge_base_finds_nothing(tmp_path):
    commit(tmp_path, faq("ja.csv", RETURNS))
    generation = commit(tmp_path, removed={document_id("ja.csv")})
    assert retrieval.search(generation, EMBEDDER, "返品できますか").hits == ()


def test_line_ends_of_all_kinds_in_names_and_texts_break_no_line_of_the_index(tmp_path):
    odd = "a\u2028b\u2029c\x85d\x0be\x1cf"
    generation = commit(tmp_path, faq(f"{odd}.csv", {odd: odd}))
    assert [document.source for document in generation.documents.values()] == [f"{odd}.csv"]
    assert generation.passage(0).text == odd
