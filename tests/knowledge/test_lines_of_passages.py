"""A passage that says many things is looked at line by line, with the real encoder and the real indexes."""

from pathlib import Path

import pytest

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.confidence import DOUBT, calibration
from knowledge.embedder import Embedder, Progress, Vectors
from knowledge.index import lines as lines_module
from knowledge.index.lines import COMPARED, MOST, split
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching import assurance, retrieval
from knowledge.settings import load

FEES = """# Fees of the town hall
| Service | Fee | Takes |
|---|---|---|
| Birth certificate | 12 pounds | 5 days |
| Residents' parking permit | 60 pounds a year | 3 days |
| Street party licence | free | 6 weeks |
| Skip permit | 55 pounds | 3 days |
| Garden waste bin | 45 pounds a year | 2 weeks |
| Pest control: wasps | 70 pounds | 3 days |
| Taxi driver's licence | 180 pounds | 8 weeks |
"""
RULES = """# 提出と成績
課題は毎週日曜日の23時59分までに提出してください。1日遅れるごとに10%減点します。3日を過ぎた提出は受け付けません。
成績は課題60%、期末試験40%で評価します。60点以上で合格です。
欠席が5回を超えると単位は認められません。
オフィスアワーは火曜と木曜の16:00～18:00、情報棟302です。
"""
HOURS = "# Opening hours\nThe town hall is open from nine to five.\n"


class Counting:
    """A real embedder that counts the texts of passages that it is asked for."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self.asked = embedder, 0
        self.fingerprint, self.dimensions = embedder.fingerprint, embedder.dimensions
        self.count_tokens = embedder.count_tokens
        self.embed_query = embedder.embed_query

    def embed_passages(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        self.asked += len(texts)
        return self._embedder.embed_passages(texts, progress)


@pytest.fixture
def knowledge(tmp_path: Path, embedder: Embedder) -> Generation:
    for name, text in (("fees", FEES), ("rules", RULES), ("hours", HOURS)):
        (tmp_path / f"{name}.md").write_text(text, "utf-8")
    (tmp_path / "faq.jsonl").write_text(
        '{"question": "Do you take cards?", "answer": "Yes.\\nWe take all cards.\\nCash is fine as well."}\n', "utf-8"
    )
    settings, analyzer = load(IngestSettings, data=tmp_path / "data"), Analyzer()
    Pipeline(settings, embedder, analyzer).run(Order([tmp_path]))
    return Generation.open(settings.data, analyzer, embedder.fingerprint)


def without_lines(found: retrieval.Found, embedder: Embedder) -> float:
    assert found.seen is not None
    return calibration(embedder.fingerprint, found.lang).confidence(found.seen)


@pytest.mark.parametrize("question", ["how long does a birth certificate take", "are street parties free"])
def test_a_question_about_one_row_of_a_table_is_answered(
    knowledge: Generation, embedder: Embedder, question: str
) -> None:
    found = retrieval.search(knowledge, embedder, question)
    assert found.hits[0].passage.source == "fees.md"
    assert without_lines(found, embedder) < 0.5 < found.confidence


def test_a_line_among_several_rules_makes_the_search_surer(knowledge: Generation, embedder: Embedder) -> None:
    found = retrieval.search(knowledge, embedder, "オフィスアワーは何曜日？")
    assert "オフィスアワー" in found.hits[0].passage.text
    assert without_lines(found, embedder) < found.confidence


def test_what_no_line_says_is_refused(knowledge: Generation, embedder: Embedder) -> None:
    found = retrieval.search(knowledge, embedder, "what is the capital of Mongolia")
    assert found.confidence < 0.5


def test_lines_are_embedded_in_doubt_alone_and_once(
    knowledge: Generation, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assurance, "few_calibration", lambda *_: None)  # as where there are more passages
    counting = Counting(embedder)
    sure = retrieval.search(knowledge, counting, "Do you take cards?")
    assert sure.confidence > DOUBT[1]
    assert counting.asked == 0
    doubtful = retrieval.search(knowledge, counting, "are street parties free")
    assert counting.asked == 1
    again = retrieval.search(knowledge, counting, "are street parties free")
    assert again == doubtful
    assert counting.asked == 1


def test_among_few_passages_all_sentences_of_an_answer_are_compared_and_embedded_once(
    knowledge: Generation, embedder: Embedder
) -> None:
    counting = Counting(embedder)
    found = retrieval.search(knowledge, counting, "can i pay with cash")
    assert found.hits[0].passage.source == "faq.jsonl"
    assert found.seen is not None
    assert found.seen.among_few is not None
    assert found.seen.among_few.line > found.seen.cosine
    assert counting.asked == 3
    assert retrieval.search(knowledge, counting, "can i pay with cash") == found
    assert counting.asked == 3


@pytest.mark.parametrize(
    ("rarity", "made"),
    [({"permit": 1.0}, COMPARED), ({"permit": 1.0, "skip": 1.0}, 1), ({"permit": 1.0, "skip": 0.05}, COMPARED)],
    ids=["both hold it", "one holds more", "one holds hardly more"],
)
def test_a_second_line_is_embedded_where_it_holds_as_much(
    knowledge: Generation, embedder: Embedder, rarity: dict[str, float], made: int
) -> None:
    counting = Counting(embedder)
    (row,) = [row for row in range(len(knowledge)) if knowledge.passage(row).source == "fees.md"]
    assert knowledge.lines.nearest(row, counting, embedder.embed_query("permit"), rarity) is not None
    assert counting.asked == made


def test_a_longer_message_is_not_compared_with_lines(
    knowledge: Generation, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assurance, "few_calibration", lambda *_: None)  # as where there are more passages
    story = "we are planning a street party for the neighbours and would like to know whether street parties are free. "
    short, long = (retrieval.search(knowledge, embedder, story * times) for times in (2, 3))
    assert DOUBT[0] < without_lines(long, embedder) < DOUBT[1], "else the lines would not be looked at anyway"
    assert abs(short.confidence - without_lines(short, embedder)) > 0.01
    assert long.confidence == pytest.approx(without_lines(long, embedder), abs=1e-4)


def test_only_so_many_passages_are_remembered(
    knowledge: Generation, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "KEPT", 1)
    counting = Counting(embedder)
    vector = embedder.embed_query("fees")
    rounds = []
    for _ in range(2):
        for row in range(len(knowledge)):
            knowledge.lines.nearest(row, counting, vector, {"fee": 1.0})
        rounds.append(counting.asked)
    several = sum(knowledge.lines.nearest(row, embedder, vector, {}) is not None for row in range(len(knowledge)))
    assert several > 1
    assert rounds[0] >= several
    assert rounds[1] == 2 * rounds[0], "each passage was forgotten for the next"


def test_a_faqs_answer_is_found_by_its_question(knowledge: Generation, embedder: Embedder) -> None:
    (row,) = [row for row in range(len(knowledge)) if knowledge.passage(row).question]
    assert knowledge.lines.nearest(row, embedder, embedder.embed_query("cash"), {"cash": 1.0}) is None


def test_rows_stand_alone_and_short_sentences_together() -> None:
    text = "Item: hat; Fee: 3 pounds\nItem: coat; Fee: 5 pounds\nPay at the desk.\nWe take cards.\na | b | c"
    assert split(text, "en") == [
        "Item: hat; Fee: 3 pounds",
        "Item: coat; Fee: 5 pounds",
        "Pay at the desk.\nWe take cards.",
        "a | b | c",
    ]


def test_a_passage_never_has_more_lines_than_are_looked_at() -> None:
    rows = [f"Item: thing {number}; Fee: {number} pounds" for number in range(4 * MOST)]
    found = split("\n".join(rows), "en")
    assert len(found) == MOST
    assert "\n".join(found).split("\n") == rows
