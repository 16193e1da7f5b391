"""
Lets through what the passages support, sentence by sentence, while the model is still writing.

A sentence is held until it is whole and checked, so that nothing that had to be taken back ever reaches a client. Its
facts (`facts.py`) must stand in a passage that it cites; when they stand in another passage that was found, the
citation is put right; else the sentence is dropped. A sentence without facts must at least speak of what a passage
speaks of. What leads to a list comes with the first of its points that is let through, and goes where there is none
(`leading.py`). Only the first sentence flows word by word, so that the first word comes quickly, and only as far as all
its facts stand together in one passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from knowledge.language.languages import language
from knowledge.language.sentences import first_sentence_end
from knowledge.passages import Hit
from service.answering.checking.evidence import Source, joined
from service.answering.checking.facts import Facts, facts, unsupported
from service.answering.checking.leading import LIST_MARK, Lead, announces, claims_nothing
from service.answering.checking.promises import CONFIDED
from service.answering.texts.inert import CONTROL, inert
from service.answering.texts.terms import STOP, terms

RELATED = 0.2  # share of a citing sentence's content words that its passage must hold: it may be put in other words
ATTRIBUTED = 0.5  # the same for a sentence that cites nothing, to be taken for that passage's
CONNECTIVE = {"ja": 40, "en": 80}  # characters: what leads from one sentence to the next is short
LONGEST = 800  # characters without an end of a sentence: then it is judged as it stands
TOLD = 24  # characters in a row, without white space, that are the rules' own words
STEP = 12  # characters that a sentence must have grown by before it is looked at again
FEW = 6  # words: so short a text is no measure of
COMMON = 0.15  # share of an English sentence's words that are in every text; from a third to a half is usual
BEGUN = 12  # the same, where a sentence is not whole yet

_CITED = re.compile(r"[ \t\u3000]?\[(\d{1,9})\]")
_ROUND = re.compile(
    r"[ \t\u3000]?[(（](\d{1,2}(?:[,、 ]+\d{1,2})*)[)）](?=\s*[。．.!?！？]?\s*(?:\[\d+\]\s*)*\Z)"
)  # at the end
_TRAILING = re.compile(r"(?:[ \t\u3000]*\[\d+\])+")
_TABLE = re.compile(r"[ \t]{0,3}\|")  # begins a line of a table
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")  # below the names of its columns
_BEHIND = re.compile(r"(.*?)[ \t]*\|[ \t]*((?:\[\d+\][ \t]*)+)(\s*)", re.DOTALL)
_MARKS = re.compile(r"[。｡！？!?．.…\n]")
_WHOLE_WORDS = re.compile(r".*[\s、,ぁ-ん](?=\S)", re.DOTALL)
_COUNTED = re.compile(r"[\d〇一二三四五六七八九十百千万億兆.,:]+[\s、,]*\Z")
_YES_OR_NO = re.compile(
    r"\s*(?:はい|いいえ|いえ|もちろん|可能|でき|大丈夫|問題|yes|no\b|sure|of course|certainly|absolutely)", re.I
)
_LATIN = re.compile(r"[a-z][a-z']*")
_CODES = "{}<>=|\\$`"  # no sentence that leads to the next has any of them
_END = re.compile(r"(?:[。.！!？?．:：](?:\*\*|__)?)?\Z")
_BRACKET = re.compile(r"\[|[(（]\d")
# Say nothing by themselves, so that they may be shown as soon as they come: the first word comes one token earlier.
_OPENERS = re.compile(
    r"\s*(?:an?|the|you|your|we|our|its?|this|that|these|those|there|here|if|when|to|for|in|on|at|by|from|with|as|after|"
    r"before|once|please|i|they|their|each)\s*",
    re.IGNORECASE,
)


class Grounding:
    """A filter over the pieces of an answer whose citations are written as [n]."""

    def __init__(
        self, question: str, hits: Sequence[Hit], lang: str, rules: str = "", cite_everything: bool = False
    ) -> None:
        self.used: list[int] = []  # the passages that what was let through cites, in that order
        self.kept = self.dropped = 0  # sentences
        self._asked, self._asked_terms = facts(question), terms(question)
        self._sources = {n: Source(hit.passage, self._asked) for n, hit in enumerate(hits, 1)}
        self._lang, self._strict = lang, cite_everything
        self._rules = "".join(map(_squeezed, rules.splitlines()))  # as lines: all but one are the same in every chat
        self._tail = ""  # the letters before it, in a row
        self._held = ""  # not judged yet
        self._flown = 0  # characters of it that are out already
        self._waiting = ""  # connectives that wait for a sentence to lead to
        self._leads: list[Lead] = []  # after them, lines that wait for their list
        self._last: list[int] = []  # what the last sentence rests on
        self._spoken = False  # something was let through
        self._at_start = True  # what was let through until now ends its line
        self._whole_line = False  # what was dropped last was one
        self._table = self._ruled = False  # within one; its columns are named
        self._head = ""  # the names of its columns, which wait for a row; or its first line, which may be them
        self._looked = 0  # where in the held text no end of a sentence is

    def feed(self, text: str) -> str:
        """Take some more words; return what may be shown now."""
        self._held += text
        shown: list[str] = []
        while (end := self._end_of_sentence()) is not None:
            shown.append(self._judged(end))
        if not self.kept and not self.dropped and not self._waiting and not self._leads:
            shown.append(self._flow())
        return "".join(shown)

    def end(self) -> str:
        """Judge what is left."""
        shown: list[str] = []
        while self._held:
            shown.append(self._judged(self._end_of_sentence() or len(self._held)))
        shown.append(self._end_table())
        shown.append(self._led(to_point=False, by=()))
        if self.kept and self._waiting.strip():
            shown.append(self._waiting)
        self._waiting = ""
        return "".join(shown)

    def _end_of_sentence(self) -> int | None:
        """How long the first sentence is, with its citations; None while that cannot be told."""
        text = self._held
        if len(text) < LONGEST and not _MARKS.search(text, max(0, self._looked - 2)):
            self._looked = len(text)
            return None
        self._looked = len(text)
        if _TABLE.match(text) and ((line := text.find("\n") + 1) or len(text) < LONGEST):
            self._looked = 0 if line else self._looked
            return line or None  # a row is one sentence, whatever its cells hold
        mark = LIST_MARK.match(text)
        begin = mark.end() if mark else 0
        end = begin + first_sentence_end(text[begin:])
        if end < len(text) or text.endswith("\n"):
            if trailing := _TRAILING.match(text, end):
                end = trailing.end()
                if end < len(text) and text[end] in "。.！!？?":
                    end += 1
            rest = text[end:].lstrip(" \t\u3000")
            if (rest and not rest.startswith(("[", "［", "【"))) or text[:end].endswith("\n"):
                self._looked = 0
                return end
        if len(text) >= LONGEST:
            self._looked = 0
            return max(text.rfind(" ", LONGEST // 2, LONGEST), text.rfind("、", LONGEST // 2, LONGEST), LONGEST // 2)
        return None

    def _flow(self) -> str:
        """As much of the first sentence as stands in one passage already."""
        if self._strict or self._begins_in_another_language():
            return ""
        if not self._flown and _OPENERS.fullmatch(self._held):
            self._flown, self._spoken = len(self._held), True
            return self._held
        if self._flown and len(self._held) < self._flown + STEP:
            return ""
        bracket = _BRACKET.search(self._held)
        text = (self._held[: bracket.start()].rstrip() if bracket else self._held).rstrip("\n")
        whole = _WHOLE_WORDS.match(text)
        if whole is None or whole.end() <= self._flown:
            return ""
        prefix = _COUNTED.sub("", whole[0])
        if (
            not prefix.strip()
            or len(prefix) < self._flown + (STEP if self._flown else 1)
            or any(sign in prefix for sign in "<＜`!:|")
            or _MARKS.search(prefix)
        ):
            return ""
        if CONTROL.search(prefix):
            return ""
        said, of = facts(LIST_MARK.sub("", prefix)), terms(prefix)
        if not said and not of and _YES_OR_NO.match(prefix):
            return ""
        if not said.exact.isdisjoint(CONFIDED):  # who asks for a secret may end with "here"
            return ""
        if self._told(prefix, BEGUN):
            return ""
        if (said or of) and not any(
            not unsupported(said, source.facts, self._asked)
            and (self._share(of, source) >= ATTRIBUTED or (said and self._foreign(prefix, source)))
            for source in self._sources.values()
        ):
            return ""
        shown, self._flown = prefix[self._flown :], len(prefix)
        self._spoken = True
        return shown

    def _begins_in_another_language(self) -> bool:
        """Whether that is so until now: such a sentence is seldom let through, and "You…" would be left of it."""
        if self._lang == "ja":
            return self._held.isascii()
        return not self._held.isascii() and language(self._held) == "ja"

    def _judged(self, end: int) -> str:
        """What becomes of the first `end` characters held."""
        sentence, self._held = self._held[:end], self._held[end:]
        flown, self._flown = self._flown, 0
        if _TABLE.match(sentence) and not flown:
            return self._row(sentence)
        ended = self._end_table()
        whole_line, self._whole_line = self._whole_line, False
        if not sentence.strip():
            if (self._spoken or self._waiting or self._leads) and not (whole_line and sentence == "\n"):
                self._wait(sentence)
            return ended
        return ended + self._weighed(sentence, flown)

    def _wait(self, text: str) -> None:
        if self._leads:
            self._leads[-1].after += text
        else:
            self._waiting += text

    def _row(self, line: str) -> str:
        """What becomes of a line of a table: the names of its columns are shown with the first row that is."""
        if _RULE.fullmatch(line):
            if not self._head:
                return ""
            self._ruled = True
            if self._may_name(self._head):
                self._head = inert(_CITED.sub("", self._head)) + line
            else:
                self._head = self._drop(self._head, 0)
            return ""
        if not self._table:
            self._table, self._ruled, self._head = True, False, line
            return ""
        return self._first_row() + self._weighed(line, 0)

    def _first_row(self) -> str:
        """The first line of a table whose columns have no names."""
        if self._ruled:
            return ""
        line, self._head, self._ruled = self._head, "", True
        return self._weighed(line, 0)

    def _end_table(self) -> str:
        if not self._table:
            return ""
        shown = self._first_row()
        self._table, self._head = False, ""
        return shown

    def _may_name(self, line: str) -> bool:
        """Whether these are names of columns: as short as what leads to a sentence, with no facts but the passages'."""
        bare = _CITED.sub("", line)
        said, of = facts(bare), terms(bare)
        longest = CONNECTIVE.get(self._lang, CONNECTIVE["en"])
        if any(sign in bare for sign in _CODES.replace("|", "")) or any(
            len(cell.strip()) > longest for cell in bare.split("|")
        ):
            return False
        if self._told(bare, TOLD) or self._told_in_bits(bare):
            return False
        if unsupported(said, joined([source.facts for source in self._sources.values()]), self._asked):
            return False
        return not self._strict or self._best(bare, said, of, cited=False) is not None

    def _weighed(self, sentence: str, flown: int) -> str:
        """What is shown of a whole sentence, of which so many characters are out already."""
        sentence = _ROUND.sub(self._square, sentence)
        cited = list(dict.fromkeys(int(n) for n in _CITED.findall(sentence)))
        bare = _CITED.sub("", sentence)
        apart = _CITED.sub(" ", sentence)  # "は.[1]90": the number stands alone
        said, of = facts(LIST_MARK.sub("", apart)), terms(bare)
        if self._told(bare, TOLD) or self._told_in_bits(bare):
            return self._drop(sentence, flown)
        point = self._table or LIST_MARK.match(bare) is not None
        leads = not point and (bare + self._held)[len(bare.rstrip()) :].startswith("\n") and announces(bare.rstrip())
        if leads:  # "there are three ways:" counts the points of a list
            counted = {(str(source.points), None) for source in self._sources.values() if source.points > 1}
            said = replace(said, numbers=said.numbers - counted)
        if leads and not cited and not said and not self._strict and self._is_connective(bare):
            return self._hold(Lead(bare, flown, [], empty=True, kept=False))
        if cited and (good := self._supporting(cited, bare, said, of)):
            spoiled = [n for n in cited if n not in good]
            whole = _CITED.sub(lambda m: "" if int(m[1]) in spoiled else m[0], sentence)
        elif found := self._best(bare, said, of, cited=bool(cited)):
            good, whole = [found], _with_number(bare, found)
        elif point and not of and (good := [n for n in self._last if self._holds_some(said, self._sources[n])]):
            whole = _with_number(bare, good[0])
        elif leads and self._is_empty(cited, bare, said, of):
            return self._hold(Lead(bare, flown, self._among(cited), empty=True, kept=False))
        elif not cited and not said and not self._strict and self._is_connective(bare) and not self._adds(point, of):
            if flown:
                return bare[flown:]
            self._wait(bare)
            return ""
        else:
            return self._drop(sentence, flown)
        if leads and not (said.exact or said.numbers):
            return self._hold(Lead(whole, flown, good, empty=False, kept=True))
        self.kept, self._spoken = self.kept + 1, True
        led = self._led(point, good) + self._waiting + self._head
        self._cite(good)
        self._waiting = self._head = ""
        self._last, self._at_start = good, whole.endswith("\n")
        return led + inert(_within_row(whole) if self._table else whole)[flown:]

    def _adds(self, point: bool, of: frozenset[str]) -> bool:
        """Whether a point of a list names what no passage in its language does: it is a claim, however short."""
        return point and bool(of) and any(source.lang == self._lang for source in self._sources.values())

    def _is_empty(self, cited: list[int], bare: str, said: Facts, of: frozenset[str]) -> bool:
        """Whether a line that leads to a list claims nothing that would have to be supported."""
        if self._strict and not cited:
            return False
        held = joined([source.facts for source in self._sources.values()])
        if not self._is_connective(bare) or unsupported(said, held, self._asked):
            return False
        known = self._asked_terms.union(*(self._sources[n].terms for n in self._among(cited) or self._sources))
        return claims_nothing(bare, of, known)

    def _among(self, cited: Sequence[int]) -> list[int]:
        return [n for n in cited if n in self._sources]

    def _hold(self, lead: Lead) -> str:
        """Let a line wait for its list; in place of the one before, where that has lost its own."""
        shown = self._go() if self._leads and self._leads[-1].missed else ""
        self._leads.append(lead)
        self._last = lead.cited or self._last
        return shown

    def _go(self) -> str:
        """Leave out the last line that waits for a list."""
        lead = self._leads.pop()
        if not lead.flown:
            return ""
        self._wait("\n")
        return "…"

    def _led(self, to_point: bool, by: Sequence[int]) -> str:
        """The lines that wait for their list, and what is before them, where a point comes, or other words at once."""
        if not to_point and any(lead.missed or not (by or self._may_end(lead)) for lead in self._leads):
            return "".join([self._go() for _ in self._leads[:]])
        shown, self._waiting = ([self._waiting] if self._leads else []), "" if self._leads else self._waiting
        for lead in self._leads:
            text = lead.text
            if lead.kept:
                self.kept += 1
                self._cite(lead.cited)
            elif lead.cited and by:
                self._cite(by[:1])
                text = _with_number(text, by[0])
            shown.append(inert(text)[lead.flown :] + lead.after)
        self._leads = []
        return "".join(shown)

    def _may_end(self, lead: Lead) -> bool:
        """Whether a line that was to lead to something may be the last."""
        return lead.kept or (self.kept > 0 and not lead.cited)

    def _square(self, found: re.Match[str]) -> str:
        """(1) at the end of a sentence, as [1], where there is such a passage."""
        numbers = [int(n) for n in re.findall(r"\d+", found[1])]
        return "".join(f"[{n}]" for n in numbers) if all(n in self._sources for n in numbers) else found[0]

    def _drop(self, sentence: str, flown: int) -> str:
        """Leave a sentence out, but not the end of a line that others begin."""
        self.dropped += 1
        before = self._waiting
        if self._leads:
            self._leads[-1].missed = True
            before = self._leads[-1].after or self._leads[-1].text
        self._whole_line = not flown and (before.endswith("\n") if before else self._at_start)
        if sentence.endswith("\n") and not self._whole_line:
            self._wait("\n")
        return "…" if flown else ""

    def _supporting(self, cited: list[int], bare: str, said: Facts, of: frozenset[str]) -> list[int]:
        """Those of the cited passages that carry the sentence; none when they do not carry all of it."""
        sources = {n: self._sources[n] for n in cited if n in self._sources}
        if not sources:
            return []
        together = joined([source.facts for source in sources.values()])
        if unsupported(said, together, self._asked):
            return []
        carrying = [
            n
            for n, source in sources.items()
            if self._holds_some(said, source)
            or self._share(of, source) >= RELATED
            or (of - self._asked_terms and self._foreign(bare, source))
        ]
        return [] if unsupported(said, joined([sources[n].facts for n in carrying]), self._asked) else carrying

    def _best(self, bare: str, said: Facts, of: frozenset[str], cited: bool) -> int | None:
        """The passage that carries the whole sentence best, where one does."""
        best, most = None, 0.0
        holds_some = bool(said.exact or said.numbers)  # as `_holds_some`, where all is supported
        for n, source in self._sources.items():
            if unsupported(said, source.facts, self._asked):
                continue
            share = self._share(of, source)
            enough = RELATED if holds_some else ATTRIBUTED
            if holds_some and self._foreign(bare, source):
                share = max(share, enough)
            if share >= enough and of and share > most:
                best, most = n, share
        return best

    def _holds_some(self, said: Facts, source: Source) -> bool:
        """Whether the sentence has facts of its own, beyond the question's names, that the passage holds."""
        return bool(said.exact or said.numbers) and not unsupported(said, source.facts, self._asked)

    def _share(self, of: frozenset[str], source: Source) -> float:
        """How much of what a sentence speaks of the passage speaks of too; the question's words count for nothing."""
        own = of - self._asked_terms
        if not own:
            return ATTRIBUTED if of and of & source.terms else 0.0
        return len(own & source.terms) / len(own)

    def _foreign(self, bare: str, source: Source) -> bool:
        return language(bare) != source.lang and _is_prose(bare)

    def _is_connective(self, bare: str) -> bool:
        if any(sign in bare for sign in _CODES):
            return False
        return len(bare.strip()) <= CONNECTIVE.get(self._lang, CONNECTIVE["en"])

    def _told(self, text: str, length: int) -> bool:
        """Whether a text repeats our rules to the model."""
        squeezed, half = _squeezed(text), length // 2
        # Whatever is as long holds a whole half that begins at a multiple of it: most texts hold none, and are done.
        if not any(squeezed[n : n + half] in self._rules for n in range(0, len(squeezed) - half + 1, half)):
            return False
        return any(squeezed[n : n + length] in self._rules for n in range(len(squeezed) - length + 1))

    def _told_in_bits(self, text: str) -> bool:
        """Whether a short line goes on with our rules where the lines before it have left off."""
        squeezed = _squeezed(text)
        self._tail = (self._tail + squeezed)[-TOLD:]
        return 0 < len(squeezed) < TOLD <= len(self._tail) and self._tail in self._rules

    def _cite(self, numbers: Sequence[int]) -> None:
        self.used += [n for n in numbers if n not in self.used]


def _within_row(row: str) -> str:
    """A row with its citations in its last cell: behind the last bar they would end the table."""
    behind = _BEHIND.fullmatch(row)
    return f"{behind[1]} {behind[2].strip()} |{behind[3]}" if behind else row


def _is_prose(text: str) -> bool:
    """Whether a text may be a translation: of Latin words, some are such as no English sentence is without."""
    found = _LATIN.findall(text.casefold())
    return len(found) < FEW or sum(word in STOP for word in found) >= COMMON * len(found)


@lru_cache(maxsize=512)
def _squeezed(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())  # no digits: a list of our words would have its own


def _with_number(sentence: str, number: int) -> str:
    """A sentence with a citation where a person would write it: before the full stop."""
    body = sentence.rstrip()
    rest = sentence[len(body) :]
    found = _END.search(body)
    end = found[0] if found else ""
    body = body.removesuffix(end).rstrip()
    space = "" if body[-1:] > "\u3000" else " "
    return f"{body}{space}[{number}]{end}{rest}"
