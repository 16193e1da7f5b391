"""The list of words in both languages, and passages found in the other language by what the words mean there."""

from pathlib import Path

import pytest
from bases import commit, faq

from knowledge.filters import Filters
from knowledge.index.store import Generation
from knowledge.language.translations import LIST, LONGEST, MOST_TOGETHER, Translations, translations


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    english = {
        "How do I get a receipt?": "Print it in your account.",
        "When are you open?": "Our business hours are 9 to 18.",
        "Do you ship abroad?": "No, only within Japan.",
    }
    japanese = {"駐車場はありますか": "六台分ございます。", "領収書はもらえますか": "マイページで印刷できます。"}
    folder: Path = tmp_path_factory.mktemp("both")
    return commit(folder, faq("en.csv", english), faq("ja.csv", japanese))


def test_each_line_is_a_word_with_its_names(analyzer):
    lines = LIST.read_text("utf-8").splitlines()
    words = [line.split("\t")[0] for line in lines]
    assert len(words) > 9_000
    assert words == sorted(set(words)), "each word once, in order, so that changes can be read"
    as_analysed = [word for word in words if analyzer.terms("".join(word.split())) == word.split()]
    assert len(as_analysed) > 0.98 * len(words), "in the terms of the index; a few are cut otherwise without a context"
    for line in lines:
        word, names = line.split("\t")
        assert 0 < len(word.split()) <= LONGEST, line
        assert all(name == name.strip() and analyzer.terms(name) for name in names.split("; ")), line


def test_a_word_has_its_names_in_both_directions(analyzer):
    ours = translations()
    assert dict(ours.names(analyzer.terms("送料"), "ja"))["送料"][0] == ("ship", "cost")
    assert ("返金",) in dict(ours.names(analyzer.terms("refund"), "en"))["refund"]


def test_neighbours_have_a_name_together(analyzer):
    made = Translations(analyzer, ["営業\tsales", "時間\ttime; hour", "営業 時間\topening hours"])
    names = dict(made.names(analyzer.terms("営業時間"), "ja"))
    assert names["営業"] == [("sale",), ("open", "hour")]
    assert names["時間"] == [("time",), ("hour",), ("open", "hour")]


def test_what_is_not_in_the_list_has_no_names_and_latin_letters_stand_for_themselves(analyzer):
    made = Translations(analyzer, ["返品\treturn"])
    assert made.names(["無名", "xyz"], "ja") == [("無名", []), ("xyz", [("xyz",)])]


def test_a_word_of_many_names_costs_no_more_than_some(analyzer):
    names = "; ".join(f"name{chr(97 + n)}" for n in range(26))
    made = Translations(analyzer, [f"返品\t{names}", f"返品 品\t{names[::-1]}"])
    assert all(len(found) <= MOST_TOGETHER for _, found in made.names(analyzer.terms("返品する品"), "ja"))


def test_passages_of_the_other_language_are_found_by_meaning(held):
    rows, shares = held.by_meanings("営業時間を教えて", "ja", 5)
    assert held.passage(rows[0]).text == "Our business hours are 9 to 18."
    assert shares[0] > 0
    rows, _ = held.by_meanings("Is there a parking lot?", "en", 5)
    assert [held.passage(row).text for row in rows.tolist()] == ["六台分ございます。"]


def test_only_passages_of_the_other_language_within_the_filters_are_found(held):
    everything = Filters()
    rows, _ = held.by_meanings("領収書", "ja", 5, everything, held.allowed(everything))
    assert {held.passage(row).lang for row in rows.tolist()} == {"en"}
    japanese = Filters(lang=("ja",))
    assert not len(held.by_meanings("領収書", "ja", 5, japanese, held.allowed(japanese))[0])


def test_a_base_in_one_language_is_not_searched_in_the_other(tmp_path):
    alone = commit(tmp_path, faq("ja.csv", {"駐車場はありますか": "六台分ございます。"}))
    assert not len(alone.by_meanings("駐車場", "ja", 5)[0])
    assert not len(alone.by_meanings("123", "und", 5)[0])


def test_the_list_of_words_is_read_for_a_service_before_anybody_asks_in_the_other_language(
    tmp_path,
):
    translations.cache_clear()
    alone = commit(tmp_path, faq("ja.csv", {"駐車場はありますか": "六台分ございます。"}))
    assert translations.cache_info().currsize == 0
    alone.prepare()
    assert translations.cache_info().currsize == 1


def test_a_name_with_a_hyphen_is_found_however_a_passage_writes_it(tmp_path, analyzer):
    english = {
        "Do you hire for part time jobs?": "Yes, for three days a week.",
        "Do you ship abroad?": "No, only within Japan.",
    }
    part_time = commit(tmp_path / "jobs", faq("en.csv", english))
    rows, _ = part_time.by_meanings("アルバイトを募集していますか", "ja", 5)
    assert [part_time.passage(int(row)).question for row in rows] == ["Do you hire for part time jobs?"]
    words = Translations(analyzer, ["アルバイト\tpart-time job"])
    assert words.names(["アルバイト"], "ja") == [("アルバイト", [("part", "time", "job")])]
    named = dict(words.names(analyzer.terms("a part-time job"), "en"))
    assert ("アルバイト",) in named["job"]
