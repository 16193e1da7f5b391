"""The letters of printed text: ones that a font hides, words divided at a line's end, text without meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from ingest.printed.books import Page

GARBLED = 0.05  # of a page's signs may be ones that no text holds
# Some PDF makers point at radicals where the ideograph was meant. NFKC mends the Kangxi block, but not these.
_RADICALS = dict(
    zip(
        "⺠⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲⺃⺅⺇⺉⺌⺍⺕⺘⺡⺣⺩⺬⺭⺮⺾⻂⻌⻍⻏⻖⻗⻞⻟⻡⻅⻉⻋⻛⻜⻢⻥⻦⻬⻮⻰",
        "民虎西角長青食骨鬼麦黄斉歯竜亀乚亻几刂小小彐扌氵灬王示礻竹艹衤辶辶阝阝雨飠食首见贝车风飞马鱼鸟齐齿龙",
        strict=True,
    )
)
_LETTERS = {ord(radical): letter for radical, letter in _RADICALS.items()}
_LETTERS |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_LETTERS |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # ﬁ, ﬄ
_LETTERS |= {
    0x2F3E: "戸",
    0x2E9F: "母",
    0x2EF3: "龟",
}  # Unicode's own choice for the first is a form Japan does not use
_LETTERS |= dict.fromkeys((0x200B, 0x200C, 0x2060, 0xFEFF), "")  # marks of no width
# Marks as vertical text has them.
_LETTERS |= dict(
    zip(
        map(ord, "︐︑︒︓︔︕︖︗︘︙︰︱︲︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈"),
        "，、。：；！？〖〗…‥—–（）｛｝〔〕【】《》〈〉「」『』［］",
        strict=True,
    )
)
# Marks of lists in the fonts Symbol and Wingdings, which word processors use.
_LETTERS |= dict.fromkeys(map(ord, "\uf0b7\uf0a7\uf06c\uf06e\uf071\uf075\uf076\uf0a8\uf0d8\uf0e8\uf0fc\uf0be"), "•")
LINE_END = "\ufffe"  # PDFium's sign for a hyphen at a line's end, whether typesetting or the writer put it there
LONG = 40  # letters of a line that may end in a divided word
SELDOM = 0.015  # of them end so where only the writer's own hyphens do; typesetting divides one in 40, or more
# A dash and a grave accent, which some fonts' tables take for a stroke through a letter and an accent upon one.
_ALONE = re.compile(r"(?<!\S)[\u0336\u0300]")
_MEANT = {"\u0336": "—", "\u0300": "`"}
_DIVIDED = re.compile(rf"(\w+){LINE_END}(\w+)|{LINE_END}")
_WORD = re.compile(r"\w+(?:-\w+)*")
_EXTRAORDINARY = re.compile(
    r"[^\t-\r -~\xa0-\xff\u2010-\u2027\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff9f]"
)
_CID = re.compile(r"\(cid:\d+\)")


def letters(text: str) -> str:
    """The text with the ordinary letters that were meant."""
    if text.isascii():
        return text
    text = text.translate(_LETTERS)
    return _ALONE.sub(lambda sign: _MEANT[sign[0]], text) if any(sign in text for sign in _MEANT) else text


def mend_hyphens(pages: Sequence[Page]) -> None:
    """Make words whole that were divided at a line's end, and leave the writer's own hyphens: YF-10, dishwasher-safe.

    The rest of the document tells which is which, by the words that it holds; where next to no line ends so, nothing
    but a writer's own hyphen does.
    """
    ending = [line.text for page in pages for line in page.lines if LINE_END in line.text]
    if not ending:
        return
    texts = (line.text for page in pages for line in page.lines)
    whole = (_DIVIDED.sub(" ", text) if LINE_END in text else text for text in texts)
    words = set(_WORD.findall("\n".join(whole).lower()))
    divided = [found.groups() for text in ending for found in _DIVIDED.finditer(text)]
    long = sum(len(line.text) >= LONG for page in pages for line in page.lines)
    own_alone = len(divided) < SELDOM * long and not any(f"{left}{right}".lower() in words for left, right in divided)

    def mended(found: re.Match[str]) -> str:
        left, right = found[1] or "", found[2] or ""
        if not left or f"{left}{right}".lower() in words:
            return left + right
        own = own_alone or f"{left}-{right}".lower() in words or not right[0].islower() or not left[-1].islower()
        both = left.lower() in words and right.lower() in words
        return f"{left}-{right}" if own or both else left + right

    for page in pages:
        page.lines = [
            replace(line, text=_DIVIDED.sub(mended, line.text), divided=True) if LINE_END in line.text else line
            for line in page.lines
        ]


def outline_title(text: str) -> str:
    """A title of an outline; what Chromium writes twice, when a heading begins a page, is said once."""
    title = " ".join(letters(text).replace(LINE_END, "").split())
    half = len(title) // 2
    return title[:half] if half > 1 and title == title[:half] * 2 else title


def is_garbled(text: str) -> bool:
    """Whether a page's text is not what is printed on it: signs for private use, controls, lone accents."""
    odd = 8 * len(_CID.findall(text)) if "(cid:" in text else 0
    for found in _EXTRAORDINARY.finditer(text):
        sign = found[0]
        category = unicodedata.category(sign)
        lone = category == "Mn" and text[found.start() - 1 : found.start()].strip() == ""
        odd += category in ("Co", "Cn", "Cs") or sign == "\ufffd" or lone or (category == "Cc" and not sign.isspace())
    return odd > 0 and odd > GARBLED * len("".join(text.split()))
