"""The sample company is well-formed: its files hold what its questions ask for, and nobody in it is real."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
KNOWLEDGE = SAMPLES / "knowledge"
LANGUAGES = ("ja", "en")
COLUMNS = {"ja": ["id", "カテゴリ", "質問", "回答", "URL"], "en": ["id", "category", "question", "answer", "url"]}
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", re.ASCII)
EXAMPLE_DOMAIN = re.compile(r"(?:.+\.)?example\.(?:com|org|net|jp)")
CARD = re.compile(r"(?<![\d+])\d{4}(?:[ -]?\d{4}){3}(?!\d)")
TEST_CARDS = {"4242424242424242", "5555555555554444"}  # those that payment services publish for trying out
PHONE = re.compile(r"(?<![\d-])(?:\+\d{1,3}[ -]?)?\(?\d{2,4}\)?[ -]?\(?\d{3,4}\)?[ -]?\d{3,4}(?![\d-])")
UNASSIGNED_PHONES = re.compile(
    r"0120-000-146"
    r"|(?:0[5789]0|0[36]|\+81[ -]?(?:[789]0|3))[ -]?\(?0000\)?[ -]?\d{4}"  # no exchange is called 0000
    r"|(?:\+1 )?\(\d{3}\) 555-01\d\d|\+44 7700 900\d{3}|\+61 491 570 156"  # set aside for fiction
)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


QUESTIONS = records(SAMPLES / "questions.jsonl")
CONVERSATIONS = records(KNOWLEDGE / "logs" / "support_logs.jsonl")


def faq(lang: str) -> list[dict[str, str]]:
    with (KNOWLEDGE / "faq" / f"faq_{lang}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            dict(zip(("id", "category", "question", "answer", "url"), row, strict=True)) for row in csv.reader(file)
        ]


def page_questions(lang: str) -> list[str]:
    page = (KNOWLEDGE / "faq" / f"returns_{lang}.html").read_text("utf-8")
    asked = re.findall(r"<summary>(.*?)</summary>", page) or re.findall(r"<h2 id=[^>]*>(.*?)</h2>", page)
    return asked + re.findall(r"^## (.+)$", (KNOWLEDGE / "faq" / f"points_{lang}.md").read_text("utf-8"), re.M)


def pages(manual: Path) -> list[str]:
    document = pypdfium2.PdfDocument(manual)
    try:
        texts = []
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return texts
    finally:
        document.close()


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def pieces(source: str) -> list[str]:
    """The texts of a source of which one must hold an answer alone: rows, conversations, pages, or the file."""
    path = KNOWLEDGE / source
    match path.suffix:
        case ".csv":
            return [f"{row['question']}{row['answer']}" for row in faq(path.stem[-2:])]
        case ".jsonl":
            return ["".join(turn["text"] for turn in conversation["turns"]) for conversation in CONVERSATIONS]
        case ".pdf":
            return pages(path)
    return [path.read_text("utf-8")]


def everything_written() -> dict[str, str]:
    texts = {
        path.relative_to(SAMPLES).as_posix(): path.read_text("utf-8")
        for path in SAMPLES.rglob("*")
        if path.suffix in (".csv", ".html", ".md", ".jsonl")
    }
    assert len(texts) > 10
    return texts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_faq_is_a_table_as_a_spreadsheet_writes_it(lang):
    path = KNOWLEDGE / "faq" / f"faq_{lang}.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    header, *rows = faq(lang)
    assert list(header.values()) == COLUMNS[lang]
    assert all(all(row.values()) for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["question"] for row in rows}) == len(rows)
    assert all(row["url"].startswith("https://shop.example.jp/") for row in rows)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_sixty_questions_with_answers_in_each_language(lang):
    assert len(faq(lang)) - 1 + len(page_questions(lang)) >= 60


def test_each_language_has_topics_of_its_own():
    ja, en = ({row["id"] for row in faq(lang)} for lang in LANGUAGES)
    assert len(ja - en) >= 8
    assert len(en - ja) >= 8


def test_the_same_topic_names_the_same_figures_in_both_languages():
    said = {lang: {row["id"]: row["answer"] for row in faq(lang)[1:]} for lang in LANGUAGES}
    assert not {
        (topic, price)
        for topic in said["ja"].keys() & said["en"].keys()
        for price in re.findall(r"([\d,]+)円", said["ja"][topic])
        if f"¥{price}" not in said["en"][topic]
    }


def test_both_manuals_list_the_same_errors_and_stay_small():
    codes = {}
    for lang in LANGUAGES:
        manual = KNOWLEDGE / "manuals" / f"mamehana_{lang}.pdf"
        assert manual.stat().st_size < 600_000
        texts = pages(manual)
        assert 8 <= len(texts) <= 12
        codes[lang] = set(re.findall(r"\b[EH]\d\b", " ".join(texts)))
    assert codes["ja"] == codes["en"] == {*(f"E{number}" for number in range(1, 10)), "H1", "H2"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_manual_has_an_outline_that_names_each_chapter_once(lang):
    page = (SAMPLES / "manuals" / f"mamehana_{lang}.html").read_text("utf-8")
    document = pypdfium2.PdfDocument(KNOWLEDGE / "manuals" / f"mamehana_{lang}.pdf")
    outline = [entry.get_title() for entry in document.get_toc()]
    document.close()
    assert outline == re.findall(r"<h[12]>(.+?)</h[12]>", page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_twenty_conversations_in_each_language(lang):
    assert sum(conversation["lang"] == lang for conversation in CONVERSATIONS) >= 20


def test_conversations_are_in_order_and_some_are_open():
    assert len({conversation["conversation_id"] for conversation in CONVERSATIONS}) == len(CONVERSATIONS)
    for conversation in CONVERSATIONS:
        assert conversation["channel"] in ("chat", "email", "phone")
        assert conversation.get("rating", 5) in range(1, 6)
        times = [datetime.fromisoformat(turn["at"]) for turn in conversation["turns"]]
        assert times == sorted(times)
        assert {turn["role"] for turn in conversation["turns"]} <= {"customer", "agent", "bot", "system"}
    assert {conversation["status"] for conversation in CONVERSATIONS} == {"resolved", "closed", "open"}
    assert any(turn.get("private") for conversation in CONVERSATIONS for turn in conversation["turns"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_thirty_questions_in_each_language_and_a_third_have_no_answer(lang):
    asked = [question for question in QUESTIONS if question["lang"] == lang and not question.get("cross")]
    assert len(asked) >= 30
    assert 0.25 < sum(not question["answerable"] for question in asked) / len(asked) < 0.4
    assert sum(question["lang"] == lang and question.get("cross", False) for question in QUESTIONS) >= 5


def test_questions_are_told_apart_and_none_is_copied_from_the_faq():
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    known = {
        squeezed(asked) for lang in LANGUAGES for asked in [*page_questions(lang), *(r["question"] for r in faq(lang))]
    }
    assert not {question["id"] for question in QUESTIONS if squeezed(question["question"]) in known}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_an_answerable_question_has_its_answer_in_the_named_source(question):
    assert set(question) - {"cross"} == {"id", "lang", "question", "answerable", "source", "must_contain", "note"}
    if not question["answerable"]:
        assert question["source"] is None
        assert question["must_contain"] == []
        return
    assert question["must_contain"]
    sources = question["source"] if isinstance(question["source"], list) else [question["source"]]
    for source in sources:
        needed = [squeezed(text) for text in question["must_contain"]]
        assert any(all(text in squeezed(piece) for text in needed) for piece in pieces(source))
        if question.get("cross") and not source.startswith("logs/"):
            assert f"_{question['lang']}." not in source


def test_mail_goes_to_example_domains_only():
    found = [(name, domain) for name, text in everything_written().items() for domain in MAIL.findall(text)]
    assert len(found) > 20
    assert not [hit for hit in found if not EXAMPLE_DOMAIN.fullmatch(hit[1])]


def test_phone_and_card_numbers_belong_to_nobody():
    phones, cards = [], []
    for text in everything_written().values():
        plain = unicodedata.normalize("NFKC", text)
        cards += [re.sub(r"\D", "", card) for card in CARD.findall(plain)]
        phones += [phone for phone in PHONE.findall(CARD.sub("", plain)) if len(re.sub(r"\D", "", phone)) >= 9]
    assert set(cards) == TEST_CARDS
    assert len(phones) > 15
    assert not [phone for phone in phones if not UNASSIGNED_PHONES.fullmatch(phone)]
