import json
import re

import pytest

from ingest.readers.reading import read
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


def test_a_document_alone_in_its_file_has_its_own_title():
    one = {"id": "returns", "title": "Sending things back", "text": "Thirty days."}
    assert read(json.dumps([one]).encode(), "returns.json").title == "Sending things back"
    assert read(json.dumps([one, one | {"id": "b"}]).encode(), "returns.json").title == "returns"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"a": 1}, ', "damaged"),
        ('{"a": 1}\n{"a": 2}', "not-this-format"),
        ("[" * 100_000, "damaged"),
        ('[{"question": ' + "9" * 5_000 + "}]", "damaged"),
        ("[1, 2, 3]", "not-this-format"),
        ('"text"', "not-this-format"),
        ('{"theme": "dark", "width": 3}', "not-this-format"),
    ],
)
def test_other_json_is_refused_with_the_reason(content, reason):
    with pytest.raises(UnreadableFile) as told:
        read(content.encode(), "a.json")
    assert told.value.reason == reason
    assert "sys." not in str(told.value), "nothing of the program that reads it"


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


def test_fields_with_a_value_for_each_language_make_a_record_for_each():
    record = {
        "question": {"ja": "傘はありますか", "en-US": "Are there umbrellas?"},
        "answer": {"ja": "あります。", "en-US": "Yes."},
    }
    result = read(json.dumps([record]).encode(), "faq.json")
    assert [(each.question, each.text, each.lang) for each in result.sections] == [
        ("傘はありますか", "あります。", "ja"),
        ("Are there umbrellas?", "Yes.", "en"),
    ]


def text_of(words, kind="type", leaf="text", below="content"):
    return {kind: "paragraph", below: [{kind: "text", leaf: words[:4]}, {kind: "text", leaf: words[4:]}]}


@pytest.mark.parametrize(
    "body",
    [
        "<p>Keys wait at the <b>kiosk</b>.</p><p>It opens at 7.</p>",
        {
            "nodeType": "document",
            "content": [text_of(each, "nodeType", "value") for each in ("Keys wait at the kiosk.", "It opens at 7.")],
        },
        [text_of(each, below="children") for each in ("Keys wait at the kiosk.", "It opens at 7.")],
        {
            "type": "doc",
            "content": [
                {"type": "bulletList", "content": [{"type": "listItem", "content": [text_of(each)]}]}
                for each in ("Keys wait at the kiosk.", "It opens at 7.")
            ],
        },
    ],
    ids=["html", "contentful", "blocks", "lists"],
)
def test_articles_are_found_in_exports_of_any_shape(body):
    export = {
        "entries": [{"sys": {"id": "3kd"}, "fields": {"title": {"en": "Picking up a key"}, "body": {"en": body}}}]
    }
    result = read(json.dumps(export).encode(), "cms.json")
    assert [(each.headings, each.text, each.lang) for each in result.sections] == [
        (("Picking up a key",), "Keys wait at the kiosk.\n\nIt opens at 7.", "en")
    ]


@pytest.mark.parametrize("state", [{"status": "draft"}, {"draft": True}, {"publishedAt": None}])
def test_articles_that_are_not_published_are_for_staff(state):
    articles = [
        {"title": "Prices", "body": "A seat costs 14 dollars.", **more} for more in (state, {"status": "published"})
    ]
    result = read(json.dumps({"articles": articles}).encode(), "articles.json")
    assert [each.attributes.audience for each in result.sections] == [("staff",), ()]


def test_an_article_that_asks_is_a_question():
    result = read(
        json.dumps({"items": [{"title": "Is the pool heated?", "body": "It is kept at 28 degrees."}]}).encode(),
        "a.json",
    )
    assert [(each.question, each.text) for each in result.sections] == [
        ("Is the pool heated?", "It is kept at 28 degrees.")
    ]


def test_an_object_with_names_of_two_letters_is_no_language():
    faq = [{"question": "Is it far?", "answer": "No.", "author": {"id": 5, "by": "Ann"}}]
    (section,) = read(json.dumps(faq).encode(), "faq.json").sections
    assert (section.question, section.text, section.lang) == ("Is it far?", "No.", None)


@pytest.mark.parametrize(
    "content",
    [
        {"送料はいくらですか": "550円です。", "領収書の発行について": "印刷できます。"},
        {
            "lang": "ja",
            "faq": [
                {"送料はいくらですか": "550円です。"},
                {"領収書の発行について": "印刷できます。"},
            ],
        },
        [["送料はいくらですか", "550円です。"], ["領収書の発行について", "印刷できます。"]],
        {
            "送料はいくらですか": {"answer": "550円です。"},
            "領収書の発行について": ["印刷できます。"],
            "v": "2",
        },
    ],
)
def test_questions_may_be_the_names_of_their_answers(content):
    result = read(json.dumps(content).encode(), "faq.json")
    assert [(each.question, each.text) for each in result.sections] == [
        ("送料はいくらですか", "550円です。"),
        ("領収書の発行について", "印刷できます。"),
    ]


def test_the_groups_of_such_questions_are_their_categories():
    content = {"Paying": {"How do I pay?": "By card."}, "Parking": {"Is parking free?": "On Sundays."}}
    sections = read(json.dumps(content).encode(), "faq.json").sections
    assert [(each.headings, each.question) for each in sections] == [
        (("Paying",), "How do I pay?"),
        (("Parking",), "Is parking free?"),
    ]


@pytest.mark.parametrize("wrapped", [lambda texts: texts, lambda texts: {"data": texts}])
def test_plain_texts_are_passages(wrapped):
    texts = ["On Sundays we are closed.", "日曜は休みです。犬はテラスへどうぞ。"]
    assert [each.text for each in read(json.dumps(wrapped(texts)).encode(), "notes.json").sections] == texts


@pytest.mark.parametrize(
    "content",
    [
        {"menu.home": "ホーム", "btn.save": "保存する"},
        {"Are you sure?": "Bist du sicher?", "Save": "Speichern", "Delete": "Löschen"},
        ["red", "green", "blue"],
        {"opening_hours": "9-17", "phone": "03-1234-5678"},
    ],
)
def test_what_holds_no_questions_is_refused_in_words_that_tell_what_to_do(content):
    with pytest.raises(UnreadableFile, match=re.escape('Write it as [{"question"')):
        read(json.dumps(content).encode(), "some.json")


@pytest.mark.parametrize(
    "content",
    [
        {"questions": ["Can I return it?", "How long does it take?"], "answers": ["Yes.", "Two days."]},
        {
            "faq": {
                "question": {"0": "Can I return it?", "1": "How long does it take?"},
                "answer": {"0": "Yes.", "1": "Two days."},
            }
        },
        {"質問": ["Can I return it?", "How long does it take?"], "回答": ["Yes.", "Two days."], "更新日": "2026-04-01"},
    ],
)
def test_lists_of_questions_and_of_answers_go_together(content):
    result = read(json.dumps(content).encode(), "faq.json")
    assert [(each.question, each.text) for each in result.sections] == [
        ("Can I return it?", "Yes."),
        ("How long does it take?", "Two days."),
    ]


def test_lists_of_other_lengths_are_refused():
    content = {"questions": ["Can I return it?", "How long?"], "answers": ["Yes."]}
    with pytest.raises(UnreadableFile, match="2 under `questions`, 1 under `answers`"):
        read(json.dumps(content).encode(), "faq.json")


def test_one_question_with_an_answer_in_steps_stays_one():
    content = {"question": "How do I start?", "answer": ["Press it.", "Wait."]}
    assert len(read(json.dumps([content]).encode(), "faq.json").sections) == 1
