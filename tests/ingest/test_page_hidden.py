"""What a page's style puts out of sight is no text; what only begins out of sight is."""

import pytest

from ingest.reading import read

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
