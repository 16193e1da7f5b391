"""Pages that a browser saved as one file."""

import pytest

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile


def saved(page: bytes, charset: str = "utf-8") -> bytes:
    return (
        b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\nContent-Type: text/css\r\n\r\n'
        b"p { color: red }\r\n--b\r\nContent-Type: text/html; charset="
        + charset.encode()
        + b"\r\n\r\n"
        + page
        + b"\r\n--b--\r\n"
    )


PAGE = (
    '<html><head><meta charset="shift_jis"></head><body>'
    "<h2>返品できますか？</h2><p>30日以内なら承ります。</p></body></html>"
)


@pytest.mark.parametrize("name", ["faq.mhtml", "faq.mht"])
@pytest.mark.parametrize("charset", ["utf-8", "shift_jis"])
def test_the_page_is_read_in_the_encoding_that_it_was_saved_in(name, charset):
    (section,) = read(saved(PAGE.encode(charset), charset), name).sections
    assert (section.question, section.text) == ("返品できますか？", "30日以内なら承ります。")


def test_a_file_without_a_page_is_refused():
    with pytest.raises(UnreadableFile) as refused:
        read(b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello", "page.mhtml")
    assert refused.value.reason == "not-this-format"
