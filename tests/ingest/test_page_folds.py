"""Questions that pages hold in other shapes than headings, and what stands around their articles."""

import json

import pytest

from ingest.readers.reading import read


def page(body, head=""):
    return read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), "page.html")


def pairs(result):
    return [(section.question, section.text) for section in result.sections if section.question]


def texts(result):
    return [section.text for section in result.sections]


def test_a_button_asks_and_the_part_that_it_unfolds_answers_even_while_it_is_hidden():
    result = page(
        "<h1>Hire</h1><h2>Bookings</h2>"
        '<div role="button" aria-controls="a1" aria-expanded="false">Can I book on the day?</div>'
        '<div id="a1" role="region" style="display:none"><p>Yes, until noon.</p><p>E-bikes need a day.</p></div>'
        "<ul><li><button>Is the ferry included?</button><div><p>No, it costs £3.40.</p></div></li></ul>"
        "<p>Helmets are free.</p>"
    )
    assert pairs(result) == [
        ("Can I book on the day?", "Yes, until noon.\n\nE-bikes need a day."),
        ("Is the ferry included?", "No, it costs £3.40."),
    ]
    assert [section.headings for section in result.sections] == [("Hire", "Bookings")] * 3
    assert texts(result)[-1] == "Helmets are free."


def test_a_folded_part_below_a_heading_with_a_button_is_read_though_it_is_hidden():
    result = page(
        '<h1>Help</h1><h2><button aria-controls="c">Do you deliver?</button></h2><div id="c" style="display:none">'
        "Within five miles.</div><h2>Can I pay later?</h2><p>No.</p>"
    )
    assert pairs(result) == [("Do you deliver?", "Within five miles."), ("Can I pay later?", "No.")]


def test_what_buttons_open_that_is_no_text_stays_hidden():
    result = page(
        '<h1>Help</h1><button aria-controls="m">Menu</button><div id="m" hidden>Tours</div>'
        '<button aria-controls="d">Need help?</button><div id="d" role="dialog">Chat</div><p>Open all day.</p>'
    )
    assert texts(result) == ["Open all day."]


def test_microdata_tells_questions_and_answers():
    result = page(
        '<h2>宿泊</h2><div itemscope itemtype="https://schema.org/Question">'
        '<p itemprop="name">何時からですか</p><div itemprop="acceptedAnswer">'
        '<p itemprop="text">15時からです。</p></div></div>'
    )
    assert [(each.question, each.text, each.headings) for each in result.sections] == [
        ("何時からですか", "15時からです。", ("宿泊",))
    ]


@pytest.mark.parametrize("icon", ["<p><span>{}</span>", "<div>{}</div><p>"])
def test_letters_drawn_beside_questions_and_answers_mark_them(icon):
    question, answer = icon.format("Q"), icon.format("A")
    result = page(
        f"<h1>料金</h1><div>{question}一枚いくらですか</p></div><div>{answer}220円です。</p><p>税込です。</p></div>"
        f"<div>{question}会員は安いですか</p></div><div>{answer}15%引きです。</p></div>"
    )
    assert pairs(result) == [
        ("一枚いくらですか", "220円です。\n\n税込です。"),
        ("会員は安いですか", "15%引きです。"),
    ]


def test_a_letter_marked_in_a_word_or_in_code_is_no_mark_of_an_answer():
    result = page("<h1>Keys</h1><p><span>A</span>ll periods</p><pre><span>A</span> = [None]</pre>")
    assert texts(result) == ["All periods\n\nA = [None]"]


def test_paragraphs_in_bold_that_ask_are_questions_whether_or_not_the_answer_stands_beside_them():
    markdown = (
        "# Sync\n\n**Where are my files kept?**\nIn the EU.\n\n**How often do you sync?**\n\n1. Hourly\n2. At night\n"
    )
    assert pairs(read(markdown.encode(), "sync.md")) == [
        ("Where are my files kept?", "In the EU."),
        ("How often do you sync?", "1. Hourly\n2. At night"),
    ]


def test_several_paragraphs_in_bold_are_headings_but_captions_and_what_leads_on_are_not():
    result = page(
        "<h1>Orders</h1><p><b>Minimum</b></p><p>Ten metres.</p><p><b>Lead time</b></p><p>Three weeks.</p>"
        "<p><b>Figure 1. The mill</b></p><p>It is red.</p><p><b>If it is late:</b></p><p>Call us.</p>"
    )
    assert [(section.headings, section.text) for section in result.sections] == [
        (("Orders", "Minimum"), "Ten metres."),
        (("Orders", "Lead time"), "Three weeks.\n\nFigure 1. The mill\n\nIt is red.\n\nIf it is late:\n\nCall us."),
    ]
    alone = page("<h1>Orders</h1><p><b>Minimum</b></p><p>Ten metres.</p>")
    assert texts(alone) == ["Minimum\n\nTen metres."]


def test_a_table_within_a_table_that_lays_out_the_page_keeps_its_rows():
    result = page(
        "<table><tr><td>Menu</td><td><h1>Fees</h1><table><tr><th>Item</th><th>Fee</th></tr>"
        "<tr><td>Bike</td><td>300</td></tr></table></td></tr></table>"
    )
    assert texts(result)[-1] == "Item: Bike; Fee: 300"


def test_cells_in_bold_name_columns_where_no_others_do():
    result = page(
        "<h1>Lights</h1><table><tr><td><b>Light</b></td><td><strong>Meaning</strong></td></tr>"
        "<tr><td>Red</td><td>Too weak</td></tr></table><table><tr><td><b>All</b></td><td><b>bold</b></td></tr></table>"
    )
    assert texts(result) == ["Light: Red; Meaning: Too weak\n\nAll | bold"]


def test_what_stands_around_an_article_is_no_text():
    result = page(
        '<ul><li><a href="/a">Tours</a></li></ul><div class="post-meta">by Ann</div><h1>Orders</h1>'
        '<p>Ten metres.<span aria-hidden="true">▼</span></p><div class="article-votes">17 of 23</div>'
        '<div class="social-share-buttons">Tell a friend</div><div id="comments">Thanks! - Bob</div>'
        '<div id="cookie-notice">We use cookies.</div><amp-consent>We value you</amp-consent>'
        "<p>文字サイズ 小 標準 大</p><p>Open 9 to 5<br>Copyright (C) 2026 Mill. All Rights Reserved.</p>"
    )
    assert texts(result) == ["Ten metres.\n\nOpen 9 to 5"]


def test_a_page_that_shows_nothing_is_read_from_what_its_scripts_would_show():
    article = {"title": "Holding parcels", "bodyHtml": "<p>For up to <b>14 days</b>.</p><p>No fresh food.</p>"}
    state = json.dumps({"props": {"pageProps": {"article": article}}, "buildId": "dK29"})
    result = page(
        f'<div id="app">Loading…</div><script type="application/json">{state}</script>', "<title>Larkpost</title>"
    )
    assert result.title == "Larkpost"
    assert [(section.headings, section.text) for section in result.sections] == [
        (("Holding parcels",), "For up to 14 days.\n\nNo fresh food.")
    ]


def test_another_question_is_no_heading_of_a_question_in_a_table_below_it():
    result = page(
        "<h1>FAQ</h1><h2>Is it safe?</h2><p>Yes.</p><h2>Is it free?</h2><p>No.</p>"
        "<p>Q. Is it far?</p><p>A. Two miles.</p>"
    )
    assert [(each.question, each.headings) for each in result.sections][-1] == ("Is it far?", ("FAQ",))


@pytest.mark.parametrize(
    "item",
    [
        '<div class="card-header" data-toggle="collapse" data-target="#c{n}">{q}</div><div id="c{n}">{a}</div>',
        '<div class="faq-item"><div class="faq-question"><span>{q}</span><span>+</span></div>'
        '<div class="faq-answer" style="display:none">{a}</div></div>',
        '<div><button aria-controls="a{n}">{q}</button><div style="display:none"><div id="a{n}">{a}</div></div></div>',
        '<input id="i{n}" type="checkbox"><label for="i{n}">{q}</label><div class="acc-text">{a}</div>',
        '<button class="accordion">{q}</button><div class="panel">{a}</div>',
        '<div class="acc js-accordion"><p class="acc__head"><i>Q</i>{q}</p><div class="acc__body">{a}</div></div>',
    ],
)
def test_what_unfolds_again_and_again_has_titles_of_its_own(item):
    told = [("Parking", "Twelve places behind the house."), ("Bringing a dog", "Up to 10 kg.")]
    result = page(
        "<h1>Frequently asked questions</h1>" + "".join(item.format(n=n, q=q, a=a) for n, (q, a) in enumerate(told))
    )
    assert pairs(result) == told


def test_names_say_what_is_a_question_however_it_is_worded():
    item = '<div class="c-qa"><p class="c-qa__q">{}</p><div class="c-qa__a"><p>{}</p></div></div>'
    told = [("領収書がほしい", "マイページから印刷できます。"), ("支払い方法の変更", "発送前なら変更できます。")]
    assert pairs(page("<h1>お支払い</h1>" + "".join(item.format(*pair) for pair in told))) == told


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            '<button aria-controls="a">Show more</button><div id="a">Bells cost 5.</div>'
            '<button aria-controls="b">Show more</button><div id="b">Locks cost 9.</div>',
            "Bells cost 5.\n\nLocks cost 9.",
        ),
        (
            '<div class="card"><div class="card-header">New</div><div class="card-body">York opens in May.</div></div>'
            '<div class="card"><div class="card-header">Old</div><div class="card-body">Leeds closed.</div></div>',
            "New\n\nYork opens in May.\n\nOld\n\nLeeds closed.",
        ),
        (
            '<div class="question">Were you content?</div><div class="answer"><label><input type="radio">Very</label>'
            '</div><div class="question">Again?</div><div class="answer"><label><input type="radio">Yes</label></div>',
            "Were you content?\n\nVery\n\nAgain?\n\nYes",
        ),
    ],
)
def test_what_only_looks_like_it_is_no_title(body, text):
    assert texts(page(f"<h1>Shop</h1>{body}"))[-1] == text


@pytest.mark.parametrize(
    "body",
    [
        '<ul class="nav nav-tabs"><li><a data-toggle="tab" href="#w">Windows</a></li><li><a href="#m">Mac</a></li></ul>'
        '<div><div id="w">Press Ctrl.</div><div id="m">Press Command.</div></div>',
        '<div id="tabs"><ul><li><a href="#w">Windows</a></li><li><a href="#m">Mac</a></li></ul>'
        '<div id="w">Press Ctrl.</div><div id="m">Press Command.</div></div>',
        '<div class="tab"><button onclick="show(event, \'w\')">Windows</button><button onclick="show(event, \'m\')">'
        'Mac</button></div><div id="w">Press Ctrl.</div><div id="m">Press Command.</div>',
        '<div class="tabbed-labels"><label for="t1">Windows</label><label for="t2">Mac</label></div>'
        '<div class="tabbed-content"><div>Press Ctrl.</div><div>Press Command.</div></div>',
    ],
)
def test_tabs_that_nothing_but_their_links_or_their_order_tells_are_titles_of_their_panels(body):
    result = page(f"<h1>Keys</h1>{body}<p>Wait.</p>")
    assert [(section.headings, section.text) for section in result.sections] == [
        (("Keys", "Windows"), "Press Ctrl."),
        (("Keys", "Mac"), "Press Command."),
        (("Keys",), "Wait."),
    ]
