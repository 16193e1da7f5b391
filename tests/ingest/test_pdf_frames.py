"""Frames of text, lists and what stands far apart on the pages of word processors and slides."""

from ingest.printed.books import Line
from ingest.printed.gaps import settled
from ingest.printed.order import in_reading_order, with_initials, with_stacked, without_ruby
from ingest.printed.paragraphs import paragraphs


def at(bottom: float, text: str, left: float = 57, right: float = 530) -> Line:
    return Line(text, left, bottom, right, bottom + 8, 10)


PAGE = [
    at(775, "Owner's manual of the pump", right=240),
    at(725, "Safety", right=100),
    at(700, "Keep children away from the pump while it is running, and pets as well; they"),
    at(686, "may be hurt.", right=120),
    at(500, "Use a socket with a residual current device.", right=300),
    at(480, "Call us."),
]
FRAME = [at(600, "DANGER", right=100), at(586, "Never lift the pump by", right=170), at(572, "its cable.", right=110)]


def test_a_frame_that_is_drawn_first_is_read_where_it_stands():
    told = in_reading_order([*FRAME, *PAGE])
    assert [line.text for line in told] == [line.text for line in [*PAGE[:4], *FRAME, *PAGE[4:]]]
    assert "Never lift the pump by its cable." in "\n".join(paragraphs(told))


def test_a_frame_among_other_lines_or_beside_the_column_stays_where_it_is_drawn():
    among = [at(705, "DANGER", right=100)]
    assert in_reading_order([*among, *PAGE]) == [*among, *PAGE]
    beside = [at(600, "DANGER", left=540, right=590)]
    assert in_reading_order([*beside, *PAGE]) == [*beside, *PAGE]


def test_two_frames_go_to_two_places():
    lower = [at(492, "HINT", left=400, right=440)]
    told = [line.text for line in in_reading_order([*FRAME, *lower, *PAGE])]
    assert told.index("DANGER") == 4
    assert told.index("HINT") == len(told) - 2


def test_items_that_letters_of_kana_mark_are_lines_of_their_own():
    lines = [
        at(700, "次のいずれかに当たるときは、申込みをお断りします。", right=400),
        at(680, "ア 過去に料金の未払いがあるとき", left=80, right=300),
        at(660, "イ その他", left=80, right=140),
    ]
    assert paragraphs(lines) == ["\n".join(line.text for line in lines)]
    numbered = [at(700 - 20 * row, f"（{row}） 次の方は入会できません", right=300) for row in range(1, 4)]
    among = [*numbered[:2], at(650, "ア 病気のある方", left=80, right=200), numbered[2]]
    assert paragraphs(among) == ["\n".join(line.text for line in among)]
    assert settled("ア 過去の例", lambda left, right: (0.6, True))[0] == "ア 過去の例"
    assert settled("ア イス", lambda left, right: (0.2, True))[0] == "アイス"


def test_what_follows_the_last_item_at_the_margin_is_no_part_of_it():
    lines = [
        at(700, "1. Goods are exchanged, not refunded.", left=76, right=270),
        at(686, "Old prices end in May.", right=250),
    ]
    assert paragraphs(lines) == [lines[0].text, lines[1].text]


def test_what_stands_far_below_is_a_paragraph_however_few_lines_there_are():
    lines = [at(700, "Choose a day and wait for the message"), at(570, "We are open from one to five")]
    assert paragraphs(lines) == [line.text for line in lines]


def test_a_large_first_letter_begins_the_words_beside_it():
    lines = [
        at(700, "rom March to May our workshop checks pumps", left=90),
        at(686, "for eight pounds.", left=90, right=200),
        at(660, "Call us."),
        Line("F", 57, 682, 86, 712, 40),
    ]
    told = with_initials(lines)
    assert [line.text for line in told] == [
        "From March to May our workshop checks pumps",
        *(line.text for line in lines[1:3]),
    ]
    far = [*lines[:3], Line("F", 300, 682, 320, 712, 40)]
    assert with_initials(far) == far


def test_letters_set_below_one_another_are_a_line_that_runs_downwards():
    columns = ["十月の平日は二割引です", "合言葉は、もみじです。"]
    letters = [
        Line(letter, 600 - 15 * column, 700 - 11 * row, 609 - 15 * column, 709 - 11 * row, 10)
        for column, text in enumerate(columns)
        for row, letter in enumerate(text)
    ]
    assert [line.text for line in in_reading_order(with_stacked(letters))] == columns
    marks = [Line("○", 300, 700 - 14 * row, 309, 709 - 14 * row, 10) for row in range(3)]
    names = [at(700 - 14 * row, f"Plan {row}", right=120) for row in range(4)]
    assert with_stacked([*names, *marks]) == [*names, *marks]


def test_kana_above_words_that_begin_after_a_sign_are_not_read():
    base = [Line("皆さまに", 680, 650, 692, 700, 10), Line("紅葉の季節に", 680, 580, 692, 639, 10)]
    ruby = Line("、こうよう", 690, 612, 697, 650, 6)
    assert [line.text for line in without_ruby([base[0], ruby, base[1]])] == ["皆さまに、", "紅葉の季節に"]
