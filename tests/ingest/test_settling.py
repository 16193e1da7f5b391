"""Support logs: the same is folded with a count, what contradicts a FAQ yields to it, and nothing is stale."""

from __future__ import annotations

import json

import desks
import pytest
from desks import ANALYZER

from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.store import Generation
from knowledge.passages import Passage
from knowledge.searching import retrieval
from knowledge.settings import KnowledgeSettings

ASKED = "加湿器から白い粉が出ます。"
SOLVED = "水道水のミネラルが固まったもので、体に害はありません。クエン酸で洗ってください。"
SOLVED_TOO = "水道水のミネラルが固まったもので、体に害はございません。クエン酸で洗ってください。"
RETURNS = "質問,回答\n開封した商品は返品できますか,開封された商品の返品は承っておりません。\n"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(KnowledgeSettings())


class Desk(desks.Desk):
    """One of logs and FAQs."""

    def log(self, name: str, *talks: tuple[str, str, str]) -> None:
        """Write a log of (conversation, problem, solution)."""
        lines = [
            {
                "conversation_id": talk,
                "status": "resolved",
                "turns": [{"role": "customer", "text": asked}, {"role": "agent", "text": solved}],
            }
            for talk, asked, solved in talks
        ]
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        self.write(name, text)

    @property
    def passages(self) -> list[Passage]:
        generation = self.generation
        return [generation.passage(row) for row in range(len(generation))]

    def found(self, question: str) -> list[Passage]:
        return [hit.passage for hit in retrieval.search(self.generation, self.embedder, question, 10).hits]

    def remove(self, source: str) -> None:
        (name,) = (each.id for each in self.generation.documents.values() if each.source == source)
        self.pipeline.remove([name])


@pytest.fixture
def desk(tmp_path, embedder):
    return Desk(tmp_path, embedder)


def test_conversations_that_say_the_same_are_one_passage_with_a_count_and_links(desk):
    desk.log("may.jsonl", ("c1", ASKED, SOLVED), ("c2", "加湿器から白い粉のようなものが出ます。", SOLVED_TOO))
    desk.log("june.jsonl", ("c3", "加湿器から白い粉が出るんですが", SOLVED))
    report = desk.ingest()
    assert report.folded == 2
    (passage,) = desk.passages
    assert (passage.source, passage.anchor, passage.conversations) == ("june.jsonl", "c3", 3)
    assert passage.alike == ("may.jsonl#c1", "may.jsonl#c2")
    assert [each.id for each in desk.found(ASKED)] == [passage.id]


def test_what_comes_later_folds_into_what_is_indexed_and_costs_no_second_reading(desk):
    desk.log("may.jsonl", ("c1", ASKED, SOLVED))
    desk.ingest()
    first = desk.passages[0].id
    desk.log("april.jsonl", ("c0", ASKED, SOLVED_TOO))
    report = desk.ingest()
    assert (report.folded, report.added, report.unchanged) == (1, ["april.jsonl"], 1)
    assert [(each.id, each.conversations) for each in desk.passages] == [(first, 2)]
    again = desk.ingest()
    assert (again.unchanged, again.embedded, again.generation) == (2, 0, report.generation)


@pytest.mark.parametrize(
    "other",
    [
        (ASKED, "水道水のミネラルが固まったもので、体に害はありません。3日おきにクエン酸で洗ってください。"),
        ("加湿器から黒い粉が出ます。", "カビの恐れがありますので、お使いにならずにお送りください。点検いたします。"),
    ],
)
def test_what_differs_in_a_number_or_in_the_solution_stays(desk, other):
    desk.log("may.jsonl", ("c1", ASKED, SOLVED), ("c2", *other))
    assert desk.ingest().folded == 0
    assert [each.conversations for each in desk.passages] == [None, None]


def test_when_the_file_of_the_representative_goes_the_others_come_back(desk):
    desk.log("a.jsonl", ("c1", ASKED, SOLVED))
    desk.log("b.jsonl", ("c2", ASKED, SOLVED_TOO), ("c3", ASKED, SOLVED))
    desk.ingest()
    assert [(each.source, each.conversations) for each in desk.passages] == [("a.jsonl", 3)]
    assert desk.generation.documents[desk.passages[0].document_id].passages == 1
    desk.remove("a.jsonl")
    (passage,) = desk.passages
    assert (passage.source, passage.anchor, passage.conversations) == ("b.jsonl", "c2", 2)
    assert passage.alike == ("b.jsonl#c3",)
    assert [each.id for each in desk.found(ASKED)] == [passage.id]
    desk.remove("b.jsonl")
    assert desk.passages == []


def test_when_a_folded_conversation_goes_the_count_falls(desk):
    desk.log("a.jsonl", ("c1", ASKED, SOLVED))
    desk.log("b.jsonl", ("c2", ASKED, SOLVED_TOO))
    desk.ingest()
    (desk.files / "b.jsonl").unlink()
    desk.ingest(prune=True)
    assert [(each.anchor, each.conversations, each.alike) for each in desk.passages] == [("c1", None, ())]


def test_a_log_that_grew_keeps_its_representatives_and_embeds_only_what_is_new(desk):
    desk.log("a.jsonl", ("c1", ASKED, SOLVED), ("c2", ASKED, SOLVED_TOO))
    desk.ingest()
    before = desk.passages[0].id
    sound = ("c4", "炊飯器の操作音を消したいです。", "メニューボタンを長押ししていただくと操作音が消えます。")
    desk.log("a.jsonl", ("c1", ASKED, SOLVED), ("c2", ASKED, SOLVED_TOO), ("c3", ASKED, SOLVED), sound)
    report = desk.ingest()
    assert report.embedded == 2
    assert [(each.anchor, each.conversations) for each in desk.passages] == [("c1", 3), ("c4", None)]
    assert desk.passages[0].id == before


def test_conversations_of_two_collections_do_not_speak_for_one_another(desk):
    desk.log("a.jsonl", ("c1", ASKED, SOLVED))
    desk.ingest()
    assert desk.ingest(collection="partners").folded == 0
    assert len(desk.passages) == 2


def test_a_faq_wins_over_a_log_that_contradicts_it_and_both_places_are_told(desk):
    desk.write("faq.csv", RETURNS)
    desk.log("a.jsonl", ("c1", "開封した商品を返品できますか。", "はい、開封後でも未使用でしたら返品いただけます。"))
    report = desk.ingest()
    (conflict,) = report.conflicts
    assert (conflict.log, conflict.faq) == ("a.jsonl#c1", "faq.csv#2")
    assert conflict.why == "one says no, the other yes"
    assert [each.kind for each in desk.found("開封した商品を返品できますか")] == ["faq"]
    assert desk.ingest().conflicts == []


def test_a_faq_that_comes_later_overrules_logs_and_gives_them_back_when_it_goes(desk):
    desk.log("a.jsonl", ("c1", "開封した商品を返品できますか。", "はい、開封後でも未使用でしたら返品いただけます。"))
    desk.ingest()
    assert [each.kind for each in desk.passages] == ["log"]
    desk.write("faq.csv", RETURNS)
    report = desk.ingest()
    assert len(report.conflicts) == 1
    assert [each.kind for each in desk.passages] == ["faq"]
    desk.remove("faq.csv")
    assert [(each.kind, each.anchor) for each in desk.passages] == [("log", "c1")]


def test_a_faq_that_is_corrected_gives_the_log_back(desk):
    desk.log("a.jsonl", ("c1", "開封した商品を返品できますか。", "はい、開封後でも未使用でしたら返品いただけます。"))
    desk.write("faq.csv", RETURNS)
    desk.ingest()
    desk.write("faq.csv", "質問,回答\n開封した商品は返品できますか,はい、未使用でしたら返品できます。\n")
    assert desk.ingest().conflicts == []
    assert sorted(each.kind for each in desk.passages) == ["faq", "log"]


def test_a_rebuild_settles_everything_anew(desk):
    desk.log("a.jsonl", ("c1", ASKED, SOLVED))
    desk.log("b.jsonl", ("c2", ASKED, SOLVED_TOO))
    desk.ingest()
    (desk.files / "b.jsonl").rename(desk.files.parent / "elsewhere.jsonl")  # so that it is taken over, not read
    desk.ingest(rebuild=True)
    assert [(each.source, each.conversations) for each in desk.passages] == [("a.jsonl", 2)]


def test_compaction_and_backup_keep_what_is_held(desk, tmp_path):
    from knowledge.index import committing, generations

    desk.log("a.jsonl", ("c1", ASKED, SOLVED), ("c2", ASKED, SOLVED_TOO))
    desk.ingest()
    with generations.writing(desk.settings.data):
        committing.compact(desk.settings.data, ANALYZER, desk.generation)
        generations.back_up(desk.settings.data, tmp_path / "backup")
    copied = Generation.open(tmp_path / "backup", ANALYZER)
    assert [aside.passage.anchor for held in copied.asides().values() for aside in held] == ["c2"]


def test_files_with_the_same_content_are_told(desk):
    desk.write("faq.csv", RETURNS)
    desk.write("copy.csv", RETURNS)
    assert desk.ingest().copies == [("faq.csv", "copy.csv")]


def test_an_old_copy_of_a_faq_that_says_otherwise_is_told_and_both_are_searched(desk):
    desk.write("old.csv", "質問,回答\nコンビニ払いの期限は？,ご注文から7日以内です。\n海外に送れますか,いいえ。\n")
    desk.ingest()
    desk.write("new.csv", "質問,回答\n海外に送れますか？,いいえ。\nコンビニ払いの期限は,ご注文から5日以内です。\n")
    report = desk.ingest()
    ((source, what),) = report.warnings
    assert source == "new.csv"
    assert "コンビニ払いの期限は" in what
    assert "old.csv#2" in what
    assert len(desk.passages) == 4


def test_faqs_for_others_may_say_otherwise(desk):
    header = "質問,回答,対象\nコンビニ払いの期限は,"
    desk.write("shops.csv", f"{header}ご注文から7日以内です。,法人\n")
    desk.write("all.csv", f"{header}ご注文から5日以内です。,個人\n")
    assert desk.ingest().warnings == []


def faq(*rows: tuple[str, str, str]) -> str:
    """A table of (question, answer, day)."""
    return "質問,回答,更新日\n" + "".join(f"{asked},{told},{day}\n" for asked, told, day in rows)


LIMIT = "返品はいつまでできますか"
OLD, NEW = "商品の到着から14日以内です。", "商品の到着から30日以内です。"


def test_of_two_dated_faqs_that_answer_otherwise_the_newer_is_searched_and_both_days_are_told(desk):
    desk.write("faq_2022.csv", faq((LIMIT, OLD, "2022-04-01"), ("送料は?", "550円です。", "2022-04-01")))
    desk.ingest()
    desk.write("faq_2024.csv", faq((LIMIT, NEW, "2024-04-01")))
    report = desk.ingest()
    (told,) = report.outdated
    assert (told.older, told.of, told.newer, told.since) == (
        "faq_2022.csv#2",
        "2022-04-01",
        "faq_2024.csv#2",
        "2024-04-01",
    )
    assert told.why == "at most 30 day against at most 14 day"
    assert report.warnings == []
    assert [each.text for each in desk.found(LIMIT) if each.question == LIMIT] == [NEW]
    assert len(desk.passages) == 2
    assert desk.ingest().outdated == []


def test_in_whatever_order_they_come(desk):
    desk.write("faq_2024.csv", faq((LIMIT, NEW, "2024-04-01")))
    desk.ingest()
    desk.write("faq_2022.csv", faq((LIMIT, OLD, "2022-04-01")))
    assert [each.older for each in desk.ingest().outdated] == ["faq_2022.csv#2"]
    assert [each.text for each in desk.passages] == [NEW]


@pytest.mark.parametrize(("first", "second"), [("", ""), ("2022-04-01", ""), ("2022-04-01", "2022-04-01")])
def test_without_two_days_that_differ_both_are_searched_and_reported(desk, first, second):
    desk.write("faq_a.csv", faq((LIMIT, OLD, first)))
    desk.write("faq_b.csv", faq((LIMIT, NEW, second)))
    report = desk.ingest()
    assert report.outdated == []
    assert len(report.warnings) == 1
    assert len(desk.passages) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shibuya.csv", "shinjuku.csv"),
        ("branches/渋谷店/faq.csv", "branches/新宿店/faq.csv"),
        ("manual_7.csv", "manual_8.csv"),
        ("faq.csv", "faq_business.csv"),
    ],
)
def test_faqs_of_two_things_both_stand_however_new(desk, one, other):
    for name, text, day in ((one, OLD, "2022-04-01"), (other, NEW, "2024-04-01")):
        desk.write(name, faq((LIMIT, text, day)))
    report = desk.ingest()
    assert report.outdated == []
    assert "2022-04-01" in report.warnings[0][1]
    assert len(desk.passages) == 2


def test_a_copy_for_others_or_with_other_days_of_validity_stands(desk):
    header = "質問,回答,更新日,対象,有効期限\n"
    rows = {
        "faq_2022.csv": f"{LIMIT},{OLD},2022-04-01,,2030-03-31\n送料は?,550円です。,2022-04-01,個人,\n",
        "faq_2024.csv": f"{LIMIT},{NEW},2024-04-01,,\n送料は?,660円です。,2024-04-01,法人,\n",
    }
    for name, text in rows.items():
        desk.write(name, header + text)
    assert desk.ingest().outdated == []
    assert len(desk.passages) == 4


def test_when_the_newer_is_gone_the_older_is_back_at_its_place(desk):
    page = "---\nupdated: {}\n---\n# FAQ\n\n## 返品はいつまで?\n\n{}\n\n## 送料はいくら?\n\n{}\n"
    desk.write("old.md", page.format("2022-04-01", "14日以内です。", "全国一律です。"))
    desk.write("new.md", page.format("2024-04-01", "30日以内です。", "550円です。"))
    assert len(desk.ingest().outdated) == 1
    assert [each.text for each in desk.passages] == ["30日以内です。", "550円です。", "全国一律です。"]
    (old,) = (each for each in desk.generation.documents.values() if each.source == "old.md")
    assert old.passages == 1
    desk.remove("new.md")
    assert [each.text for each in desk.passages] == ["14日以内です。", "全国一律です。"]
    assert desk.found("返品はいつまで?")[0].text == "14日以内です。"


def test_of_three_each_yields_to_the_newest_and_the_next_is_back_when_that_is_gone(desk):
    for year, days in ((2022, 14), (2023, 20), (2024, 30)):
        desk.write(f"faq_{year}.csv", faq((LIMIT, f"商品の到着から{days}日以内です。", f"{year}-04-01")))
    assert sorted((each.older, each.newer) for each in desk.ingest().outdated) == [
        ("faq_2022.csv#2", "faq_2024.csv#2"),
        ("faq_2023.csv#2", "faq_2024.csv#2"),
    ]
    desk.remove("faq_2024.csv")
    assert [each.source for each in desk.passages] == ["faq_2023.csv"]


def test_a_newer_one_that_is_corrected_or_loses_its_day_gives_the_older_back(desk):
    desk.write("faq_2022.csv", faq((LIMIT, OLD, "2022-04-01")))
    desk.write("faq_2024.csv", faq((LIMIT, NEW, "2024-04-01")))
    desk.ingest()
    assert len(desk.passages) == 1
    desk.write("faq_2024.csv", faq((LIMIT, NEW, "")))
    assert len(desk.ingest().warnings) == 1
    assert len(desk.passages) == 2


def test_a_log_that_contradicts_what_is_out_of_date_only_is_searched_again(desk):
    desk.write("faq_2022.csv", faq((LIMIT, OLD, "2022-04-01")))
    desk.log("a.jsonl", ("c1", "返品はいつまでできますか。", "到着から30日以内でしたらお申し込みいただけます。"))
    assert len(desk.ingest().conflicts) == 1
    desk.write("faq_2024.csv", faq((LIMIT, NEW, "2024-04-01")))
    report = desk.ingest()
    assert (len(report.outdated), report.conflicts) == (1, [])
    assert sorted(each.source for each in desk.passages) == ["a.jsonl", "faq_2024.csv"]


TERMS = "---\nupdated: {day}\n---\n# Terms of sale\n\n## Returns\n\n{returns}\n\n## Shipping\n\nWe ship within Japan.\n"
RETURNED = "You can send back what you bought within {} days of delivery. We pay for the parcel."


def test_sections_of_two_versions_of_a_document_the_newer_is_searched(desk):
    desk.write("terms_2022.md", TERMS.format(day="2022-04-01", returns=RETURNED.format(14)))
    desk.write("terms_2024.md", TERMS.format(day="2024-04-01", returns=RETURNED.format(30)))
    (told,) = desk.ingest().outdated
    assert (told.question, told.older, told.newer) == ("Returns", "terms_2022.md#returns", "terms_2024.md#returns")
    assert [each.source for each in desk.passages if each.headings[-1] == "Returns"] == ["terms_2024.md"]
    assert len(desk.passages) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("# Kettle\n", "# Mill\n"),
        ("# Manual of the X-1\n", "# Manual of the X-2\n"),
        ("# Version 4\n", "# Version 5\n"),
    ],
)
def test_sections_of_documents_of_two_things_both_stand(desk, one, other):
    for name, title, day, count in (("a.md", one, "2022-04-01", 14), ("b.md", other, "2024-04-01", 30)):
        text = TERMS.format(day=day, returns=RETURNED.format(count)).replace("# Terms of sale\n", title, 1)
        desk.write(name, text)
    report = desk.ingest()
    assert (report.outdated, len(desk.passages)) == ([], 4)


@pytest.mark.parametrize(("shop", "other", "held"), [("渋谷店", "新宿店", 0), ("渋谷店", "渋谷店", 1)])
def test_pages_of_branches_that_name_them_in_their_text_alone_both_stand(desk, shop, other, held):
    for name, branch, until in ((2022, shop, 22), (2024, other, 23)):
        told = f"{branch}の営業時間は9時から{until}時までです。"
        desk.write(f"{name}/faq.csv", faq(("何時まで開いていますか", told, f"{name}-04-01")))
    report = desk.ingest()
    assert (len(report.outdated), len(desk.passages)) == (held, 2 - held)


def test_a_question_that_many_documents_answer_is_one_of_as_many_things(desk):
    for number in range(8):
        desk.write(
            f"faq_20{15 + number}.csv",
            faq((LIMIT, f"商品の到着から{number + 3}日以内です。", f"20{15 + number}-04-01")),
        )
    assert desk.ingest().outdated == []
    assert len(desk.passages) == 8
