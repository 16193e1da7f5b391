"""Quotations: whole lists, nothing beside the point, and what they are about where they do not say it themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import FakeFinder, FakeLevelFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.choosing import beside, best_hit
from service.answering.passages.clarifying import options
from service.answering.quotations.excerpts import excerpt, to_the_point
from service.answering.quotations.extractive import quote
from service.answering.texts.labels import about
from service.answering.texts.steps import asks_how, tells_how
from service.answers import Turn

LONG = "Our shop was founded by two friends who like old lamps and quiet evenings by the sea. " * 8
STEPS = "To reset the lamp you should:\n\n- Unplug the lamp\n- Wait a minute\n- Plug the lamp in again"


def test_a_list_is_not_broken_off_where_there_is_room_for_it():
    text = f"{LONG}\n\n{STEPS}\n\n{LONG}"
    said = excerpt("How do I reset the lamp?", text, 60)
    assert said == STEPS


def test_a_list_that_has_no_room_says_that_it_goes_on():
    items = "\n".join(f"- Turn screw number {n} of the lamp by a quarter to the left" for n in range(1, 30))
    said = excerpt("How do I open the lamp?", f"To open the lamp:\n{items}", 200)
    assert said.startswith("To open the lamp:\n- Turn screw number 1 ")
    assert said.endswith("\n…")
    assert len(said) <= 610


def test_what_announces_something_is_not_quoted_without_it():
    text = f"{LONG}\n\nBefore you return the lamp, mind these things:\n\n{'It is heavy and long. ' * 40}"
    assert not excerpt("What should I mind before I return the lamp?", text, 100).rstrip("…\n").endswith(":")


def test_a_related_question_is_no_answer():
    text = (
        f"ランプは30日以内なら返品できます。{'店舗の案内は別の頁にあります。' * 60}ランプの返品の送料について知りたい。"
    )
    assert excerpt("ランプの返品の送料", text, 40).startswith("ランプは30日以内なら返品できます。")


def test_the_rarer_word_of_a_question_decides():
    text = (
        "The SIM card connects the phone. A SIM card may be loose. Press the SIM card in. "
        "If it is locked by a PUK, visit a shop."
    )
    assert excerpt("sim card locked puk", text, 45).startswith("If it is locked")


def test_last_paragraphs_that_are_beside_the_point_are_left_out():
    assert to_the_point("When do returns end?", "Returns end after 30 days.\n\nThe sea is blue.") == (
        "Returns end after 30 days."
    )
    assert to_the_point("How do I reset it?", f"Reset it so.\n\n{STEPS}").endswith(STEPS)
    assert to_the_point("返品は?", "The sea is blue.\n\nReturns.") == "The sea is blue.\n\nReturns."


def test_a_section_says_what_it_is_about_where_neither_it_nor_the_question_does():
    fees = passage(
        "- The monthly fee is 22 dollars.", title="Green Plus Account", headings=("Fees",), source="green.md"
    )
    said, _ = quote("does the green account have a monthly fee", [hit(fees)])
    assert said == "Green Plus Account > Fees:\n- The monthly fee is 22 dollars [1]."
    said, _ = quote("fees of the green plus account", [hit(fees)])
    assert said.startswith("- The monthly fee")
    unnamed = passage("It is 5 dollars.", title="fees_2024", headings=("Fees",), source="docs/fees_2024.md")
    assert quote("what do you charge", [hit(unnamed)])[0] == "Fees:\nIt is 5 dollars [1]."
    japanese = passage("月額は500円です。", title="緑の口座", headings=("手数料",), source="green_ja.md")
    assert quote("月額はいくら", [hit(japanese)])[0] == "【緑の口座 > 手数料】\n月額は500円です[1]。"


def test_a_faqs_answer_says_of_which_page_it_is_only_where_another_asks_the_same():
    blue, green = (
        passage(text, "What does a paper statement cost?", source=f"{name}.md", headings=(f"FAQ: {name} Account",))
        for name, text in (("Blue", "It costs 2 dollars."), ("Green", "It is free of charge."))
    )
    assert quote("what does a paper statement cost", [hit(blue)])[0] == "It costs 2 dollars [1]."
    said, used = quote("what does a paper statement cost", [hit(blue, 5.0), hit(green, 2.0)])
    assert (said, used) == ("Blue Account:\nIt costs 2 dollars [1].", [1])


def test_a_text_is_quoted_from_its_beginning_unless_a_later_run_fits_clearly_better():
    text = "Newcomers register within 14 days at the town hall. Bring your seal. " + "Bring a passport too. " * 40
    text += "Register a dog at the dog centre."
    assert excerpt("when do newcomers register", text, 120).startswith("Newcomers register")
    assert excerpt("register a dog, dog centre", text, 120) == "Register a dog at the dog centre."


def test_numbered_steps_are_quoted_whole():
    items = "\n".join(f"{n}. Turn screw number {n} of the lamp by a quarter to the left." for n in range(1, 14))
    assert excerpt("How do I open the lamp?", f"To open the lamp:\n{items}", 200).endswith(
        "13 of the lamp by a quarter to the left."
    )


def test_who_asks_how_is_told_the_steps_rather_than_a_menus_entry():
    entry = passage(
        "Resets the lamp to what it was.", title="Menu", headings=("Menu", "Reset Lamp"), source="menu.html"
    )
    way = passage(
        "If the lamp flickers:\n\n1. Unplug it.\n2. Plug it in.", title="To reset the lamp", source="reset.html"
    )
    assert quote("How do I reset the lamp?", [hit(entry, 5.0), hit(way, 4.8)])[1][0] == 2
    assert quote("How do I reset the lamp?", [hit(entry, 5.0), hit(way, 3.0)])[1] == [1]
    assert quote("What does reset lamp mean?", [hit(entry, 5.0), hit(way, 4.8)])[1][0] == 1


def test_of_a_section_in_parts_the_first_that_says_as_much_is_told():
    parts = [
        replace(hit(passage(text, title="Lamps", headings=("Lamps", "Reset"), source="lamps.html"), score), place=place)
        for text, score, place in (
            ("The switch is on the back.", 5.0, 9),
            ("Unplug it and wait.", 4.9, 7),
            ("The blue light tells that it is done.", 4.8, 8),
        )
    ]
    assert quote("reset the lamp", parts)[1] == [2]
    worse = [parts[0], replace(parts[1], score=4.0), replace(parts[2], score=3.0)]
    assert quote("reset the lamp", worse)[1] == [2]  # the heading alone brought all of them
    assert quote("reset the switch", worse)[1] == [1]
    assert quote("reset the lamp: where is the switch", parts)[1] == [1]


@pytest.mark.parametrize(
    "question", ["How can I reset it?", "What should I do", "電源を切る方法を教えて", "返品したい"]
)
def test_questions_for_a_way_are_known(question):
    assert asks_how(question)


@pytest.mark.parametrize("question", ["How much is it?", "What is a lamp?", "営業時間は何時から？", "方法論とは"])
def test_other_questions_ask_for_no_way(question):
    assert not asks_how(question)


def test_a_text_with_numbered_steps_tells_a_way():
    assert tells_how("開け方\n\n1. 外す\n2. 開ける")
    assert tells_how("① 外す\n② 開ける")
    assert not tells_how("- one\n- two\n1. three")


def test_sections_within_one_another_are_not_asked_back_about():
    whole = passage("It lists chapters.", title="Lists", headings=("Creating a List of Chapters",), source="l.html")
    part = passage(
        "Choose Insert.",
        title="Lists",
        headings=("Creating a List of Chapters", "To Insert a List of Chapters"),
        source="l.html",
    )
    elsewhere = replace(part, document_id="0" * 16)
    assert options("Where is the list of chapters?", [hit(whole), hit(part)], "en") == []
    assert len(options("Where is the list of chapters?", [hit(whole), hit(elsewhere)], "en")) == 2


def test_items_of_several_sentences_and_lines_are_one_list():
    text = f"{LONG}\n\nTo reset the lamp:\n1. Unplug it. Wait.\n   It may click.\n\n2. Plug it in.\n\n{LONG}"
    assert excerpt("How do I reset the lamp?", text, 40) == (
        "To reset the lamp:\n1. Unplug it. Wait.\n   It may click.\n\n2. Plug it in."
    )
    assert excerpt("Will it click?", text, 20) == (
        "To reset the lamp:\n1. Unplug it. Wait.\n   It may click.\n\n2. Plug it in."
    )


def test_a_list_that_was_cut_is_read_on_in_the_next_part_of_its_section():
    above, below, other = (
        replace(
            hit(passage(text, title="Lamps", headings=("Lamps", name), source="lamps.html"), 5 - place), place=place
        )
        for text, name, place in (
            ("To reset the lamp:\n\n1. Unplug it.", "Reset", 1),
            ("2. Wait.\n3. Plug it in.\n\nThe sea is blue.", "Reset", 2),
            ("1. Ring the bell.", "Help", 2),
        )
    )
    assert quote("How do I reset the lamp?", [above, below]) == (
        "To reset the lamp:\n\n1. Unplug it.\n2. Wait.\n3. Plug it in [1][2].",
        [1, 2],
    )
    assert quote("How do I reset the lamp?", [above, other])[0].endswith("1. Unplug it [1].")


def test_a_list_whose_rest_has_no_room_says_that_it_goes_on():
    items = "\n".join(f"{n}. Turn screw number {n} of the lamp by a quarter to the left." for n in range(1, 12))
    parts = [
        replace(hit(passage(text, title="Lamps", headings=("Lamps",), source="lamps.html")), place=place)
        for place, text in enumerate((f"To open the lamp:\n{items}", f"12. Wait. {LONG}"))
    ]
    said, used = quote("How do I open the lamp?", parts)
    assert said.endswith("11 of the lamp by a quarter to the left.\n… [1]")
    assert used == [1]


def test_who_asks_how_is_told_of_the_steps_not_of_what_follows_them():
    text = f"1. Open the menu.\n2. Choose Lamp.\n\n{LONG}\n\nOr reset the lamp by the reset button of the lamp."
    assert excerpt("How do I reset the lamp?", text, 100).startswith("1. Open the menu.")


def test_where_only_the_heading_is_asked_about_its_text_is_quoted_from_the_beginning():
    text = f"It searches a table. {LONG}If it is not found, the lookup fails."
    assert excerpt("How do I use VLOOKUP?", text, 60) == "It searches a table."
    assert excerpt("Why does VLOOKUP say that the value is not found?", text, 60).endswith("the lookup fails.")


def test_the_answer_to_the_very_question_is_quoted_from_its_beginning():
    text = f"Press the button. {LONG}Do not reset the lamp by pulling the plug: the lamp may break."
    asked = "How do I reset the lamp?"
    assert excerpt("how can I reset my lamp", text, 60, asked).startswith("Press the button.")
    assert excerpt("may the lamp break when I reset it by the plug", text, 60, asked).startswith("Do not reset")


async def test_what_else_may_have_been_meant_is_named_and_can_be_chosen_by_its_number():
    points = passage("Points last twelve months.", "When do my points expire?", source="faq.csv")
    earning = passage("One point for every 100 yen.", "How many points do I earn?", source="faq.csv")
    told = passage("I see, your points are back.", "My points are gone!", source="logs.jsonl", kind="log")
    unnamed = passage("All about points.")
    answerer = Answerer(FakeLevelFinder(points, earning, told, unnamed), None, SETTINGS)
    said = await answer(answerer, "When do they go away?")
    assert said.text == "Points last twelve months [1].\n\nOr did you mean:\n- How many points do I earn? [2]"
    assert [citation.n for citation in said.citations] == [1, 2]
    finder = FakeFinder(earning)
    chosen = await answer(
        Answerer(finder, None, SETTINGS), "2", Turn("user", "When do they go away?"), Turn("assistant", said.text)
    )
    assert chosen.text == "One point for every 100 yen [1]."
    assert finder.questions[0] == "How many points do I earn?"


def test_nothing_is_named_beside_an_answer_that_leaves_all_others_far_behind():
    first = passage("Points last twelve months.", "When do my points expire?")
    second = passage("One point for every 100 yen.", "How many points do I earn?")
    assert beside([hit(first, 10.0), hit(second, 7.0)], [1]) == {2: "How many points do I earn?"}
    assert beside([hit(first, 10.0), hit(second, 6.9)], [1]) == {}


def test_a_list_in_wide_brackets_stays_with_what_leads_on_to_it():
    terms = "次の場合は有料となります。\n\n（1）落下による故障\n\n（2）改造による故障"
    assert to_the_point("保証の期間中でも有料ですか", terms) == terms


def test_of_two_that_are_as_good_the_one_that_holds_the_code_is_quoted():
    clock, lamp = passage("時計の表示が点滅します。", "時計が点滅する"), passage("C3点滅: ファンの異常です。")
    text, used = quote("C3が点滅してる", [hit(clock), hit(lamp, 4.9)])
    assert (used[0], text.startswith("C3点滅")) == (2, True)


@pytest.mark.parametrize("title", ["Refunds – Lamp Shop Help", "Refunds | Lamp Shop", "Lamp Shop: Refunds", "Refunds"])
def test_the_sites_name_in_a_title_is_not_said(title):
    page = passage("They take five days.", title=title, headings=("Refunds", "By card"), source="refunds.html")
    assert about(page) == "Refunds > By card"


def test_who_asks_on_is_told_of_what_the_last_message_asks():
    about_backups = passage("We keep backups for 35 days.", headings=("Data", "Backups"), source="a.html")
    about_links = passage("The export's link is valid for 48 hours.", headings=("Data", "Export"), source="b.html")
    hits = [hit(about_backups, 5.0), hit(about_links, 4.0)]
    asked, latest = "How long are backups kept?\nand the export link?", "and the export link?"
    assert quote(asked, hits, "en", latest)[1][0] == 2
    assert quote("How long are backups kept?\nand why?", hits, "en", "and why?")[1][0] == 1
    assert quote(asked, [hits[0], hit(about_links, 3.0)], "en", latest)[1][0] == 1  # too far behind


def test_of_two_models_whose_values_differ_both_are_told():
    small, large = (
        passage(
            f"Keep rice warm for up to {hours} hours, and no other food.",
            title=f"Manual of the {name}", headings=("Keeping warm",), source=f"{name}.pdf",
        )
        for name, hours in (("KX-100", 24), ("KX-200", 40))
    )  # fmt: skip
    hits = [hit(small, 5.0), hit(large, 4.9)]
    text, used = quote("How long can rice be kept warm?", hits)
    assert used == [1, 2]
    assert "KX-100" in text
    assert "KX-200" in text
    assert quote("How long can rice be kept warm?", [hits[0], hit(replace(large, text=small.text), 4.9)])[1] == [1]


def test_an_amount_is_asked_for_on_one_side_of_it():
    small = hit(passage("用途: 10万円未満の備品; 承認者: 課長"), 5.0)
    large = hit(passage("用途: 10万円以上の備品; 承認者: 部長"), 4.8)
    assert best_hit("10万円以上の備品は誰の承認がいる？", [small, large]) == 1
    assert best_hit("10万円未満の備品は誰の承認がいる？", [small, large]) == 0
    assert best_hit("20万円以上の備品は誰の承認がいる？", [small, large]) == 0


def test_of_a_page_its_first_words_are_not_told_where_another_section_says_more_of_what_is_asked():
    page = {"source": "kb.html", "title": "KB-20 bearing"}
    first = passage("Successor of the old one.", headings=("KB-20 bearing",), **page)
    data = passage("Bore: 20 mm\nSpeed: 9 000 rpm", headings=("KB-20 bearing", "Data"), **page)
    assert "9 000 rpm" in quote("max rpm of the KB-20 bearing", [hit(first, 5.0), hit(data, 4.0)])[0]
    assert quote("what is the KB-20 bearing", [hit(first, 5.0), hit(data, 4.0)])[1][0] == 1
    assert quote("max rpm of the KB-20 bearing", [hit(first, 5.0), hit(data, 2.0)])[1] == [1]


def test_what_an_agent_wrote_to_another_is_not_told_where_a_document_says_more_of_what_is_asked():
    log = passage("代金は返金いたします。", "カレーに髪の毛が入ってました", kind="log")
    row = passage("メニュー: カレー; 小麦: ●; 乳: －", source="list.xlsx")
    faq = passage("カレーは人気です。", "カレーは人気ですか？")
    assert "小麦: ●" in quote("カレーに小麦はいってますか", [hit(log, 5.0), hit(row, 4.0)])[0]
    assert quote("カレーに小麦はいってますか", [hit(faq, 5.0), hit(row, 4.0)])[1][0] == 1


def test_a_yes_is_not_said_to_what_a_faq_does_not_speak_of():
    express = hit(passage("Yes. Orders before 14:00 leave on the same day.", "Do you ship by express?"))
    assert quote("do you ship to Norway", [express])[0].startswith("Do you ship by express?\nYes. Orders")
    assert quote("do you ship express", [express])[0].startswith("Yes. Orders")
    monthly = hit(passage("いいえ。日割りになりません。", "退去月の家賃は日割りですか？"))
    assert quote("駐車場の家賃は日割り？", [monthly])[0].startswith("【退去月の家賃は日割りですか？】")


def test_of_two_that_are_as_good_the_one_that_holds_the_whole_part_number_is_quoted():
    others = hit(passage("The PX-5M-20 has twenty teeth.", source="a.md"), 5.0)
    meant = hit(passage("The PX-5M-18 has eighteen teeth.", source="b.md"), 4.8)
    assert quote("teeth of the PX-5M-18", [others, meant])[1][0] == 2


def test_a_passage_in_the_questions_language_that_speaks_of_all_that_is_asked_is_told_before_a_better_one():
    english = hit(passage("Go to My Page, then Cancel.", source="guide_en.html"), 5.0)
    own = hit(passage("マイページから解約できます。", source="guide.html"), 4.0)
    other = hit(passage("マイページから休止できます。", source="guide.html"), 4.0)
    log = hit(passage("解約を承りました。", "解約できない", kind="log"), 4.0)
    assert quote("解約できないんだけど", [english, own], "ja")[1] == [2]
    assert quote("解約できないんだけど", [english, other], "ja")[1] == [1]
    assert quote("解約できないんだけど", [english, log], "ja")[1] == [1]


def test_a_title_is_not_quoted_without_what_stands_below_it():
    text = "健康診断の注意事項\n\n検尿の容器は5月11日に各課へ配ります。"
    assert to_the_point("健康診断を受けました", text) == text
    table = "Table 12: Torques unless another is stated\n\nThread: M6; Class 8.8: 9.5 Nm"
    assert to_the_point("What torque for the screws?", table) == table
    beside_it = "When do returns end?", "Returns end after 30 days.\n\nOur sea\n\nThe sea is blue."
    assert to_the_point(*beside_it) == "Returns end after 30 days."


def test_each_row_of_a_sheet_is_of_another_thing():
    sheet = {"source": "rates.xlsx", "title": "rates", "headings": ("Atami", "Rates for a night")}
    texts = "Room: Twin; Peak: 250 EUR", "Room: Suite; Peak: 580 EUR", "Room: Months; Peak: July"
    rows = [replace(hit(passage(text, row=number, **sheet)), place=number) for number, text in enumerate(texts, 6)]
    assert quote("When is peak in Atami?", rows[::-1])[1] == [1]


def test_a_section_that_speaks_of_what_is_asked_is_told_though_the_part_above_it_is_named_so():
    rules = {"source": "rules.docx", "title": "Rules"}
    best = passage("A claim must be made within two years.", headings=("Part 4: Claims", "4.2 Time limit"), **rules)
    other = passage("Benefits are paid after the claim.", headings=("Part 4: Claims", "4.3 Payment"), **rules)
    assert quote("How long do I have to claim a benefit?", [hit(best, 4.9), hit(other, 4.4)])[1] == [1]
