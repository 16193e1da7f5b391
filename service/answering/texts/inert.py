"""Makes text harmless that documents, customers and models have written, for whatever a client shows it in."""

from __future__ import annotations

import re

_ACTIVE = (
    "script|img|image|iframe|frame|frameset|svg|math|object|embed|applet|link|meta|base|style|form|input|button|"
    "textarea|select|a|area|video|audio|source|track|picture|bgsound|body|html|head|title|template|details|marquee|portal|"
    "slot|xml|plaintext|noscript|noframes|noembed|xmp|listing|param"
)
_TAG = re.compile(rf"[<＜](?=[\s/!?]*(?:{_ACTIVE})\b|[\s/]*[a-z][^<>]*[\s/\"'`]on\w+\s*=|!--|!\[CDATA)", re.IGNORECASE)
# Steer terminals, end a line in some programs, turn the order of letters round, or cannot be seen.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\u200b\ufeff\U000e0000-\U000e007f]")
_EXCLAIMED = re.compile(r"!(?=(?:\[\d{1,9}\])++(?!\())")  # できます![1] cites, and is no image
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\](?:\([^)\n]*\)?|\[[^\]\n]*\])?")
_SCHEME = re.compile(r"\b(javascript|vbscript|data)[\s\\]*:(?=\S)", re.IGNORECASE)
# Links of Markdown may be written with these: javascript&#58;…
_ENTITY = re.compile(r"&(?=#|(?:colon|tab|newline);)", re.IGNORECASE)


def inert(text: str) -> str:
    """Text in which no browser and no Markdown reader finds anything to run or to fetch."""
    text = CONTROL.sub(" ", text)
    if "<" in text or "＜" in text:
        text = _TAG.sub("‹", text)
    if "![" in text:
        text = _IMAGE.sub(r"\1", _EXCLAIMED.sub("! ", text)).replace("![", "[")  # its words may be on two lines
    if "&" in text:
        text = _ENTITY.sub("＆", text)
    if ":" in text:
        text = _SCHEME.sub(lambda found: f"{found[1]}：", text)
    return text
