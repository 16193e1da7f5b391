"""Running text of a web page while it is read: its words, and how much of it is in links and in bold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.pages.furniture import speaks_of_page
from ingest.texts.blocks import Text
from ingest.texts.lines import collapse
from ingest.texts.questions import asks

ICON_OF_FAQ = re.compile(r"([QAＱＡ])[.．:：]?")  # drawn beside a question or an answer

# Words that say nothing without their link: its address is then part of the text.
_HERE = re.compile(
    r"(?:click |tap )?(?:here|this (?:page|link)|link|こちら|ここ|リンク|詳細|詳しくはこちら)", re.IGNORECASE
)
_BREAK = "\x1e"  # stands for <br> until white space has been tidied
_AFTER_ICON = "\x19"  # after a letter that stands alone in its element
_IMAGE = "\x1d"  # before and after what an image in running text is called
_BETWEEN_LINKS = re.compile(r"[\s\W_]+")


class Paragraph:
    """The running text since a block began or ended, until the next one does."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._links: list[int] = []  # at which part each open link began
        self._in_links = 0  # open links, among them one around whole paragraphs
        self._linked = 0  # letters that are in links
        self._bold: list[tuple[int, int]] = []  # at which parts bold words begin and end
        self._bold_open: list[int] = []

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been said in it yet."""
        return not "".join(self._parts).strip()

    def forget_blank(self) -> bool:
        """Whether nothing but the white space between two tags has been said, which is then forgotten."""
        if len(self._parts) == 1 and self._parts[0].isspace() and not (self._links or self._bold or self._bold_open):
            self._parts.clear()
        return not self._parts

    def say(self, words: str) -> None:
        """Take in words."""
        self._parts.append(words)

    def break_line(self) -> None:
        """Take in a <br>."""
        self._parts.append(_BREAK)

    def show(self, name: str) -> None:
        """Take in an image that is called so."""
        self._parts += _IMAGE, name, _IMAGE

    def part_alternatives(self, between: str) -> None:
        """Take in what parts one of several texts from the one before it."""
        self._parts[-1:] = ["".join(self._parts[-1:]).rstrip(), between]

    def begin_link(self, leads: bool) -> None:
        """Words of a link follow; of a mere anchor, unless it `leads` somewhere."""
        self._links.append(len(self._parts))
        self._in_links += leads

    def end_link(self, address: str | None) -> None:
        """The words of a link to that address have ended."""
        start = self._links.pop() if self._links else 0
        words = "".join(self._parts[start:])
        if address is None:
            return
        self._in_links -= 1
        self._linked += _letters(words)
        if address.startswith(("http://", "https://")) and _HERE.fullmatch(collapse(words)):
            self._parts.append(f" ({address})")

    def begin_bold(self) -> None:
        """Bold words follow."""
        self._bold_open.append(len(self._parts))

    def end_bold(self) -> None:
        """Bold words have ended."""
        if self._bold_open:
            self._bold.append((min(self._bold_open.pop(), len(self._parts)), len(self._parts)))

    def end_span(self) -> None:
        """An element within a line has ended, of which the letter Q or A may have been all."""
        if len(self._parts) < 4 and ICON_OF_FAQ.fullmatch("".join(self._parts).strip()):
            self._parts.append(_AFTER_ICON)

    def end(self, in_list: bool, preformatted: bool) -> Iterable[Text]:
        """What has been said; a question in bold at its beginning is a paragraph of its own."""
        question, bold = None, False
        if self._bold:
            if not in_list and not preformatted:
                question, bold = self._question(), self._is_bold()
            self._bold.clear()
        self._bold_open = [0] * len(self._bold_open)
        raw = "".join(self._parts)
        linked = self._linked
        if self._in_links:  # the link goes on around the next paragraph
            linked += _letters("".join(self._parts[self._links[-1] if self._links else 0 :]))
        self._parts.clear()
        self._links.clear()
        self._linked = 0
        if raw.isspace():
            return ()
        share = min(1.0, linked / max(1, _letters(raw))) if linked else 0.0
        if _AFTER_ICON in raw:
            raw = _with_sign_after_icon(raw, preformatted)
        if _IMAGE in raw:
            raw = _with_names_of_images(raw)
        if preformatted:
            return (Text(raw.replace(_BREAK, "\n").strip("\n")),)
        if _BREAK in raw:
            lines = [line for line in map(collapse, raw.split(_BREAK)) if not speaks_of_page(line)]
            text = Text("\n".join(lines).strip(), share, bold)
        else:
            text = Text(collapse(raw), share, bold)
        return (text,) if question is None else (question, text)

    def _question(self) -> Text | None:
        """The question in bold at the beginning, taken off what follows it."""
        start, end = self._bold[0]
        words = "".join(self._parts[start:end])
        if _letters("".join(self._parts[:start])) or not _letters("".join(self._parts[end:])):
            return None
        if not _letters(words) or not asks(collapse(words)):
            return None
        self._parts[:end] = []
        self._bold.clear()
        return Text(collapse(words), 0.0, True)

    def _is_bold(self) -> bool:
        """Whether all of it is bold."""
        bold = sum(_letters("".join(self._parts[start:end])) for start, end in self._bold)
        return bold == _letters("".join(self._parts)) > 0


def _letters(text: str) -> int:
    return len(_BETWEEN_LINKS.sub("", text))


def _with_sign_after_icon(raw: str, preformatted: bool) -> str:
    """Text with a full stop after a "Q" or an "A" that is drawn before it; none after the first letter of a word."""
    icon, _, rest = raw.replace(_AFTER_ICON, "\0", 1).replace(_AFTER_ICON, "").partition("\0")
    first = rest.lstrip()[:1]
    is_apart = first.isupper() or first.isdigit() or not first.isascii()
    return f"{icon.strip()}. {rest.lstrip()}" if is_apart and not preformatted else icon + rest


def _with_names_of_images(raw: str) -> str:
    """Running text with the names of the images in it, where a reader would miss what the text does not say itself."""
    parts = raw.split(_IMAGE)
    said = "".join(parts[::2])
    told = said.casefold()
    for place in range(1, len(parts), 2):
        is_within = "".join(parts[:place:2]).strip()  # else it only stands before the text
        parts[place] = f"[{parts[place]}]" if is_within and parts[place].casefold() not in told else ""
    return "".join(parts)
