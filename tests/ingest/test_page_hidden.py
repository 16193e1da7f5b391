"""What a page's style puts out of sight is no text; what only begins out of sight is."""

import pytest

from ingest.readers.reading import read

PAGE = """<html><body><main><h1>Returns</h1><p>Within 30 days.</p>
<p style="{style}">Call 0120-000-000.</p></main></body></html>"""


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("display:none", False),
        ("position: absolute; left: -9999px", False),
        ("text-indent:-999em", False),
        ("font-size:1px;color:#fff", False),
        ("font-size: 0.1px", False),
        ("opacity: 0", True),  # fades in
        ("font-size: 0", True),  # its parts have sizes of their own
        ("left: -10px", True),
        ("font-size:16px", True),
        ("font-size:1.1px", True),
    ],
)
def test_text_out_of_sight_is_left_out(style: str, seen: bool) -> None:
    text = " ".join(section.text for section in read(PAGE.format(style=style).encode(), "a.html").sections)
    assert "Within 30 days." in text
    assert ("0120-000-000" in text) is seen


@pytest.mark.parametrize("tag", ["s", "del", "strike"])
def test_what_is_struck_through_is_no_text(tag: str) -> None:
    rows = f"<table><tr><th>Plan<th>Price<tr><td>A<td><{tag}>$5</{tag}> $4</table>"
    page = f"<h1>Prices</h1><p>It is <{tag}>$80</{tag}> $70.</p>{rows}"
    assert [section.text for section in read(page.encode(), "a.html").sections] == ["It is $70.\n\nPlan: A; Price: $4"]


def test_what_is_struck_through_in_markdown_is_no_text() -> None:
    assert read(b"# Prices\n\nIt is ~~$80~~ $70.\n", "a.md").sections[0].text == "It is $70."
