"""What files and options say of their validity and their readers reaches the passages."""

import json

import pytest
from embedders import FakeEmbedder

from ingest.metadata.attributes import attributes
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Attributes

ANALYZER, EMBEDDER = Analyzer(), FakeEmbedder()

FILES = {
    "page.md": "---\ntitle: Kettle\nproduct: [kettle, accessories]\naudience:\n  - business\n  - 個人\n"
    "valid_until: 2026-03-31\n---\n\n# Descaling\n\nUse vinegar.\n",
    "page.html": "<html><head><meta name='product' content='kettle, accessories'><meta name=audience "
    "content='business、個人'><meta name=valid_until content='2026/3/31'></head><body><h1>Descaling</h1>"
    "<p>Use vinegar.</p></body></html>",
    "faq.csv": "質問,回答,製品,対象,掲載終了日\n"
    "お手入れは?,酢を使います。,kettle|accessories,business;個人,2026年3月31日\n",
    "faq.json": json.dumps(
        [{"question": "How?", "answer": "Vinegar.", "product": "kettle,accessories", "audience": "business,個人",
          "valid_until": "2026-03-31"}]
    ),
    "corpus.jsonl": json.dumps(
        {"id": "1", "title": "Descaling", "text": "Use vinegar.", "product": ["kettle", "accessories"],
         "meta": {"audience": ["business", "個人"], "valid_until": "2026-03-31"}}
    ),
}  # fmt: skip
SAID = Attributes(audience=("business", "個人"), product=("kettle", "accessories"), valid_until="2026-03-31")


@pytest.mark.parametrize("name", FILES)
def test_each_format_says_it_in_its_own_way(tmp_path, name):
    (tmp_path / name).write_text(FILES[name], "utf-8")
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), EMBEDDER, ANALYZER)
    order = Order([tmp_path / name], attributes=Attributes(tags=("2026",), product=("overruled",)))
    assert pipeline.run(order).added == [name]
    generation = Generation.open(tmp_path / "data", ANALYZER)
    assert {passage.attributes for passage in map(generation.passage, range(len(generation)))} == {
        Attributes(SAID.audience, SAID.product, ("2026",), None, SAID.valid_until)
    }
    assert pipeline.run(order).unchanged == 1
    assert pipeline.run(Order([tmp_path / name])).changed == [name]


def test_a_date_that_is_none_is_told_and_the_row_is_kept(tmp_path):
    table = "question,answer,valid_until\nWhen?,Now.,2026-13-45\nWhere?,Here.,2026-12-31\n"
    (tmp_path / "faq.csv").write_text(table, "utf-8")
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), EMBEDDER, ANALYZER)
    report = pipeline.run(Order([tmp_path / "faq.csv"]))
    assert report.passages == 2
    assert [warning for _, warning in report.warnings if "Row 2" in warning and "no day" in warning]


def test_names_that_mean_nothing_here_are_passed_over():
    assert attributes({"color": "red", "price": 5, "product": None, "tags": {"a": 1}}) == Attributes()
