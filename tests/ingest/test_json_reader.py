import json

import pytest

from ingest.reading import read
from knowledge.errors import UnreadableFile


def test_an_array_of_questions_and_answers_is_a_faq():
    faq = [
        {"id": 7, "question": "返品できますか？", "answer": "<p>14日以内なら<b>可能</b>です。</p>", "category": "返品"},
        {"id": 8, "question": "送料は？", "answer": "500円です。", "category": None},
    ]
    for content in (faq, {"faqs": faq}):
        result = read(json.dumps(content).encode(), "faq.json")
        assert result.kind == "faq"
        assert [(each.question, each.text, each.anchor, each.row, each.headings) for each in result.sections] == [
            ("返品できますか？", "14日以内なら可能です。", "7", 1, ("返品",)),
            ("送料は？", "500円です。", "8", 2, ()),
        ]


def test_an_array_is_read_as_json_lines_are():
    records = [{"id": "a", "title": "Returns", "text": "Thirty days."}]
    assert (
        read(json.dumps(records).encode(), "c.json").sections
        == read(json.dumps(records[0]).encode(), "c.jsonl").sections
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"a": 1}, ', "damaged"),
        ('{"a": 1}\n{"a": 2}', "not-this-format"),
        ("[" * 100_000, "damaged"),
        ("[1, 2, 3]", "not-this-format"),
        ('"text"', "not-this-format"),
        ('{"theme": "dark", "width": 3}', "not-this-format"),
    ],
)
def test_other_json_is_refused_with_the_reason(content, reason):
    with pytest.raises(UnreadableFile) as told:
        read(content.encode(), "a.json")
    assert told.value.reason == reason


def test_a_faq_in_groups_is_read_with_the_groups_names():
    told = {
        "version": 2,
        "categories": [
            {"name": "返品", "items": [{"q": "返品できますか", "a": "はい"}, {"q": "期限は", "a": "14日です"}]},
            {"name": "配送", "items": [{"q": "送料は", "a": "550円です"}]},
        ],
    }
    result = read(json.dumps(told, ensure_ascii=False).encode(), "faq.json")
    assert [(each.question, each.headings) for each in result.sections] == [
        ("返品できますか", ("返品",)), ("期限は", ("返品",)), ("送料は", ("配送",)),
    ]  # fmt: skip
