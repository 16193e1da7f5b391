import time

import pytest

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile

FAQ_TEXT = "30日以内にお申し込みください。"


def html(body, head=""):
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def pairs(result):
    return [(section.question, section.text) for section in result.sections if section.question]


def texts(result):
    return [section.text for section in result.sections]


def test_headings_make_sections_with_their_path_and_anchor():
    page = """# Returns {#returns}

Thirty days.

## By post

<a id="post"></a>

Use the label.

## By post

Again.
"""
    result = read(page.encode(), "returns.md")
    assert result.kind == "document"
    assert result.title == "Returns"
    assert [(section.headings, section.anchor, section.text) for section in result.sections] == [
        (("Returns",), "returns", "Thirty days."),
        (("Returns", "By post"), "post", "Use the label."),
        (("Returns", "By post"), "by-post-1", "Again."),
    ]


def test_front_matter_gives_the_title_and_is_not_text():
    result = read("---\ntitle: '返品の手引き'\nlang: ja\ndraft: true\n---\n本文です。\n".encode(), "a.md")
    assert (result.title, result.lang, texts(result)) == ("返品の手引き", "ja", ["本文です。"])


def test_markdown_tables_read_row_by_row_and_code_keeps_its_shape():
    page = (
        "# Plans\n\n| Plan | Price |\n|---|---|\n| Lite | 500 yen |\n| Pro | 900 yen |\n\n```sh\nrun  it\n  now\n```\n"
    )
    assert texts(read(page.encode(), "a.md")) == [
        "Plan: Lite; Price: 500 yen\nPlan: Pro; Price: 900 yen\n\nrun  it\n  now"
    ]


def test_what_the_reader_must_fill_in_is_not_taken_for_a_tag():
    assert texts(read(b"Connected to <SSID> with <your name>.\n", "a.md")) == ["Connected to <SSID> with <your name>."]


def test_broken_japanese_lines_are_joined_without_a_space():
    assert texts(read("返品は三十日以内に\nお申し込みください。\nSee the\nmanual.\n".encode(), "a.md")) == [
        "返品は三十日以内にお申し込みください。 See the manual."
    ]


@pytest.mark.parametrize(
    "page",
    [
        f"# よくある質問\n\n## 返品はできますか？\n\n{FAQ_TEXT}\n\n## 送料について\n\n無料です。\n",
        f"# ヘルプ\n\n## Q1. 返品はできますか？\n\nA. {FAQ_TEXT}\n\n## Q2. 送料について\n\nA. 無料です。\n",
        f"# ヘルプ\n\nQ. 返品はできますか？\n\nA. {FAQ_TEXT}\n\nQ：送料について\n\nA：無料です。\n",
    ],
)
def test_a_markdown_page_of_questions_is_a_faq(page):
    result = read(page.encode(), "help.md")
    assert result.kind == "faq"
    assert pairs(result) == [("返品はできますか？", FAQ_TEXT), ("送料について", "無料です。")]


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>ヘルプ</h1><h2>返品はできますか？</h2><p>{FAQ_TEXT}</p><h2>送料はいくらですか。</h2><p>無料です。</p>",
        f"<details><summary>返品はできますか？</summary>{FAQ_TEXT}</details>"
        "<details><summary>送料はいくらですか。</summary><p>無料です。</p></details>",
        f"<dl><dt>返品はできますか？</dt><dd>{FAQ_TEXT}</dd><dt>送料はいくらですか。</dt><dd>無料です。</dd></dl>",
        f"<p>Q. 返品はできますか？</p><p>A. {FAQ_TEXT}</p><p>Q. 送料はいくらですか。</p><p>A. 無料です。</p>",
    ],
)
def test_an_html_page_of_questions_is_a_faq(body):
    result = read(html(body), "help.html")
    assert result.kind == "faq"
    assert pairs(result) == [("返品はできますか？", FAQ_TEXT), ("送料はいくらですか。", "無料です。")]


def test_headings_within_an_answer_belong_to_it():
    body = (
        "<h2 id=a>Can I return it?</h2><p>Yes.</p><h3>By post</h3><p>Use the label.</p>"
        "<h2 id=b>Is it free?</h2><p>It is.</p>"
    )
    result = read(html(body), "help.html")
    assert pairs(result) == [("Can I return it?", "Yes.\n\nBy post\n\nUse the label."), ("Is it free?", "It is.")]
    assert [section.anchor for section in result.sections] == ["a", "b"]


def test_a_manual_with_one_question_among_its_headings_stays_a_document():
    page = "# Manual\n\n## Setting up\n\nPlug it in.\n\n## What is it?\n\nA lamp.\n\n## Cleaning\n\nUse a cloth.\n"
    result = read(page.encode(), "manual.md")
    assert result.kind == "document"
    assert pairs(result) == []


def test_terms_of_a_glossary_are_lines_of_text():
    result = read(html("<h1>Terms</h1><dl><dt>SIM</dt><dd>A card.</dd><dt>APN</dt><dd>A name.</dd></dl>"), "terms.html")
    assert result.kind == "document"
    assert texts(result) == ["SIM: A card.\n\nAPN: A name."]


def test_only_what_a_visitor_reads_is_read():
    body = (
        "<header>site name</header><nav>menu</nav><div class='breadcrumb'>top &gt; help</div>"
        "<main><article><header><h1>返品</h1></header><p>本文です。</p><p hidden>hidden</p>"
        "<p style='display: none'>secret</p><script>code()</script><style>css</style></article>"
        "<aside>ads</aside></main><footer>(c)</footer>"
    )
    result = read(html(body, "<title>返品の案内</title>"), "a.html")
    assert result.title == "返品の案内"
    assert [(section.headings, section.text) for section in result.sections] == [(("返品",), "本文です。")]


LINKS = "".join(f'<li><a href="#s{number}">Section {number}</a></li>' for number in range(4))


@pytest.mark.parametrize(
    "contents",
    [
        f"<h2>Table of contents</h2><ul>{LINKS}</ul>",
        f'<div id="ez-toc-container" class="ez-toc-v2"><p>目次</p><ul>{LINKS}</ul></div>',
        f'<div class="toc"><dl><dt><a href="a.html">A</a></dt></dl></div><ol>{LINKS}<ul>{LINKS}</ul></ol>',
    ],
)
def test_a_list_of_what_the_page_holds_is_left_out(contents):
    page = f'<main class="toc">{contents}<h2 id="s1">Section 1</h2><p>Thirty days.</p></main>'
    (section,) = read(html(page), "a.html").sections
    assert (section.headings, section.anchor, section.text) == (("Section 1",), "s1", "Thirty days.")


def test_links_within_the_page_that_say_more_stay():
    page = f"<ul>{LINKS}<li>and more by telephone</li></ul><ul><li><a href='#a'>Cups</a></li></ul>"
    assert "and more by telephone" in texts(read(html(page), "a.html"))[0]
    assert "Cups" in texts(read(html(page), "a.html"))[0]
    assert texts(read(b"- [Cups](#cups)\n- [Pots](#pots)\n- [Lids](#lids)\n\nWe have them.\n", "a.md")) == [
        "We have them."
    ]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ('Returns<a class="headerlink" href="#returns" title="Link to this heading">¶</a>', "Returns"),
        ('<a class="anchor" href="#returns">§</a>Returns', "Returns"),
        ('Returns <button>Copy link</button><a href="#returns">#</a>', "Returns"),
        ('<a href="#cs">C#</a>', "C#"),
        ("<button>Can I return it?</button>", "Can I return it?"),
        ("<b>We are number</b> #", "We are number #"),
    ],
)
def test_a_heading_is_read_without_the_link_to_itself(heading, title):
    (section,) = read(html(f"<h2>{heading}</h2><p>Thirty days.</p>"), "a.html").sections
    assert (section.question or section.headings[-1]) == title


def test_html_tables_read_row_by_row_with_cells_that_span():
    table = (
        "<table><tr><th>プラン<th>期間<th>料金</tr><tr><td rowspan=2>ライト<td>1か月<td>500円</tr>"
        "<tr><td>1年<td>5,000円</tr></table><table><tr><th>電話</th><td>03-0000-0000</td></tr>"
        "<tr><th>受付</th><td>9時から</td></tr></table>"
    )
    assert texts(read(html(table), "a.html")) == [
        "プラン: ライト; 期間: 1か月; 料金: 500円\nプラン: ライト; 期間: 1年; 料金: 5,000円\n\n"
        "電話: 03-0000-0000\n受付: 9時から"
    ]


def test_lists_keep_their_items_and_breaks_their_lines():
    body = "<p>東京都<br>千代田区</p><ol start=2><li>Open it.<ul><li>Slowly.</li></ul></li><li>Close it.</li></ol>"
    assert texts(read(html(body), "a.html")) == ["東京都\n千代田区\n\n2. Open it.\n  - Slowly.\n3. Close it."]


def test_a_link_that_says_only_here_keeps_its_address():
    body = '<p>詳しくは<a href="https://a.example/x">こちら</a>、または<a href="https://a.example/y">料金表</a>へ。</p>'
    assert texts(read(html(body), "a.html")) == ["詳しくはこちら (https://a.example/x)、または料金表へ。"]


def test_the_nearest_name_is_the_anchor():
    body = (
        "<section id=s1><h2>One</h2><p>a</p></section><a name=old></a><h2>Two</h2><p>b</p>"
        "<div id=box><h2>Three</h2><p>c</p><h2>Four</h2><p>d</p></div>"
    )
    assert [section.anchor for section in read(html(body), "a.html").sections] == ["s1", "old", "box", None]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "utf-16"])
def test_pages_are_read_in_their_encoding(encoding):
    declared = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}.get(encoding, "utf-8")
    page = f'<html><head><meta charset="{declared}"></head><body><p>返品は三十日以内です。</p></body></html>'
    assert texts(read(page.encode(encoding), "a.html")) == ["返品は三十日以内です。"]


def test_a_wrong_declaration_of_encoding_or_language_does_no_harm():
    page = '<html lang="en"><head><meta charset="utf-8"></head><body><p>返品は三十日以内です。</p></body></html>'
    result = read(page.encode("cp932"), "a.html")
    assert texts(result) == ["返品は三十日以内です。"]
    assert result.lang == "ja"


@pytest.mark.parametrize(
    "page",
    [b"<div>" * 1_000_000, b"<b><i>" * 200_000, b"<table><tr><td>" * 100_000, b"<details>" * 300_000, b"<x" * 500_000],
)
def test_a_page_nested_without_end_is_refused_at_once(page):
    started = time.process_time()
    with pytest.raises(UnreadableFile) as told:
        read(page + b"text", "bomb.html")
    assert told.value.reason in ("too-large", "no-text")
    assert time.process_time() - started < 5


def test_deep_but_not_absurd_nesting_is_read():
    assert texts(read(b"<div><ul><li>" * 900 + b"text", "deep.html"))[0].strip(" -") == "text"


def test_a_huge_page_is_refused():
    with pytest.raises(UnreadableFile, match="limit is 10 MB"):
        read(b"<p>" + b"a" * 10_000_001, "a.html")


def test_boxes_of_advice_that_site_builders_know_are_read_with_their_label_and_code_is_left_alone():
    markdown = (
        '!!! note "Trees"\n    Cut them.\n\n    Then bind them.\n\nAfter.\n\n:::tip\nKeep it dry.\n:::\n\n'
        "```\n!!! note\n:::tip\n```\n"
    )
    (section,) = read(markdown.encode(), "a.md").sections
    assert section.text == "Trees: Cut them.\n\nThen bind them.\n\nAfter.\n\nTip: Keep it dry.\n\n!!! note\n:::tip"


def test_an_answer_on_the_line_below_its_question_is_one():
    markdown = "# Care\n\nQ: Can I wash it?\nA: Yes,\nby hand.\n\nQ: Is it heavy?\nA: No.\n"
    assert pairs(read(markdown.encode(), "care.md")) == [("Can I wash it?", "Yes, by hand."), ("Is it heavy?", "No.")]
