"""From bytes to text when nobody says in which encoding: UTF-8, the Japanese ones, UTF-16, and what else is likely."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from knowledge.errors import UnreadableFile

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What pages call Shift_JIS is nearly always Microsoft's larger set, with ① and ㈱.
MEANT = {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932"}
# Codecs that Python has beside encodings of text: they fail in ways of their own, or take time as the square of it.
_NO_TEXT = frozenset(("punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"))
SAMPLE = 100_000  # bytes: enough to tell, and quick
_ISO_2022 = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_FULL_KANA = re.compile(r"[\u3041-\u30fe]")
_COMMON = re.compile(r"[\u3001\u3002\u3041-\u30fe\u4e00-\u9fff]")
_UNLIKELY = re.compile(r"[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")  # half-width kana, private use, C1 controls


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding that it was in."""

    text: str
    encoding: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Read bytes as text; line ends become \\n.

    A byte order mark wins, then what the file itself declares, then what fits. Raises UnreadableFile("encoding").
    """
    for bom, name in BOMS:
        if data.startswith(bom):
            return _strict(data, name) or _lossy(data, name)
    candidates = [MEANT.get(declared.lower(), declared.lower())] if declared else []
    candidates += [_utf16(data)] if b"\0" in data[:SAMPLE] else ["iso2022_jp"] if _ISO_2022.search(data) else []
    for name in (*candidates, "utf-8"):
        found = _strict(data, name)
        if found is not None:
            return found
    return _japanese(data) or _guessed(data)


def text_in(data: bytes, encoding: str) -> str | None:
    """The text, if it is in an encoding of this name; anybody may have invented the name."""
    try:
        return None if codecs.lookup(encoding).name in _NO_TEXT else data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _strict(data: bytes, encoding: str) -> Decoded | None:
    text = text_in(data, encoding)
    return None if text is None or "\0" in text else Decoded(_lines(text), encoding)


def _lossy(data: bytes, encoding: str) -> Decoded:
    return Decoded(_lines(data.decode(encoding, "replace")), encoding)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utf16(data: bytes) -> str:
    """Which half of each pair is mostly zero tells the order of the bytes."""
    sample = data[:SAMPLE]
    return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"


def _japanese(data: bytes) -> Decoded | None:
    """cp932 and EUC-JP often accept one another's bytes, and those of accented Latin: the likelier text wins."""
    best, best_score = None, 0.0
    for encoding in ("cp932", "euc_jp"):
        found = _strict(data, encoding)
        if found is None:
            continue
        sample = found.text[:SAMPLE]
        score = len(_COMMON.findall(sample)) - 3 * len(_UNLIKELY.findall(sample))
        if score > best_score and (_FULL_KANA.search(sample) or score > len(sample) / 3):
            best, best_score = found, score
    return best


def _guessed(data: bytes) -> Decoded:
    from charset_normalizer import from_bytes  # rarely needed, and as long in loading as a page is in reading

    guess = from_bytes(data[:SAMPLE]).best()
    if b"\0" not in data and guess is not None:
        return _strict(data, guess.encoding) or _lossy(data, guess.encoding)
    raise UnreadableFile(
        "encoding", "It is not text in any encoding that we know. Save it as UTF-8 and ingest it again."
    )
