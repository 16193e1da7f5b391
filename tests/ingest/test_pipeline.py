"""From files to a committed index: what is read is found, what is unchanged is free, one bad file stops nothing."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import desks
import pytest
from desks import ANALYZER
from embedders import FakeEmbedder

from ingest.passages.drafting import READING
from ingest.pipeline import WAITING, Order
from ingest.runs.report import Report
from knowledge.errors import Busy, ConfigError, DamagedIndex, WrongIndex
from knowledge.index.generations import ingesting, writing
from knowledge.searching import retrieval
from knowledge.searching.live import LiveKnowledge

FAQ = "質問,回答\n返品できますか,30日以内なら返品できます。\n送料はいくらですか,全国一律550円です。\n"


class Desk(desks.Desk):
    """One that tells what was embedded by its last run, and what it finds."""

    def ingest(self, *paths: Path, **order: object) -> Report:
        self.embedder.embedded.clear()
        return super().ingest(*paths, **order)

    def best(self, question: str) -> str:
        return retrieval.search(self.generation, self.embedder, question, 1).hits[0].passage.text


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_folder_of_several_formats_is_read_and_found(desk):
    desk.write("faq.csv", FAQ)
    desk.write("guide/shipping.md", "# Shipping\n\n## Abroad\n\nWe ship to Taiwan and Korea within 7 days.\n")
    desk.write(
        "guide/hours.html", "<html><body><main><h1>Hours</h1><p>Open from 9 to 18 on weekdays.</p></main></body></html>"
    )
    report = desk.ingest()
    assert report.exit_code == 0
    assert sorted(report.added) == ["faq.csv", "guide/hours.html", "guide/shipping.md"]
    assert desk.best("返品したい") == "30日以内なら返品できます。"
    assert "Taiwan" in desk.best("ship abroad to Taiwan")
    assert "9 to 18" in desk.best("opening hours weekdays")


def test_a_passage_knows_where_it_stands(desk):
    desk.write("faq.csv", "id,質問,回答,URL\nA1,返品できますか,はい。,https://shop.example.jp/returns\n")
    desk.ingest()
    passage = desk.generation.passage(0)
    assert (passage.source, passage.kind, passage.lang) == ("faq.csv", "faq", "ja")
    assert (passage.anchor, passage.row, passage.url) == ("A1", 2, "https://shop.example.jp/returns")


def test_reading_the_same_files_again_embeds_nothing_and_commits_nothing(desk):
    desk.write("faq.csv", FAQ)
    first = desk.ingest()
    second = desk.ingest()
    assert (second.unchanged, second.added, second.changed) == (1, [], [])
    assert desk.embedder.embedded == []
    assert second.generation == first.generation


def test_after_an_upgrade_it_is_said_why_files_are_read_that_have_not_changed(desk, monkeypatch):
    desk.write("faq.csv", FAQ)
    desk.write("hours.csv", "question,answer\nWhen are you open?,From 9 to 18.\n")
    desk.ingest()
    monkeypatch.setattr("ingest.looking.READING", READING + 2)
    desk.write("hours.csv", "question,answer\nWhen are you open?,From 9 to 17.\n")
    report = desk.ingest()
    assert sorted(report.changed) == ["faq.csv", "hours.csv"]
    assert [what for _, what in report.warnings if "without having changed" in what] == [
        "1 file read anew without having changed: this version of the program reads otherwise."
    ]
    assert desk.ingest().warnings == []


def test_a_changed_file_embeds_only_its_new_passages(desk):
    desk.write("faq.csv", FAQ)
    desk.ingest()
    desk.write("faq.csv", FAQ + "領収書はもらえますか,マイページから発行できます。\n")
    report = desk.ingest()
    assert report.changed == ["faq.csv"]
    assert (report.passages, report.embedded) == (3, 1)
    assert all("領収書" in text for text in desk.embedder.embedded)
    assert desk.best("領収書はもらえますか") == "マイページから発行できます。"
    assert desk.best("返品したい") == "30日以内なら返品できます。"


def test_a_bad_file_is_named_with_its_reason_and_the_rest_goes_on(desk):
    desk.write("faq.csv", FAQ)
    desk.write("empty.pdf", b"")
    desk.write("broken.pdf", b"%PDF-1.7 nothing more")
    desk.write("movie.mp4", b"\0\0\0\x18ftypmp42")
    report = desk.ingest()
    assert report.exit_code == 2
    reasons = {item.source: item.reason for item in report.quarantined}
    assert reasons == {"empty.pdf": "empty", "broken.pdf": "damaged", "movie.mp4": "unsupported"}
    assert all(item.message for item in report.quarantined)
    assert desk.best("返品したい") == "30日以内なら返品できます。"


def test_when_nothing_could_be_read_the_run_has_failed(desk):
    report = desk.ingest(desk.files / "nowhere")
    assert report.exit_code == 1
    assert "no file or folder" in report.quarantined[0].message


def test_a_file_that_became_unreadable_keeps_its_old_passages(desk):
    desk.write("faq.csv", FAQ)
    desk.ingest()
    desk.write("faq.csv", b"")
    report = desk.ingest()
    assert [item.source for item in report.quarantined] == ["faq.csv"]
    assert desk.best("返品したい") == "30日以内なら返品できます。"


def test_pruning_removes_documents_whose_files_are_gone(desk):
    desk.write("faq.csv", FAQ)
    desk.write("old.md", "# Old\n\nThe old shop closed in 2020.\n")
    desk.ingest()
    (desk.files / "old.md").unlink()
    assert desk.ingest().removed == []
    assert desk.ingest(desk.files, prune=True).removed == ["old.md"]
    assert [document.source for document in desk.generation.documents.values()] == ["faq.csv"]


def test_a_document_can_be_removed(desk):
    desk.write("faq.csv", FAQ)
    desk.write("old.md", "# Old\n\nThe old shop closed in 2020.\n")
    desk.ingest()
    (name,) = (document.id for document in desk.generation.documents.values() if document.source == "old.md")
    assert desk.pipeline.remove([name, "no-such-document"]) == ["old.md"]
    assert "closed" not in desk.best("The old shop closed in 2020")


def test_pruning_spares_what_is_under_a_folder_that_is_away(desk):
    desk.write("shop/faq.csv", FAQ)
    desk.write("alone.md", "# Alone\n\nA file that was named.\n")
    desk.ingest(desk.files / "shop", desk.files / "alone.md")
    (desk.files / "shop").rename(desk.files / "elsewhere")
    (desk.files / "alone.md").unlink()
    report = desk.ingest(desk.files / "shop", desk.files / "alone.md", prune=True)
    assert report.removed == ["alone.md"]
    assert desk.best("返品したい") == "30日以内なら返品できます。"


def test_a_document_can_be_removed_while_a_run_embeds(desk, monkeypatch):
    desk.write("old.md", "# Old\n\nThe old shop closed in 2020.\n")
    desk.ingest()
    (old,) = desk.generation.documents
    desk.write("faq.csv", FAQ)
    embed = desk.embedder.embed_passages

    def meanwhile(texts, progress=None):
        assert desk.pipeline.remove([old]) == ["old.md"]
        monkeypatch.undo()
        return embed(texts, progress)

    monkeypatch.setattr(desk.embedder, "embed_passages", meanwhile)
    report = desk.ingest()
    assert (report.added, report.unchanged, report.total_documents) == (["faq.csv"], 1, 1)
    assert [document.source for document in desk.generation.documents.values()] == ["faq.csv"]


def test_a_dry_run_reports_and_changes_nothing(desk):
    desk.write("faq.csv", FAQ)
    report = desk.ingest(dry_run=True)
    assert (report.added, report.passages) == (["faq.csv"], 2)
    assert desk.embedder.embedded == []
    assert not (desk.settings.data / "CURRENT").exists()


def test_two_files_of_one_name_are_told_apart_in_words(desk):
    one, other = desk.write("a/faq.csv", FAQ), desk.write("b/faq.csv", FAQ.replace("550", "770"))
    report = desk.ingest(one, other)
    assert report.added == ["faq.csv"]
    assert report.quarantined[0].reason == "same-name"
    assert "--collection" in report.quarantined[0].message
    desk.ingest(other, collection="b")
    assert len(desk.generation.documents) == 2


def test_a_file_of_the_same_name_from_elsewhere_replaces_with_a_warning(desk):
    desk.ingest(desk.write("a/faq.csv", FAQ))
    report = desk.ingest(desk.write("b/faq.csv", FAQ.replace("550", "770")))
    assert report.changed == ["faq.csv"]
    assert "earlier" in report.warnings[0][1]


def test_a_stopped_run_keeps_what_it_had_embedded(desk, monkeypatch):
    monkeypatch.setattr("ingest.preparing.EMBED_TOGETHER", 2)
    for number in range(4):
        desk.write(f"{number}.csv", FAQ.replace("返品", f"返品{number}"))
    embed, calls = desk.embedder.embed_passages, []

    def interrupted(texts, progress=None):
        calls.append(texts)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return embed(texts, progress)

    monkeypatch.setattr(desk.embedder, "embed_passages", interrupted)
    report = desk.ingest()
    assert report.stopped
    assert report.exit_code == 2
    assert len(report.added) == 2
    monkeypatch.undo()
    again = desk.ingest()
    assert (again.unchanged, len(again.added)) == (2, 2)


def test_while_another_process_writes_the_run_is_refused(desk):
    desk.write("faq.csv", FAQ)
    with writing(desk.settings.data), pytest.raises(Busy):
        desk.ingest()


def test_a_run_says_that_it_waits_for_another_and_then_goes_on(desk):
    desk.write("faq.csv", FAQ)
    told = Told()
    with ExitStack() as other:
        other.enter_context(ingesting(desk.settings.data))
        told.then = other.close  # the other one ends as soon as this one waits
        report = desk.pipeline.run(Order([desk.files]), told)
    assert len(report.added) == 1
    assert told.heard[:2] == [("stage", WAITING), ("advance", WAITING)]


def test_a_run_that_has_nobody_to_wait_for_says_nothing_of_waiting(desk):
    desk.write("faq.csv", FAQ)
    told = Told()
    desk.pipeline.run(Order([desk.files]), told)
    assert told.heard
    assert not [name for _, name in told.heard if name == WAITING]


class Told:
    """A progress that remembers what it was told, and does something when it is first told of a stage."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str | None]] = []
        self.then: Callable[[], None] = int

    def stage(self, name: str, total: int) -> None:
        self.heard.append(("stage", name))
        self.then()

    def advance(self, steps: int, stage: str | None = None) -> None:
        self.heard.append(("advance", stage))


def test_japanese_sentences_are_never_cut_in_two(desk):
    sentences = [f"第{number}章では、製品の安全な使い方と手入れの方法を順を追って説明します。" for number in range(60)]
    desk.write("manual.md", "# 取扱説明書\n\n" + "".join(sentences))
    desk.ingest()
    texts = [desk.generation.passage(row).text for row in range(len(desk.generation))]
    assert len(texts) > 3
    for text in texts:
        assert text.startswith("第"), text[:20]
        assert text.endswith("。"), text[-20:]


def test_a_language_tag_counts_by_its_language_and_nonsense_is_overlooked(desk):
    desk.write("a.jsonl", '{"id": "1", "title": "Wi-Fi", "text": "OK", "lang": "ja-JP"}\n')
    desk.write("b.jsonl", '{"id": "1", "title": "Hours", "text": "Open on weekdays.", "lang": "{{lang}}"}\n')
    desk.ingest()
    assert {document.source: document.lang for document in desk.generation.documents.values()} == {
        "a.jsonl": "ja",
        "b.jsonl": "en",
    }


LOG = (
    '{"conversation_id": "c1", "turns": [{"role": "customer", "text": '
    '"佐藤です。YK-123が届きません。090-0000-1234です"}, '
    '{"role": "agent", "text": "佐藤様、倉庫 03-0123-4567 に確認したところ、明日発送となります。"}]}'
)
RULES = 'keep = ["03-0123-4567"]\n[[pattern]]\nname = "orders"\nregex = "YK-[0-9]+"\nplaceholder = "ORDER"\n'


def told(desk):
    return "".join(f"{each.question}{each.text}" for each in map(desk.generation.passage, range(len(desk.generation))))


def test_personal_data_of_a_log_is_never_stored_and_is_counted(desk):
    desk.write("log.jsonl", LOG)
    report = desk.ingest()
    assert report.redacted == {"NAME": 2, "PHONE": 2}
    assert report.as_dict()["redacted"] == {"NAME": 2, "PHONE": 2}
    assert not any(piece in told(desk) for piece in ("佐藤", "090", "0123"))
    assert not any("佐藤" in text or "090" in text for text in desk.embedder.embedded)


def test_the_operators_rules_reach_the_readers_and_changing_them_reads_the_files_again(desk, tmp_path):
    desk.write("log.jsonl", LOG)
    desk.write("office.md", "# 窓口\n\n電話は03-0123-9999、担当は佐藤様です。\n")
    desk.ingest()
    assert "03-0123-9999" in told(desk)
    (tmp_path / "rules.toml").write_text(RULES + "[extra]\n", encoding="utf-8")
    desk.settings = desk.settings.model_copy(update={"redaction": tmp_path / "rules.toml"})
    with pytest.raises(ConfigError, match="extra"):
        desk.ingest()
    (tmp_path / "rules.toml").write_text("documents = true\n" + RULES, encoding="utf-8")
    report = desk.ingest()
    assert sorted(report.changed) == ["log.jsonl", "office.md"]
    assert report.redacted == {"NAME": 3, "PHONE": 2, "ORDER": 1}
    assert "[ORDER]が届きません" in told(desk)
    assert "03-0123-4567" in told(desk)
    assert "電話は[PHONE]、担当は[NAME]様です。" in told(desk)
    assert desk.ingest().unchanged == 2


def test_another_embedding_model_is_refused_and_a_rebuild_makes_a_new_generation_beside_the_old(desk, monkeypatch):
    monkeypatch.setattr("knowledge.searching.live.LOOK_EVERY_S", 0.0)
    desk.write("faq.csv", FAQ)
    desk.write("hours.md", "# Hours\n\nOpen from 9 to 18 on weekdays.\n")
    old = desk.ingest()
    reader = LiveKnowledge(desk.settings.data, desk.embedder, ANALYZER)
    assert reader.ready() is None
    desk.embedder = FakeEmbedder("another-model", dimensions=32)
    with pytest.raises(WrongIndex, match="madoguchi ingest --rebuild"):
        desk.ingest()
    assert reader.search("返品したい", 1).generation == old.generation
    new = desk.ingest(rebuild=True)
    assert (sorted(new.changed), new.unchanged, new.embedded) == (["faq.csv", "hours.md"], 0, 3)
    assert desk.generation.manifest.embedding == "another-model"
    assert len(desk.generation.dense) == len(desk.generation.lexical) == 3
    assert desk.best("返品したい") == "30日以内なら返品できます。"
    found = reader.search("返品したい", 1)
    assert (found.generation, found.hits[0].passage.text) == (old.generation, "30日以内なら返品できます。")
    assert reader.ready() is None, "a reader that answers must not be taken for one that is down"
    assert desk.ingest().unchanged == 2


def test_a_rebuild_loses_no_document_that_it_was_not_shown(desk):
    desk.ingest(desk.write("a/faq.csv", FAQ))
    hours = desk.write("b/hours.md", "# Hours\n\nOpen from 9 to 18 on weekdays.\n")
    desk.ingest(hours, collection="partners")
    desk.embedder = FakeEmbedder("another-model", dimensions=32)
    report = desk.ingest(hours, collection="partners", rebuild=True)
    assert (report.changed, report.total_documents, report.embedded) == (["hours.md"], 2, 3)
    assert "1 documents that were not read" in report.warnings[0][1]
    assert desk.best("返品したい") == "30日以内なら返品できます。"
    assert desk.ingest(desk.files / "a/faq.csv").changed == ["faq.csv"], (
        "what was taken over is cut anew when it is read"
    )


def test_a_rebuild_that_is_stopped_changes_nothing(desk, monkeypatch):
    monkeypatch.setattr("ingest.preparing.EMBED_TOGETHER", 2)
    for number in range(3):
        desk.write(f"{number}.csv", FAQ.replace("返品", f"返品{number}"))
    old = desk.ingest()
    desk.embedder = FakeEmbedder("another-model")
    embed, calls = desk.embedder.embed_passages, []

    def interrupted(texts, progress=None):
        calls.append(texts)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return embed(texts, progress)

    monkeypatch.setattr(desk.embedder, "embed_passages", interrupted)
    report = desk.ingest(rebuild=True)
    assert (report.stopped, report.changed, report.generation) == (True, [], old.generation)
    assert desk.generation.manifest.embedding == "fake-bigrams"


def test_a_damaged_index_refuses_to_be_added_to_but_can_be_rebuilt(desk):
    desk.write("faq.csv", FAQ)
    desk.ingest()
    (desk.generation.place / "keys.npy").write_bytes(b"spoilt")
    with pytest.raises(DamagedIndex, match="ingest --rebuild"):
        desk.ingest()
    report = desk.ingest(rebuild=True)
    assert report.added == ["faq.csv"]
    assert "Only what these paths hold" in report.warnings[0][1]
    assert desk.best("返品したい") == "30日以内なら返品できます。"
