"""What stands beside or within a page's text: navigation, boxes of advice, tabs, images, texts for several systems."""

import time

import pytest

from ingest.readers.reading import read


def sections(body):
    page = f"<!DOCTYPE html><html><body>{body}</body></html>".encode()
    return [(section.headings, section.text) for section in read(page, "a.html").sections]


def text(body):
    (told,) = [told for _, told in sections(body)]
    return told


@pytest.mark.parametrize(
    "furniture",
    [
        '<div class="navheader"><table><tr><td><a href="a">Prev</a></td><th>Cups</th></tr></table></div>',
        '<div class="pagination"><a href="a">1</a><a href="b">2</a></div>',
        '<p class="skip-link"><a href="#main">Skip to the text</a></p>',
        '<ul class="docnav"><li><a href="a">Prev</a></li><li>The cup manual</li></ul>',
        '<p><a href="a">&lt;&lt; Prev</a> | <a href="b">Home</a></p><ul><li><a href="c">Next page</a></li></ul>',
        '<p><a href="#top">▲ページの先頭へ戻る</a></p><p><a href="./">一覧へ戻る</a></p>',
        '<div id="header"><p>Our shop</p></div>',
        '<div id="side-bar"><p>Order now</p></div>',
    ],
)
def test_links_around_a_page_are_left_out(furniture):
    assert text(f"{furniture}<p>Rinse it.</p>") == "Rinse it."


def test_words_for_ways_around_stay_in_the_text():
    body = "<p>Next</p><p><a href='a'>Top lids</a></p><ul><li><a href='b'>Backup</a></li></ul>"
    assert text(body) == "Next\n\nTop lids\n\n- Backup"


def test_a_box_within_the_text_may_be_called_header():
    assert sections('<article><div id="header"><h1>Cups</h1></div><p>Rinse it.</p></article>') == [
        (("Cups",), "Rinse it.")
    ]


def test_an_article_that_says_of_itself_that_it_has_a_path_stays():
    article = '<article class="has-breadcrumb"><p class="breadcrumb"><a href="a">Shop</a></p><p>{}</p></article>'
    assert text(f"<main>{article.format('Rinse it.')}{article.format('Dry it.')}</main>") == "Rinse it.\n\nDry it."


@pytest.mark.parametrize("related", ["<p><b>Related topics</b></p>", "<h2>See also:</h2>", "<p>関連するご質問</p>"])
@pytest.mark.parametrize(
    "links",
    [
        "<ul><li><a href='a'>Cups</a></li><li><a href='b'>Pots</a>, <a href='c'>lids</a></li></ul>",
        "<p><a href='a'>Cups</a></p><p><a href='b'>Pots</a></p>",
        "<a href='a'><div><p>Cups</p><p>All about cups</p></div></a>",
    ],
)
def test_lists_of_related_pages_are_left_out(related, links):
    body = f'<h1>Lids</h1><p>Rinse it.</p>{related}{links}<a name="seals"></a><h2>Seals</h2><p>Dry it.</p>'
    assert sections(body) == [(("Lids",), "Rinse it."), (("Lids", "Seals"), "Dry it.")]


def test_what_is_said_of_related_pages_stays():
    assert text("<p>See also</p><p><a href='a'>Cups</a> hold more.</p>") == "See also\n\nCups hold more."
    assert text("<p>We sell:</p><ul><li><a href='a'>Cups</a></li></ul>") == "We sell:\n\n- Cups"


@pytest.mark.parametrize(
    "box",
    [
        '<div class="warning"><h3 class="title">Warning</h3><p>It is hot.</p></div>',
        '<div class="admonition warning"><p class="admonition-title">Warning</p><p>It is hot.</p></div>',
        "<p><strong>Warning:</strong></p><p>It is hot.</p>",
        '<div class="warning"><table><tr><td rowspan="2"><img alt="[!]"></td><th>Warning</th></tr>'
        "<tr><td><p>It is hot.</p></td></tr></table></div>",
    ],
)
def test_a_box_of_advice_is_a_paragraph_and_heads_nothing(box):
    assert sections(f"<h2>Filling</h2><p>Open it.</p>{box}<p>Close it.</p>") == [
        (("Filling",), "Open it.\n\nWarning: It is hot.\n\nClose it.")
    ]


def test_a_box_of_advice_in_a_list_does_not_break_it():
    body = "<ol><li>Open it.<div class='note'><h3>Note</h3><p>Slowly.</p></div></li><li>Close it.</li></ol>"
    assert text(body) == "1. Open it.\n   Note: Slowly.\n2. Close it."
    assert text("<p>注意</p><ul><li>熱い</li><li>重い</li></ul>") == "注意：\n\n- 熱い\n- 重い"
    assert text("<p>Rinse it.</p><p>Note</p>") == "Rinse it.\n\nNote"


def test_definitions_within_a_list_do_not_break_it():
    body = "<ol><li>Choose:<dl><dt>Small</dt><dt>S</dt><dd><p>One cup.</p></dd><dt>Large</dt><dd>Four.</dd></dl></li>"
    assert text(f"{body}<li>Press start.</li></ol>") == (
        "1. Choose:\n   Small, S: One cup.\n   Large: Four.\n2. Press start."
    )


def test_a_term_that_nothing_defines_is_read_too():
    assert text("<ul><li>Sizes:<dl><dt>Small</dt></dl></li><li>Colours</li></ul>") == "- Sizes:\n  Small\n- Colours"


def test_a_question_in_a_box_is_a_question():
    body = '<div class="tip"><h2>Is it hot?</h2><p>Yes.</p></div><div class="tip"><h2>Is it new?</h2><p>No.</p></div>'
    page = read(f"<html><body>{body}</body></html>".encode(), "a.html")
    assert [(section.question, section.text) for section in page.sections] == [
        ("Is it hot?", "Yes."),
        ("Is it new?", "No."),
    ]


@pytest.mark.parametrize(
    "many",
    [
        "<span>" + "<span hidden>a</span>" * 20_000 + "</span>",
        '<div class="note">' + "<h2>a</h2><p>b</p>" * 20_000 + "</div>",
        "<p><a href='a'>" + "Top " * 100_000 + "on</a></p>",
        "<ul>" + "<li><a href='a'>a</a></li>" * 50_000 + "</ul>",
    ],
)
def test_many_of_a_kind_take_no_time(many):
    started = time.process_time()
    read(f"<html><body><p>Text</p>{many}</body></html>".encode(), "a.html")
    assert time.process_time() - started < 5


def test_tabs_are_read_with_their_names():
    body = (
        '<h2>Reset</h2><ul role="tablist"><li role="tab" id="w">Windows</li><li role="tab" id="m">Mac</li></ul>'
        '<div role="tabpanel" aria-labelledby="w"><p>Press Ctrl.</p></div>'
        '<div role="tabpanel" aria-labelledby="m" hidden><h3>Keys</h3><p>Press Command.</p></div><p>Wait.</p>'
    )
    assert sections(body) == [
        (("Reset", "Windows"), "Press Ctrl."),
        (("Reset", "Mac", "Keys"), "Press Command."),
        (("Reset",), "Wait."),
    ]


def test_of_what_a_script_chooses_from_everything_is_read():
    keys = "<span>\n<span hidden>Command</span><span hidden>Ctrl</span></span>"
    menus = "<span><span hidden>App - Settings</span><span hidden>Tools - Options</span></span>"
    assert text(f"<p>Press {keys}+Z.<p>Choose {menus}.<p>Wait<span hidden> for ever</span>.") == (
        "Press Command/Ctrl+Z.\n\nChoose App - Settings / Tools - Options.\n\nWait."
    )
    assert text("<p>Press <b><b hidden>Stop</b><b hidden>Stop</b></b>.") == "Press Stop."
    assert text(f"<table><tr><td>Undo</td><td>{keys}+Z</td></tr></table>") == "Undo | Command/Ctrl+Z"


def test_images_in_running_text_are_called_by_their_names():
    assert text('<p>Click <img alt="Save icon">, then the Print <img alt="Print"> button.</p>') == (
        "Click [Save], then the Print button."
    )
    assert text('<p><img alt="A cup"></p><p><img alt="A hand">Rinse it<img alt="a.png">.</p>') == "Rinse it."


def test_a_cell_that_is_an_image_says_its_name():
    table = '<table><tr><th>Plan<th>Mail</tr><tr><td>Lite<td><img alt="×"></tr><tr><td>Pro<td><img alt="Yes"></tr>'
    assert text(f"{table}</table>") == "Plan: Lite; Mail: ×\nPlan: Pro; Mail: Yes"


def test_words_are_not_torn_and_their_marks_and_reading_aids_are_left_out():
    body = (
        "<p>An <acronym>APN</acronym> is a <var>name</var><sup><a href='#n1'>[1]</a></sup> of 10<sup>3</sup> let<wbr>"
        "ters.</p><p>お<ruby>客<rp>(</rp><rt>きゃく</rt><rp>)</rp></ruby>様</p>"
    )
    assert text(body) == "An APN is a name of 10³ letters.\n\nお客様"


def test_paragraphs_and_definitions_in_a_cell_stay_apart():
    table = (
        "<table><tr><th>Size<th>Holds</tr><tr><td>S<td><p>Tea</p><p>Coffee (small)</p><p>Milk</p></tr>"
        "<tr><td>L<td><dl><dt>Soup</dt><dd>Hot.</dd></dl></tr><tr><td>M<td>Warm<br>tea</tr></table>"
    )
    assert text(table) == (
        "Size: S; Holds: Tea, Coffee (small), Milk\nSize: L; Holds: Soup Hot.\nSize: M; Holds: Warm tea"
    )


def test_a_caption_that_only_repeats_the_heading_is_left_out():
    assert sections("<h2>Bold</h2><p>Makes it bold.</p><p><img alt='B'></p><p>Bold</p>") == [
        (("Bold",), "Makes it bold.")
    ]


def test_a_question_within_the_answer_to_another_has_its_own_answer():
    body = (
        "<h1>FAQ</h1><h2>Which cup suits me?</h2><p>It depends.</p><h3>Is it for tea?</h3><p>Small.</p>"
        "<h3>Is it for soup?</h3><p>Large.</p><h4>With handles</h4><p>Two.</p><h2>Is it free?</h2><p>No.</p>"
    )
    page = read(f"<html><body>{body}</body></html>".encode(), "a.html")
    assert [(section.question, section.headings, section.text) for section in page.sections] == [
        ("Which cup suits me?", ("FAQ",), "It depends."),
        ("Is it for tea?", ("FAQ", "Which cup suits me?"), "Small."),
        ("Is it for soup?", ("FAQ", "Which cup suits me?"), "Large.\n\nWith handles\n\nTwo."),
        ("Is it free?", ("FAQ",), "No."),
    ]


def test_boxes_of_advice_in_markdown_are_named():
    page = b"Open it.\n\n> [!WARNING]\n> It is hot.\n\n> **Note:** It clicks. [!TIP]\n"
    (section,) = read(page, "a.md").sections
    assert section.text == "Open it.\n\nWarning: It is hot.\n\nNote: It clicks. [!TIP]"


@pytest.mark.parametrize(
    "asked",
    [
        "Was this article helpful? Yes No",
        "143 out of 171 found this helpful",
        "Have more questions? Submit a request",
        "Updated 3 weeks ago · 4 min read",
        "この記事は役に立ちましたか？",
        "14人中12人がこの記事が役に立ったと言っています",
        "他にご質問がございましたら、リクエストを送信してください",
    ],
)
def test_what_a_help_centre_asks_its_readers_is_none_of_the_text(asked):
    assert text(f"<h1>Cups</h1><p>Wash them by hand.</p><div>{asked}</div>") == "Wash them by hand."


@pytest.mark.parametrize("said", ["Was this helpful cup broken?", "Have more questions? Call us.", "Updated on May 3."])
def test_what_only_begins_so_stays(said):
    assert said in text(f"<h1>Cups</h1><p>Wash them by hand.</p><p>{said}</p>")


def test_a_value_that_spans_columns_is_said_of_all_of_them():
    head = "<tr><th>Bath</th><th>Men</th><th>Women</th></tr>"
    rows = "<tr><td>Large</td><td>15-24</td><td>5-9</td></tr><tr><td>Private</td><td colspan=2>15-22</td></tr>"
    assert text(f"<table>{head}{rows}<tr><td colspan=3>Closed in May</td></tr></table>").splitlines() == [
        "Bath: Large; Men: 15-24; Women: 5-9",
        "Bath: Private; Men, Women: 15-22",
        "Bath: Closed in May",
    ]


def test_days_that_one_value_spans_are_named():
    head = "<tr><th>時間</th><th>月</th><th>火</th><th>水</th><th>土</th></tr>"
    assert text(f"<table>{head}<tr><td>午前</td><td colspan=3>9時～12時</td><td>休診</td></tr></table>") == (
        "時間: 午前; 月曜・火曜・水曜: 9時～12時; 土曜: 休診"
    )


def test_a_table_whose_first_row_looks_like_names_has_them_without_marks():
    rows = [
        ("Price list", "", ""),
        ("Valid from", "1 May 2026", ""),
        ("Model", "Use", "Price"),
        ("P-300", "Cellars", "£79"),
    ]
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}<td></td></tr>" for row in rows)
    note = "<comment>Raise it in June</comment>"
    told = read(f"<html><body><table>{cells.replace('£79', note + '£79')}</table>".encode(), "prices.html")
    assert told.sections[0].text == "Price list\nValid from: 1 May 2026\nModel: P-300; Use: Cellars; Price: £79"
    down = "<tr><td rowspan=2>Hoses</td><td>H-1</td><td>£9</td></tr><tr><td>Sum</td><td></td><td>£88</td></tr>"
    head = "<tr><td>Group</td><td>Model</td><td>Price</td></tr>"  # a row that was hidden is not there any more
    told = read(f"<html><body><table>{head}{down}</table>".encode(), "prices.html")
    assert told.sections[0].text == "Group: Hoses; Model: H-1; Price: £9\nHoses | Sum | £88"
    plain = "<tr><td>North</td><td>South</td><td>East</td></tr><tr><td>Anna</td><td>Ben</td><td>Cleo</td></tr>"
    told = read(f"<html><body><table>{plain}</table>".encode(), "people.html")
    assert told.sections[0].text == "North | South | East\nAnna | Ben | Cleo"
