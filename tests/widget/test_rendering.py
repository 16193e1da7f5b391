"""What an answer's text looks like: the little that is made of Markdown, and everything else as it was written."""

from __future__ import annotations

import pytest
from doing import ask, open_counter, told
from fake_counter import Said, citation, page
from playwright.sync_api import expect

CASES = {
    "一行目\n二行目\n\n次の段落": "<p>一行目<br>二行目</p><p>次の段落</p>",
    "- a\n- b\n  - c\n- d": "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
    "手順\n1. 開ける\n2. 注ぐ\n\n完成": '<p>手順</p><ol start="1"><li>開ける</li><li>注ぐ</li></ol><p>完成</p>',
    "3) c\n4) d": '<ol start="3"><li>c</li><li>d</li></ol>',
    "・一つ\n・二つ": "<ul><li>一つ</li><li>二つ</li></ul>",
    "# 見出し\n本文": '<p class="heading"><strong>見出し</strong></p><p>本文</p>',
    "**太字** と *強調* と `a < b`": "<p><strong>太字</strong> と <em>強調</em> と <code>a &lt; b</code></p>",
    "2 * 3 * 4 と snake_case_name": "<p>2 * 3 * 4 と snake_case_name</p>",
    "```sh\nmake run\n```\n後": '<pre tabindex="0"><code>make run</code></pre><p>後</p>',
    "```\n閉じない": '<pre tabindex="0"><code>閉じない</code></pre>',
    "\\*そのまま\\*": "<p>*そのまま*</p>",
    "[9] は無い出典": "<p>[9] は無い出典</p>",
    "![図の説明](https://evil.example/x.png)です": "<p>図の説明です</p>",
    "a | b": "<p>a | b</p>",
    "5,500円以上（税込）": "<p>5,500円以上（税込）</p>",
}

BUSINESS = "Cabin: Business; Asia > Bags: 2; Asia > Each: 32 kg; Meals: yes; twice"
ROWS = {
    f"{BUSINESS}\nAsk us.": '<div class="row"><p><span>Cabin</span> <strong>Business</strong></p><dl>'
    '<div class="group"><dt>Asia</dt><dd><dl><div><dt>Bags</dt><dd>2</dd></div>'
    "<div><dt>Each</dt><dd>32 kg</dd></div></dl></dd></div>"
    "<div><dt>Meals</dt><dd>yes; twice</dd></div></dl></div><p>Ask us.</p>",
    "時間: 9:00-9:45; 月曜: ヨガ": "<p>時間: 9:00-9:45; 月曜: ヨガ</p>",  # two cells read well in a line
    "Note: come early; bring shoes; leave bags": "<p>Note: come early; bring shoes; leave bags</p>",
}
CELLS = "<tr><td>豆 <strong>A</strong></td><td>1,480円</td></tr><tr><td>豆 B</td><td>a|b</td></tr>"
TABLES = {
    "表です。\n| 商品 | 値段 |\n|:---|---:|\n| 豆 **A** | 1,480円 |\n| 豆 B | a\\|b |\n以上": "<p>表です。</p>"
    '<div class="sheet" tabindex="0"><table><tr><th scope="col">商品</th><th scope="col">値段</th></tr>'
    f"{CELLS}</table></div><p>以上</p>",
    "| 豆 **A** | 1,480円 |\n| 豆 B | a\\|b |": f'<div class="sheet" tabindex="0"><table>{CELLS}</table></div>',
    "| - | - |\n\n| a | b |": '<div class="sheet" tabindex="0"><table></table></div>'
    '<div class="sheet" tabindex="0"><table><tr><td>a</td><td>b</td></tr></table></div>',
}


@pytest.fixture
def view(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)))
    open_counter(view)
    return view


WATCHING = """() => {  // keeps all that the words of an answer ever were
    const root = document.querySelector("madoguchi-counter").shadowRoot;
    window.seen = new Set();
    const look = () => seen.add(root.querySelector(".words")?.textContent);
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
}"""


def test_markdown_as_elements(counter, view):
    for number, (text, html) in enumerate((CASES | ROWS | TABLES).items()):
        counter.queue = [Said([text])]
        ask(view, "?")
        view.locator(".answer .tools").nth(number).wait_for()
        assert view.locator(".words").nth(number).inner_html() == html, text


def test_lines_of_a_quoted_program_keep_their_indents(counter, view):
    counter.queue = [Said(["for i in range(3):\n    print(i)"])]
    ask(view, "?")
    expect(view.locator(".answer .tools")).to_be_visible()
    assert view.locator(".words p").evaluate("element => element.innerText") == "for i in range(3):\n    print(i)"


def test_half_signs_are_not_shown_while_words_come(counter, view):
    counter.queue = [Said(["送料は**600", "円**です[", "1](", "x)![", "図]"], [citation()], pause_s=0.25)]
    view.evaluate(WATCHING)
    ask(view, "?")
    expect(view.locator(".tools")).to_be_visible()
    writing = view.evaluate("[...seen].filter(Boolean)")[:-1]
    assert "送料は600" in writing
    assert not [text for text in writing if "*" in text or "[" in text]


def test_a_table_is_drawn_line_by_line_read_cell_by_cell_and_stays_in_its_card(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)), viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    open_counter(view)
    rows = "".join(f"| 豆 {n} | {n}00円[1] | {'とても長い説明' * 3} | 200g | 中煎り |\n" for n in (1, 2))
    text = f"次のとおりです。\n\n| 商品 | 値段 | 説明 | 量 | 焙煎 |\n|---|---|---|---|---|\n{rows}\n以上です。"
    counter.queue = [Said([text[at : at + 5] for at in range(0, len(text), 5)], pause_s=0.03)]
    view.evaluate(WATCHING)
    ask(view, "表で")
    expect(view.locator(".tools")).to_be_visible()
    assert not [text for text in view.evaluate("[...seen].filter(Boolean)") if "|" in text]
    expect(view.locator(".words th")).to_have_text(["商品", "値段", "説明", "量", "焙煎"])
    view.locator(".words td .cite").last.click()
    expect(view.locator("blockquote")).to_be_visible()
    assert "商品, 値段, 説明, 量, 焙煎" in told(view)
    assert not [text for text in told(view) if "|" in text or "--" in text]
    assert view.locator(".log").evaluate("element => element.scrollWidth <= element.clientWidth")


def test_a_long_hostile_text_does_not_stop_the_page(counter, view):
    for part in ("[", "**", "`", "![", "[a](", "- ", "https://", "*a ", "\\", "#", "|", "| a "):
        text = part * 10_000
        counter.queue = [Said([text])]
        ask(view, "?")
        expect(view.locator(".answer.writing")).to_have_count(0, timeout=3000)


def test_a_row_of_many_columns_is_a_list_on_a_phone_also_in_its_source(counter, shop, open_page):
    view = open_page(shop.put("/", page(counter)), viewport={"width": 360, "height": 740})
    open_counter(view)
    counter.queue = [Said([f"{BUSINESS} [1]"], [citation(quote=f"Bags are free.\n{BUSINESS}")])]
    ask(view, "?")
    expect(view.locator(".words .row .cite")).to_be_visible()
    view.locator(".words .cite").click()
    expect(view.locator(".passage blockquote .row dd").first).to_be_visible()
    assert view.locator(".passage blockquote").evaluate("element => element.textContent").startswith("Bags are free.")
    assert view.locator(".log, .turns, .words").first.evaluate(
        "element => element.scrollWidth <= element.clientWidth + 1"
    )
