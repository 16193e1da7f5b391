"""Going back, keeping a copy, and cleaning up: the states of a knowledge base."""

import hashlib
import json
import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bases import ANALYZER, EMBEDDER, HOURS, RETURNS, commit, faq, open_generation

from knowledge.embedder import Vectors
from knowledge.errors import CannotWrite, DamagedIndex, NoKnowledge, Occupied, OtherFormat
from knowledge.index import committing, generations, lexical, primer, texts
from knowledge.index.codes import EIGHTS, PAIRS, SINGLE, Codes, Ranges
from knowledge.index.committing import Entry
from knowledge.index.part import Part
from knowledge.index.store import Generation
from knowledge.index.texts import NAME, Texts
from knowledge.passages import document_id
from knowledge.searching.live import LiveKnowledge

Encode = Callable[[Ranges, Vectors, str], tuple[Codes, Codes]]


def damage(data: Path, name: str, file: str = "keys.npy") -> None:
    path = generations.folder(data, name) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_rolling_back_brings_the_last_state_again_and_forward_is_possible_until_the_next_commit(tmp_path):
    first = commit(tmp_path, faq("ja.csv", RETURNS))
    second = commit(tmp_path, faq("en.csv", HOURS))
    assert generations.roll_back(tmp_path).name == first.name
    assert set(open_generation(tmp_path).documents) == {document_id("ja.csv")}
    assert generations.roll_back(tmp_path, second.name).name == second.name
    generations.roll_back(tmp_path)
    third = commit(tmp_path, faq("more.csv", HOURS))
    assert set(third.documents) == {document_id("ja.csv"), document_id("more.csv")}
    assert generations.history(tmp_path) == [third.name, first.name], "what was rolled back from is gone"


def test_rolling_back_passes_over_a_damaged_generation(tmp_path):
    names = [commit(tmp_path, faq(f"{number}.csv", HOURS)).name for number in range(3)]
    damage(tmp_path, names[1])
    assert generations.roll_back(tmp_path).name == names[0]
    with pytest.raises(DamagedIndex, match=r"keys\.npy has changed"):
        generations.roll_back(tmp_path, names[1])
    assert generations.current(tmp_path) == names[0]
    with pytest.raises(NoKnowledge, match="no sound generation"):
        generations.roll_back(tmp_path)
    with pytest.raises(NoKnowledge, match="documents generations"):
        generations.roll_back(tmp_path, "yesterday")


def test_rolling_back_mends_a_current_that_names_nothing(tmp_path):
    name = commit(tmp_path, faq("ja.csv", RETURNS)).name
    (tmp_path / "CURRENT").write_bytes(b"\xff\x00")
    with pytest.raises(DamagedIndex, match="documents rollback"):
        open_generation(tmp_path)
    assert generations.roll_back(tmp_path).name == name


def test_one_bad_spot_on_the_disk_never_spoils_two_generations(tmp_path):
    first = commit(tmp_path, faq("ja.csv", RETURNS))
    second = commit(tmp_path, faq("en.csv", HOURS))
    for file in second.manifest.files:
        path = second.place / file
        path.write_bytes(b"spoilt")
        with pytest.raises(DamagedIndex):
            open_generation(tmp_path)
        assert generations.check(tmp_path, first.name)


def test_what_a_dead_writer_left_just_before_its_last_step_is_neither_gone_back_to_nor_kept(tmp_path, monkeypatch):
    first = commit(tmp_path, faq("ja.csv", RETURNS))
    with monkeypatch.context() as patched:
        patched.setattr(generations, "point_to", lambda data, name: None)
        commit(tmp_path, faq("en.csv", HOURS))
    assert len(generations.history(tmp_path)) == 2
    second = commit(tmp_path, faq("more.csv", HOURS))
    assert generations.history(tmp_path) == [second.name, first.name]


def test_a_clock_that_is_put_back_does_not_put_the_new_before_the_old(tmp_path, monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, 1, tzinfo=UTC)

    first = commit(tmp_path, faq("ja.csv", RETURNS))
    monkeypatch.setattr(generations, "datetime", Earlier)
    Earlier.strptime = datetime.strptime
    second = commit(tmp_path, faq("en.csv", HOURS))
    assert generations.history(tmp_path) == [second.name, first.name]
    assert generations.roll_back(tmp_path).name == first.name


CANARY = "カナリアzyxwvut"
TERM = b"zyxwvut"


def holding(data: Path, wanted: bytes) -> list[str]:
    return [path.name for path in sorted(data.rglob("*")) if path.is_file() and wanted in content(path)]


def content(path: Path) -> bytes:
    """A file's bytes; the lines of passages unpacked."""
    if path.name != NAME:
        return path.read_bytes()
    packed = Texts(path.parent)
    return b"\n".join(packed.lines(0, len(packed)))


def words(place: Path) -> set[tuple[str, bytes]]:
    """Every file of the lexical index but those that name the others: Tantivy packs terms, so none can be grepped."""
    files = (path for path in (place / "lexical").iterdir() if path.suffix not in (".json", ".del"))
    return {(path.suffix, path.read_bytes()) for path in files}


def test_after_compaction_no_byte_of_a_removed_document_is_left_in_what_serves(tmp_path):
    entry = faq("secret.csv", {f"{CANARY}とは": f"それは{CANARY}です。"})
    first = commit(tmp_path, entry, faq("en.csv", HOURS))
    cells, _ = Ranges(*np.load(first.place / "ranges-ja.npy")).encode(entry.vectors)
    vector = cells[0].tobytes()
    assert {"passages.bin", "dense-ja.faiss"} <= set(holding(first.place, TERM) + holding(first.place, vector))
    removed = commit(tmp_path, removed={document_id("secret.csv")})
    assert removed.deleted == 1
    clean = words(commit(tmp_path / "never-held-it", faq("en.csv", HOURS)).place)
    assert words(removed.place) != clean, "the lexical index drops words at once: there is nothing to compact"
    committing.compact(tmp_path, ANALYZER, removed)
    compacted = open_generation(tmp_path)
    assert compacted.deleted == 0
    assert words(compacted.place) == clean
    packed = bytes(first._texts.blocks(0, 1)[0])
    for wanted in (packed, TERM, "カナリア".encode(), b"secret.csv", document_id("secret.csv").encode(), vector):
        assert holding(compacted.place, wanted) == []
    assert [compacted.passage(row).text for row in range(2)] == list(HOURS.values())
    assert len(compacted.lexical.search("weekdays", 5)[0])
    assert holding(tmp_path, TERM), "the older generations are there to go back to"
    generations.forget(tmp_path)
    assert holding(tmp_path, TERM) == []
    assert best_key(compacted) == best_key(commit(tmp_path, faq("ja.csv", RETURNS)))


def best_key(generation: Generation) -> int:
    return int(generation.lexical.search("weekdays", 1)[0][0])


def test_what_was_committed_alone_is_gone_from_the_words_without_compaction(tmp_path, monkeypatch):
    commit(tmp_path, faq("secret.csv", {f"{CANARY}とは": f"それは{CANARY}です。"}))
    commit(tmp_path, faq("en.csv", HOURS))
    removed = commit(tmp_path, removed={document_id("secret.csv")})
    assert removed.deleted == 0
    first = int(removed.keys.min())
    monkeypatch.setattr(committing, "_next_key", lambda _: first)  # how many came before is all that can be seen
    assert words(removed.place) == words(commit(tmp_path / "never-held-it", faq("en.csv", HOURS)).place)


def test_the_words_of_a_replaced_document_are_compacted_too(tmp_path):
    commit(tmp_path, faq("en.csv", HOURS), faq("ja.csv", {"質問": f"{CANARY}です。"}))
    changed = commit(tmp_path, faq("ja.csv", RETURNS))
    assert changed.deleted == 1
    committing.compact(tmp_path, ANALYZER, changed)
    compacted = open_generation(tmp_path)
    assert words(compacted.place) == words(
        commit(tmp_path / "other", faq("en.csv", HOURS), faq("ja.csv", RETURNS)).place
    )
    assert holding(compacted.place, TERM) == []


def test_a_reader_that_meets_a_removed_generation_takes_the_one_that_serves_by_now(tmp_path, monkeypatch):
    commit(tmp_path, faq("ja.csv", RETURNS))
    check = generations.check

    def slow(data: Path, name: str) -> generations.Manifest:
        monkeypatch.setattr(generations, "check", check)
        commit(data, faq("en.csv", HOURS))
        generations.forget(data)
        return check(data, name)

    monkeypatch.setattr(generations, "check", slow)
    assert len(open_generation(tmp_path).documents) == 2


def test_a_backup_made_while_commits_go_on_is_a_whole_knowledge_base(tmp_path):
    data, ended = tmp_path / "data", threading.Event()
    commit(data, faq("0.csv", HOURS))

    def keep_committing() -> None:
        for number in range(1, 1000):
            if ended.is_set():
                return
            with generations.writing(data, wait_s=30):
                base = open_generation(data)
                changes = committing.Changes([faq(f"{number}.csv", HOURS)])
                committing.commit(data, changes, EMBEDDER, ANALYZER, base)
            time.sleep(0.1)  # seconds: twice what a waiting process sleeps between two looks at the lock

    writer = threading.Thread(target=keep_committing)
    writer.start()
    try:
        for number in range(5):
            with generations.writing(data, wait_s=30):
                generations.back_up(data, tmp_path / f"backup-{number}")
            time.sleep(0.2)  # seconds, in which some commits are made
    finally:
        ended.set()
        writer.join()
    held = []
    for number in range(5):
        restored = open_generation(tmp_path / f"backup-{number}")
        held.append(len(restored.documents))
        assert set(restored.documents) == {document_id(f"{i}.csv") for i in range(len(restored.documents))}
        assert len(restored.lexical) == len(restored.dense) == 2 * len(restored.documents)
    assert held == sorted(held)
    assert held[-1] > held[0], "no commit was made meanwhile"
    assert len(commit(tmp_path / "backup-0", faq("ja.csv", RETURNS)).documents) == held[0] + 1


def test_a_backup_never_goes_into_a_folder_that_holds_something(tmp_path):
    commit(tmp_path / "data", faq("ja.csv", RETURNS))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/diary.txt").write_text("private")
    with pytest.raises(Occupied, match="not empty"):
        generations.back_up(tmp_path / "data", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["diary.txt"]


def test_nothing_is_taken_out_of_a_folder_that_cannot_be_looked_into(tmp_path, monkeypatch):
    commit(tmp_path / "data", faq("ja.csv", RETURNS))
    commit(tmp_path / "mine", faq("en.csv", HOURS))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", lambda path: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        with pytest.raises(CannotWrite, match="Permission denied"):
            generations.back_up(tmp_path / "data", tmp_path / "mine")
    assert len(open_generation(tmp_path / "mine")) == len(HOURS)


def test_a_backup_that_fails_can_be_made_again(tmp_path, monkeypatch):
    commit(tmp_path / "data", faq("ja.csv", RETURNS))

    def full_disk(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(generations, "_make_durable", full_disk)
        with pytest.raises(CannotWrite, match="No space left"):
            generations.back_up(tmp_path / "data", tmp_path / "backup")
    assert generations.current(tmp_path / "backup") is None
    generations.back_up(tmp_path / "data", tmp_path / "backup")
    assert len(open_generation(tmp_path / "backup")) == 2


def test_a_damaged_generation_is_not_backed_up(tmp_path):
    generation = commit(tmp_path / "data", faq("ja.csv", RETURNS))
    damage(tmp_path / "data", generation.name, "keys.npy")
    with pytest.raises(DamagedIndex, match=r"keys\.npy"):
        generations.back_up(tmp_path / "data", tmp_path / "backup")


def test_a_reader_follows_a_rollback(tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", -math.inf)
    commit(tmp_path, faq("ja.csv", RETURNS))
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    commit(tmp_path, faq("en.csv", HOURS))
    assert len(live.generation.documents) == 2
    generations.roll_back(tmp_path)
    assert len(live.generation.documents) == 1


def test_a_reader_is_well_again_after_going_back_from_a_damaged_generation(tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", -math.inf)
    commit(tmp_path, faq("ja.csv", RETURNS))
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    assert live.ready() is None
    damage(tmp_path, commit(tmp_path, faq("en.csv", HOURS)).name)
    assert "documents rollback" in str(live.ready())
    generations.roll_back(tmp_path)
    assert live.ready() is None


def test_a_generation_that_could_not_be_opened_is_tried_again_later(tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", -math.inf)
    commit(tmp_path, faq("ja.csv", RETURNS))
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    assert live.ready() is None
    second = commit(tmp_path, faq("en.csv", HOURS)).name
    damage(tmp_path, second)
    assert live.ready()
    damage(tmp_path, second)  # the same bit again: it is whole
    assert live.ready(), "every look would read the whole index"
    monkeypatch.setattr("knowledge.searching.live.RETRY_S", 0.0)
    assert live.ready() is None
    assert len(live.generation.documents) == 2


def test_a_folder_that_cannot_be_written_can_be_read(tmp_path):
    lock = commit(tmp_path, faq("ja.csv", RETURNS)).place / "lexical/.tantivy-meta.lock"
    lock.unlink()
    lock.mkdir()  # where Tantivy makes a file, even in order to read
    generation = open_generation(tmp_path)
    assert len(generation.lexical.search("返品", 5)[0]) == 1
    with generations.writing(tmp_path):
        generations.back_up(tmp_path, tmp_path / "backup")
    assert len(commit(tmp_path, faq("en.csv", HOURS)).lexical) == 4


def test_an_index_of_an_earlier_format_is_refused_with_the_way_on(tmp_path):
    path = commit(tmp_path, faq("ja.csv", RETURNS)).place / "manifest.json"
    path.write_text(path.read_text("utf-8").replace(f'"format": {generations.FORMAT}', '"format": 1'), "utf-8")
    with pytest.raises(DamagedIndex, match=r"format 1; .*ingest --rebuild"):
        open_generation(tmp_path)


def later(data: Path, name: str) -> None:
    """Make of a generation what a version to come might write."""
    path = generations.folder(data, name) / "manifest.json"
    told = json.loads(path.read_text("utf-8")) | {"format": generations.FORMAT + 1, "more": ["than we know"]}
    path.write_text(json.dumps(told), "utf-8")


def test_who_goes_back_to_this_version_is_told_the_way_to_what_it_reads(tmp_path):
    first = commit(tmp_path, faq("ja.csv", RETURNS)).name
    later(tmp_path, commit(tmp_path, faq("en.csv", HOURS)).name)
    with pytest.raises(OtherFormat, match=r"later version.*documents rollback"):
        open_generation(tmp_path)
    with generations.writing(tmp_path):
        assert generations.roll_back(tmp_path).name == first
    assert len(open_generation(tmp_path).documents) == 1


def test_a_service_goes_on_and_stays_ready_when_a_later_version_has_committed(tmp_path, monkeypatch):
    """Services are upgraded one after another: those that are not yet must not be taken out, all at once."""
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", -math.inf)
    first = commit(tmp_path, faq("ja.csv", RETURNS)).name
    live = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER)
    assert live.ready() is None
    later(tmp_path, commit(tmp_path, faq("en.csv", HOURS)).name)
    assert live.ready() is None
    assert live.generation.name == first


def test_an_index_that_has_the_words_of_the_text_once_more_is_read_and_gone_on_with(tmp_path, monkeypatch):
    schema = lexical._schema

    def earlier():
        with monkeypatch.context() as patched:
            patched.setattr(lexical, "FIELDS", {**lexical.FIELDS, "body": 1.0})
            return schema()

    with monkeypatch.context() as patched:
        patched.setattr(lexical, "_schema", earlier)
        patched.setattr(generations, "FORMAT", 4)
        assert commit(tmp_path, faq("ja.csv", RETURNS)).manifest.format == 4
    generation = commit(tmp_path, faq("en.csv", HOURS))
    assert generation.manifest.format == generations.FORMAT
    for word in ("返品", "weekdays"):
        assert len(generation.lexical.search(word, 5)[0]) == 1
    assert '"body"' in (generation.place / "lexical/meta.json").read_text("utf-8")
    with generations.writing(tmp_path):
        committing.compact(tmp_path, ANALYZER, generation)
    compacted = open_generation(tmp_path)
    assert '"body"' not in (compacted.place / "lexical/meta.json").read_text("utf-8")
    assert len(compacted.lexical.search("weekdays", 5)[0]) == 1


def test_texts_that_were_packed_without_the_primer_are_read_and_carried_on(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(texts, "_primed", lambda: None)
        patched.setattr(generations, "FORMAT", 5)
        earlier = commit(tmp_path, faq("ja.csv", RETURNS))
        lines = earlier._texts.lines(0, 2)
    assert open_generation(tmp_path)._texts.lines(0, 2) == lines
    generation = commit(tmp_path, faq("en.csv", HOURS))
    assert generation.manifest.format == generations.FORMAT
    assert generation._texts.lines(0, 2) == lines
    assert {passage.text for row in range(4) for passage in [generation.passage(row)]} == {
        *RETURNS.values(),
        *HOURS.values(),
    }
    assert len(generation._texts.blocks(2, 2)[0]) < len(b"".join(generation._texts.lines(2, 2))) / 2


def five_bits(ranges: Ranges, vectors: Vectors, kept_as: str) -> tuple[Codes, Codes]:
    """Vectors as they were encoded up to format 6: a half of its own for each number."""
    assert kept_as == EIGHTS, "it stands in for what is written now"
    used = ranges.used
    places = (vectors[:, used] - ranges.lowest[used]) / ranges.step[used]
    cells = np.clip(np.floor(places), 0, 15).astype(np.uint8)
    whole = np.zeros((len(cells), 2 * ((len(used) + 1) // 2)), np.uint8)
    whole[:, : len(used)] = cells
    lower, upper = np.split(whole, 2, axis=1)
    return lower | (upper << 4), np.packbits(places - cells >= 0.5, axis=1, bitorder="little")


def in_pairs(ranges: Ranges, vectors: Vectors, _: str, encode: Encode = Ranges.encode) -> tuple[Codes, Codes]:
    """Vectors as they were encoded in format 7: a half for two numbers."""
    return encode(ranges, vectors, PAIRS)


def commit_earlier(data: Path, entry: Entry, form: int, encode: Encode, kept_as: str) -> Generation:
    """An index of an earlier format, and with vectors as they were kept then."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ranges, "encode", encode)
        patched.setattr(Part, "build", partial(Part.build, kept_as=kept_as))
        patched.setattr(generations, "FORMAT", form)
        commit(data, entry)
    earlier = open_generation(data)
    assert (earlier.manifest.format, (earlier.place / f"{kept_as}-ja.npy").exists()) == (form, True)
    return earlier


def test_vectors_with_a_fifth_bit_for_each_number_are_read_and_gone_on_with(tmp_path):
    entry = faq("ja.csv", RETURNS)
    earlier = commit_earlier(tmp_path, entry, 6, five_bits, SINGLE)
    rows = np.arange(2)
    assert np.vecdot(earlier.dense.vectors(rows), entry.vectors).min() > 0.998
    generation = commit(tmp_path, faq("en.csv", HOURS))
    assert generation.manifest.format == generations.FORMAT
    assert sorted(path.name for path in generation.place.glob("*-ja.npy")) == ["eights-ja.npy", "ranges-ja.npy"]
    assert np.vecdot(generation.dense.vectors(rows), entry.vectors).min() > 0.996
    assert set(commit(tmp_path, removed={document_id("en.csv")}).dense.near(entry.vectors[0], 2).tolist()) == {0, 1}


def test_vectors_with_a_bit_for_two_numbers_stay_as_they_are_and_new_ones_are_kept_so_beside_them(tmp_path):
    entry = faq("ja.csv", RETURNS)
    earlier = commit_earlier(tmp_path, entry, 7, in_pairs, PAIRS)
    rows = np.arange(2)
    stored = earlier.dense.vectors(rows)
    assert np.vecdot(stored, entry.vectors).min() > 0.996
    again = faq("more.csv", RETURNS)
    generation = commit(tmp_path, faq("en.csv", HOURS), again)
    assert generation.manifest.format == generations.FORMAT
    kept = sorted(path.name for path in generation.place.glob("*-??.npy"))
    assert kept == ["eights-en.npy", "ranges-en.npy", "ranges-ja.npy", "shared-ja.npy"]
    assert (generation.dense.vectors(rows) == stored).all()
    assert np.vecdot(generation.dense.vectors(generation.rows(again.document.id)), again.vectors).min() > 0.99


def test_the_primer_is_the_one_that_texts_were_packed_by():
    assert hashlib.sha256(primer.PRIMER).hexdigest()[:16] == "d48c9bed701e4c71"


def test_keys_are_counted_beside_those_of_earlier_versions_and_never_given_twice(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(committing, "_next_key", lambda _: (1 << 62) + 5)
        commit(tmp_path, faq("old.csv", RETURNS))
    commit(tmp_path, faq("ja.csv", RETURNS))
    generation = commit(tmp_path, faq("en.csv", HOURS))
    assert generation.keys.max() > 1 << 62, "the old ones stay"
    assert sorted(generation.keys)[: len(generation) - 2] == list(range(len(generation) - 2))
    for _ in range(3):  # the highest goes and comes again
        generation = commit(tmp_path, faq("en.csv", HOURS), removed={document_id("old.csv")})
        assert len(set(generation.keys.tolist())) == len(generation) == len(generation.lexical)
        assert len(generation.by_words("weekdays", 5)[0]) == 1
    with generations.writing(tmp_path):
        committing.compact(tmp_path, ANALYZER, generation)
    compacted = open_generation(tmp_path)
    assert compacted.keys.tolist() == list(range(len(compacted)))
    for question in ("返品", "weekdays"):
        before, after = (each.by_words(question, 5)[0] for each in (generation, compacted))
        assert [generation.passage(row).id for row in before] == [compacted.passage(row).id for row in after]
    assert np.load(compacted.place / "keys.npy").dtype == np.uint8
