"""What a passage is about beyond its own words."""

from __future__ import annotations

from bases import ANALYZER
from fakes import passage

from knowledge.index import lexical
from knowledge.language.subjects import subjects


def test_what_only_announces_questions_says_nothing():
    assert subjects(["FAQ: Blue Account", "Frequently asked questions"]) == ["Blue Account"]
    assert subjects(["よくある質問 (6)", "配送について"]) == ["配送について"]
    assert subjects(["Sheet1", "Q&A", "シート2"]) == []
    assert subjects(["Returns", "Returns", "Step 2.1: Check"]) == ["Returns", "Step 2.1: Check"]


def test_a_faqs_answer_is_found_by_the_page_that_it_stands_on(tmp_path):
    pages = ("Blue", "Green", "Light Blue")
    passages = [
        passage(f"It costs {n} dollars.", "What does a statement cost?", f"{name}.md", headings=(f"FAQ: {name} Card",))
        for n, name in enumerate(pages)
    ]
    lexical.write(tmp_path, ANALYZER, [], enumerate(passages))
    index = lexical.LexicalIndex.load(tmp_path, ANALYZER)
    for number, name in enumerate(pages):
        keys, _ = index.search(f"what does a statement of the {name} Card cost", 3)
        assert keys[0] == number


def test_a_tables_category_is_no_subject():
    row = passage("It costs 2 dollars.", "What does a statement cost?", headings=("Fees",), row=3)
    assert row.about == ""
    assert passage("It costs 2 dollars.", "What does it cost?", headings=("FAQ", "Fees")).about == "Fees"
