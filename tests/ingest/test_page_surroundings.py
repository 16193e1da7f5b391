"""What help centres put around their articles, and words of theirs that say something."""

from ingest.readers.reading import read


def page(body):
    return read(f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), "page.html")


def test_what_help_centres_put_around_their_articles_is_no_text():
    result = page(
        '<div id="pan"><a href="/">トップページ</a> &gt; <a href="/k">くらし</a> &gt; 粗大ごみ</div><h1>粗大ごみ</h1>'
        '<ul><li><a href="#">このページを印刷する</a></li><li><a href="#">シェアする</a></li></ul><p>💸</p>'
        "<p>朝8時までに玄関先へ出してください。</p><p>Written by Mia Holm</p>"
        "<h2>このページの情報は役に立ちましたか？</h2><p>役に立った　どちらともいえない</p><p>はい</p>"
        "<p>この記事は役に立ちましたか？ はい いいえ</p><p>問題は解決しましたか？</p>"
        "<p>アンケート：ご意見をお聞かせください</p><ul><li>解決できた</li><li>解決できたがわかりにくかった</li></ul>"
        '<div class="labels-section">No labels</div><div class="sharedaddy"><h3>Share this:</h3><p>Tell all</p></div>'
        '<a href="/1"><span>Previous</span><span>Install the hub</span></a><a href="/2">Next: Alarms</a>'
        '<ul><li><a href="/3">前へ：資源ごみ</a></li></ul><div class="prev post"><a href="/4"><p>Leaks</p></a></div>'
    )
    assert [(section.headings, section.text) for section in result.sections] == [
        (("粗大ごみ",), "朝8時までに玄関先へ出してください。")
    ]


def test_words_that_help_centres_use_are_read_where_they_say_something():
    result = page(
        "<h1>Can I wash it?</h1><p>Yes</p><p>Home &gt; Settings &gt; Alarms</p><p>Next, press the button.</p>"
        '<ul><li><a href="/a">Next day delivery</a></li><li><a href="/b">次の更新の手順</a></li><li>…</li></ul>'
        '<div class="next">Then wait. <a href="/w">Why?</a></div><div class="sd-card">Insert the SD card.</div>'
        "<p>It was\nwritten by Barry Warsaw.</p>"
    )
    assert [section.text for section in result.sections] == [
        "Yes\n\nHome > Settings > Alarms\n\nNext, press the button.\n\n- Next day delivery\n- 次の更新の手順\n- …"
        "\n\nThen wait. Why?\n\nInsert the SD card.\n\nIt was written by Barry Warsaw."
    ]


def test_what_notion_and_confluence_export_beside_their_pages_is_no_text():
    rows = "".join(
        f'<tr class="property-row property-row-{kind}"><th>{name}</th><td>{value}</td></tr>'
        for kind, name, value in (("status", "Status", "Done"), ("person", "Owner", "Mia"), ("text", "Fee", "300 yen"))
    )
    attached = '<h2 class="pageSectionTitle">Attachments:</h2><div><a href="1.png">front.png</a> (image/png)</div>'
    result = page(
        f'<header><h1>Repairs</h1></header><article><table class="properties"><tbody>{rows}</tbody></table>'
        f'<p>They take two weeks.</p></article><div class="pageSection group">{attached}</div>'
    )
    assert [section.text for section in result.sections] == ["Fee: 300 yen\n\nThey take two weeks."]
    everything = rows.replace("property-row-text", "property-row-select")
    result = page(f'<h1>Repairs</h1><table class="properties"><tbody>{everything}</tbody></table><p>Two weeks.</p>')
    assert [section.text for section in result.sections] == ["Two weeks."]


def test_what_a_word_processor_puts_around_its_pages_is_no_text():
    result = page(
        '<div title="header"><p>Warranty, version 6</p></div><h1>Warranty</h1>'
        '<div id="Table of Contents1"><p>Term 2</p></div><p class="MsoToc1">Term 2</p>'
        "<p>In force from <span><sdfield type=DATETIME>1 May 2026</sdfield></span>. It lasts"
        '<span class="annotation_style_by_filter"> [NOTE: ask]</span> three years'
        '<a href="#sdfootnote1sym"><sup>1</sup></a> from then<a href="#_edn2">[ii]</a>.</p>'
        '<p>See <a href="#fn2">note 2</a>.</p><div><a href="#sdfootnote1anc">1</a>One year in Malta.</div>'
        '<div title="footer"><p>Page <sdfield type=PAGE>4</sdfield></p></div>'
    )
    assert [(section.headings, section.text) for section in result.sections] == [
        (
            ("Warranty",),
            "In force from 1 May 2026. It lasts three years from then.\n\nSee note 2.\n\nOne year in Malta.",
        )
    ]


def test_where_a_word_may_be_divided_it_is_whole():
    assert [section.text for section in page("<p>Be\xadfore the re\xadturn</p>").sections] == ["Before the return"]


def test_notes_stand_below_what_cites_them():
    def cites(name):
        return f'<a name="_ftnref{name}" href="#_ftn{name}">[{name}]</a>'

    def note(name, text):
        return f'<div id="ftn{name}"><p><a name="_ftn{name}" href="#_ftnref{name}">[{name}]</a> {text}</p></div>'

    result = page(
        f"<h2>Fee</h2><p>It is 9 pounds{cites(1)} a year{cites(2)}.</p><p>Pay in May.</p><h2>Rules</h2>"
        f"<ul><li>No dogs{cites(3)}.</li><li>No fires.</li></ul><p>Have fun.</p>"
        f"{note(1, 'Ten in Malta.')}{note(2, 'Of twelve months.')}{note(3, 'But guide dogs.')}"
    )
    assert [(section.headings, section.text) for section in result.sections] == [
        (("Fee",), "It is 9 pounds a year.\n\nTen in Malta.\n\nOf twelve months.\n\nPay in May."),
        (("Rules",), "- No dogs.\n- No fires.\n\nBut guide dogs.\n\nHave fun."),
    ]
