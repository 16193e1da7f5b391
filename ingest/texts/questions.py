"""Tells whether a heading asks something, and takes the Q. and A. off questions and answers."""

from __future__ import annotations

import re

_MARK = r"[\s　]*(?:[.．:：、,)）】］\]]|(?=[\s　]))[\s　]*"
_Q = re.compile(rf"^[【［\[(（]?(?:Q|Ｑ|q|質問|問)[\s　]*[0-9０-９]{{0,4}}(?:[-－.．][0-9０-９]{{1,3}})?{_MARK}(?=\S)")
_BEGIN_Q = frozenset("QqＱ質問[［【(（")  # most texts begin with none of them
_A = re.compile(
    r"^[【［\[(（]?(?:A|Ａ|回答|答)[0-9０-９]{0,4}[\s　]*[.．:：、)）】］\]][\s　]*(?=\S)|^Ａ[\s　]+(?=\S)"
    r"|^A[0-9]{0,3}[ 　]+(?=[「『\u3041-\u30fa\u4e00-\u9fff])"
)
_ENDS_ASKING = re.compile(r"[?？][」』）)\]】\s]*$")
_ASKS_JA = re.compile(
    r"(?:す|です|せん|しょう|ない|の|た|る|い|べき)か[。．]?[」』）)]?$"
    r"|(?:教えて|知りたい|たいのです|たいんです|どうすれば|どうしたら|困って)\S{0,12}$"
)
_BEGINS_ASKING = re.compile(
    r"(?:how (?:do|does|can|could|should|long|much|many|often|soon)|can (?:i|we|you|my)|could (?:i|you)"
    r"|do (?:i|you|we)|does|is there|are there|is it|is my|will (?:i|my|you)|what (?:if|should i|do i|happens)"
    r"|where (?:do|can|is|are)|when (?:do|can|will|is)|why (?:do|is|can|was|did|has)|who (?:do|can|is))\b",
    re.IGNORECASE,
)
_FAQ_PAGE = re.compile(
    r"\bfaqs?\b|frequently asked|\bq\s*(?:&|＆|and)\s*a\b"
    r"|よくある(?:ご|お)?(?:質問|問)|質問集|質問と回答|Ｑ＆Ａ|ＦＡＱ|Ｑ&Ａ",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a heading is a question."""
    return (
        is_marked_question(text)
        or (("?" in text or "？" in text) and _ENDS_ASKING.search(text) is not None)
        or _BEGINS_ASKING.match(text) is not None
        or (not text.isascii() and _ASKS_JA.search(text) is not None)
    )


def is_marked_question(text: str) -> bool:
    """Whether a paragraph says of itself that it is a question: "Q. …"."""
    return text[:1] in _BEGIN_Q and _Q.match(text) is not None


def is_marked_answer(text: str) -> bool:
    """Whether a paragraph says of itself that it is an answer: "A. …"."""
    return _A.match(text) is not None


def bare_question(text: str) -> str:
    """A question without its "Q1."."""
    return _Q.sub("", text, count=1).strip()


def bare_answer(text: str) -> str:
    """An answer without its "A."."""
    return _A.sub("", text, count=1).strip()


def names_a_faq(text: str) -> bool:
    """Whether a title announces questions and answers."""
    may = "q" in text or "Q" in text or not text.isascii()  # told in no time
    return may and _FAQ_PAGE.search(text) is not None
