"""Which of several branches has something, and what another branch says of the same."""

import pytest
from fakes import FakeFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.siblings import MOST, asks_which, series
from service.answering.quotations.extractive import quote
from service.answers import Turn

HOTELS = {
    "Harbour": "Rooms with a balcony. A sauna for eight. A bar.",
    "Meadow": "- Garden\n- Sauna (Fridays only)\n- Library",
    "Summit": "A terrace and a climbing wall.",
}


def section(name, heading, text, **fields):
    return passage(text, source=f"{name}.html", title=f"{name} Hotel", headings=(f"{name} Hotel", heading), **fields)


FACILITIES = [section(name, "Facilities", text) for name, text in HOTELS.items()]
HOURS = [
    section("北", "営業時間", "平日: 9:00〜21:00\n日: 10:00〜18:00"),
    section("北", "お知らせ", "北の屋上は冬のあいだ休みます。"),
    section("南", "営業時間", "平日: 8:00〜20:00\n日: 休み"),
]


@pytest.mark.parametrize(
    "question",
    [
        "which hotels have a sauna?",
        "Where can I use a sauna",
        "サウナがあるのはどこ？",
        "サウナのある店舗おしえて",
        "サウナできるとこは",
    ],
)
def test_a_question_may_ask_which(question):
    assert asks_which(question)


@pytest.mark.parametrize(
    "question", ["where is my parcel?", "どこまで送れますか", "どのくらいかかりますか", "what is a sauna"]
)
def test_others_do_not(question):
    assert not asks_which(question)


async def test_all_that_have_it_are_told_each_with_what_it_says_of_it():
    said = await answer(Answerer(FakeFinder(*FACILITIES), None, SETTINGS), "Which hotels have a sauna?")
    assert said.text.splitlines() == [
        "- Harbour Hotel: Rooms with a balcony. A sauna for eight. A bar [1].",
        "- Meadow Hotel: Sauna (Fridays only) [2]",
    ]
    assert [citation.n for citation in said.citations] == [1, 2]


async def test_of_sections_that_are_named_after_it_all_is_told():
    saunas = [section(name, "Sauna", "It is for eight.\nThe sauna closes at ten.") for name in HOTELS]
    said = await answer(Answerer(FakeFinder(*saunas), None, SETTINGS), "Which hotels have a sauna?")
    assert said.text.splitlines() == [
        f"- {name} Hotel: It is for eight. The sauna closes at ten [{n}]." for n, name in enumerate(HOTELS, 1)
    ]


async def test_more_are_told_than_an_answer_rests_on_usually():
    names = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch"]
    finder = FakeFinder(*(section(name, "Parking", f"We have {n + 3} parking places.") for n, name in enumerate(names)))
    said = await answer(Answerer(finder, None, SETTINGS), "Which hotels have parking?")
    assert len(said.citations) == len(names) > SETTINGS.passages_per_answer
    assert all(name in said.text for name in names)


async def test_what_they_hold_is_sure_enough_to_be_told():
    finder = FakeFinder(*FACILITIES, confidence=0.3)
    said = await answer(Answerer(finder, None, SETTINGS), "Which hotels have a sauna?")
    assert (said.outcome, len(said.citations)) == ("answered", 2)
    refused = FakeFinder(*FACILITIES, confidence=0.3)
    assert [event async for event in Answerer(refused, None, SETTINGS).stream("Which hotels have a casino?")][
        -1
    ].answer.outcome == "refused"


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        ("Which hotels have a sauna?", FACILITIES[:1]),  # a single one
        ("Do you have a sauna?", FACILITIES),  # not which
        ("Which hotels have a pool?", FACILITIES),
        ("What does the sauna of Harbour Hotel cost, and where can I pay?", FACILITIES),
        ("Which hotels have a sauna?", [passage(f"A sauna {n}.", f"Is there a sauna {n}?") for n in range(3)]),
        ("Which hotels have a sauna?", [section(f"H{n}", "Facilities", f"A sauna {n}.") for n in range(MOST + 1)]),
    ],
)
def test_no_list_is_made_of_anything_else(question, passages):
    assert series(question, [hit(each) for each in passages]) == []


def test_where_something_is_done_is_no_question_for_branches():
    page = passage("Open the profile to change the password.", title="Passwords", headings=("Passwords", "Changing"))
    notes = [section(name, "Notes", f"{name} logs who changes a password.") for name in ("Mail", "Files", "Calendar")]
    hits = [hit(each, 5.0 - number) for number, each in enumerate([page, *notes])]
    assert series("Where can I change a password?", hits) == []
    assert series("Where can I change a password?", hits[1:]) == [0, 1, 2]
    asked = passage("Yes, everywhere.", "Where can I change a password?")
    assert series("Where can I change a password?", [hit(asked), *hits[1:]]) == [1, 2, 3]


async def test_who_asks_on_with_another_branchs_name_is_told_of_the_same_there():
    history = [Turn("user", "北店は日曜何時まで？"), Turn("assistant", HOURS[0].text)]
    said = await answer(Answerer(FakeFinder(*HOURS), None, SETTINGS), "じゃあ南は？", *history)
    assert "日: 休み" in said.text
    assert "10:00〜18:00" not in said.text
    again = await answer(Answerer(FakeFinder(*HOURS), None, SETTINGS), "祝日もやってますか", *history)
    assert "10:00〜18:00" in again.text


async def test_it_stays_that_branch_until_another_is_named():
    answerer = Answerer(FakeFinder(*HOURS), None, SETTINGS)
    history = [
        *(Turn("user", "北店は日曜何時まで？"), Turn("assistant", HOURS[0].text)),
        *(Turn("user", "じゃあ南は？"), Turn("assistant", HOURS[2].text)),
    ]
    then = await answer(answerer, "平日は？", *history)
    assert "8:00〜20:00" in then.text
    assert "9:00〜21:00" not in then.text
    back = await answer(answerer, "北の平日は？", *history)
    assert "9:00〜21:00" in back.text


async def test_a_sibling_beyond_the_passages_of_an_answer_is_found():
    finder = FakeFinder(HOURS[0], *(passage(f"北の{n}階の案内です。") for n in range(6)), HOURS[2])
    history = [Turn("user", "北店は日曜何時まで？"), Turn("assistant", HOURS[0].text)]
    said = await answer(Answerer(finder, None, SETTINGS), "じゃあ南は？", *history)
    assert "日: 休み" in said.text


def test_beside_the_branch_that_is_named_no_other_is_told():
    north, south = hit(HOURS[0], 5.0), hit(HOURS[2], 5.0)
    assert quote("北は日曜何時まで？", [north, south])[1] == [1]
    assert quote("日曜は何時まで？", [north, south])[1] == [1, 2]
    assert quote("北と南は日曜何時まで？", [north, south])[1] == [1, 2]


@pytest.mark.parametrize("question", ["どの建物に駐車場がある？", "駐車場ある物件どこ", "which buildings have parking"])
def test_buildings_are_places(question):
    assert asks_which(question)


async def test_who_names_another_branch_and_no_more_asks_the_same_of_it():
    waste = [
        section(name, "ゴミの日", f"種類: びん; 曜日: {day}") for name, day in (("北館", "火曜"), ("南館", "金曜"))
    ]
    first = passage("駅から5分", source="南館.html", title="南館 Hotel", headings=("南館 Hotel",))
    finder = Waste(first, *waste)
    history = [Turn("user", "北館のびんのゴミの日は何曜日？"), Turn("assistant", "火曜", outcome="answered")]
    assert "金曜" in (await answer(Answerer(finder, None, SETTINGS), "南館はいつになりますか", *history)).text
    assert "駅から" in (await answer(Answerer(finder, None, SETTINGS), "南館についてですが、どうですか", *history)).text


class Waste(FakeFinder):
    """Finds a page's first words where nothing but the page is named, and sections on waste where that is asked for."""

    def search(self, question, limit=5, filters=None):
        first, *waste = self.passages
        return FakeFinder(*(waste if "ゴミ" in question else (first, *waste))).search(question, limit, filters)
