"""
Lets through what the passages support, sentence by sentence, while the model is still writing.

A sentence is held until it is whole and checked, so that nothing that had to be taken back ever reaches a client. Its
facts (`facts.py`) must stand in a passage that it cites; when they stand in another passage that was found, the
citation is put right; else the sentence is dropped. A sentence without facts must at least speak of what a passage
speaks of (`evidence.py`). What leads to a list comes with the first of its points that is let through, and goes where
there is none (`leading.py`). Only the first sentence flows word by word, so that the first word comes quickly, and only
as far as all its facts stand together in one passage; where the profile says what is never said, it waits to be whole
too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.language.languages import language
from knowledge.language.sentences import first_sentence_end
from knowledge.passages import Hit
from service.answering.checking.evidence import Evidence
from service.answering.checking.facts import Facts, facts
from service.answering.checking.leading import LIST_MARK, Lead, announces, claims_nothing
from service.answering.checking.promises import CONFIDED
from service.answering.checking.rules import BEGUN, Rules
from service.answering.texts.inert import CONTROL, inert
from service.answering.texts.terms import terms
from service.answering.texts.typed import typed

CONNECTIVE = {"ja": 40, "en": 80}  # characters: what leads from one sentence to the next is short
LONGEST = 800  # characters without an end of a sentence: then it is judged as it stands
STEP = 12  # characters that a sentence must have grown by before it is looked at again

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
_CODE = re.compile(r"(`+)(?:(?!\1).)+\1", re.DOTALL)
_IN_CODE = str.maketrans("[]", "\ue000\ue001")  # where brackets cite nothing: fruits[0]
_NO_STAND_INS = dict.fromkeys((0xE000, 0xE001))  # nobody else writes them
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
        self,
        question: str,
        hits: Sequence[Hit],
        lang: str,
        rules: str = "",
        cite_everything: bool = False,
        never_say: Sequence[str] = (),
    ) -> None:
        self.used: list[int] = []  # the passages that what was let through cites, in that order
        self.kept = self.dropped = 0  # sentences
        self._evidence, self._rules = Evidence(question, hits), Rules(rules)
        self._lang, self._strict, self._never = lang, cite_everything, never_say
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
        self._held += text.translate(_NO_STAND_INS)
        shown: list[str] = []
        while (end := self._end_of_sentence()) is not None:
            shown.append(self._judged(end))
        if not (self.kept or self.dropped or self._waiting or self._leads or self._never):
            shown.append(self._flow())
        return _opened("".join(shown))

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
        return _opened("".join(shown))

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
        if self._rules.are_told(prefix, BEGUN):
            return ""
        if (said or of) and not self._evidence.carries_begun(prefix, said, of):
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
        if self._rules.are_told(bare) or self._rules.are_told_in_bits(bare) or not self._evidence.is_held_by_all(said):
            return False
        return not self._strict or self._evidence.best(bare, said, of) is not None

    def _weighed(self, sentence: str, flown: int) -> str:
        """What is shown of a whole sentence, of which so many characters are out already."""
        sentence = _ROUND.sub(self._square, _CODE.sub(_closed, sentence))
        cited = list(dict.fromkeys(int(n) for n in _CITED.findall(sentence)))
        bare = _CITED.sub("", sentence)
        apart = _CITED.sub(" ", sentence)  # "は.[1]90": the number stands alone
        said, of = facts(LIST_MARK.sub("", apart)), terms(bare)
        if self._rules.are_told(bare) or self._rules.are_told_in_bits(bare) or self._is_never_said(bare):
            return self._drop(sentence, flown)
        evidence, point = self._evidence, self._table or LIST_MARK.match(bare) is not None
        leads = not point and (bare + self._held)[len(bare.rstrip()) :].startswith("\n") and announces(bare.rstrip())
        if leads:  # "there are three ways:" counts the points of a list
            counted = {(str(source.points), None) for source in evidence.sources.values() if source.points > 1}
            said = replace(said, numbers=said.numbers - counted)
        if leads and not cited and not said and not self._strict and self._is_connective(bare):
            return self._hold(Lead(bare, flown, [], kept=False))
        if cited and (good := evidence.supporting(cited, bare, said, of)):
            spoiled = [n for n in cited if n not in good]
            whole = _CITED.sub(lambda m: "" if int(m[1]) in spoiled else m[0], sentence)
        elif found := evidence.best(bare, said, of):
            good, whole = [found], _with_number(bare, found)
        elif point and not of and (good := [n for n in self._last if evidence.holds_some(said, n)]):
            whole = _with_number(bare, good[0])
        elif leads and self._is_empty(cited, bare, said, of):
            return self._hold(Lead(bare, flown, self._among(cited), kept=False))
        elif not cited and not said and not self._strict and self._is_connective(bare) and not self._adds(point, of):
            if flown:
                return bare[flown:]
            self._wait(bare)
            return ""
        else:
            return self._drop(sentence, flown)
        if evidence.denies(bare, said, of, good):
            return self._drop(sentence, flown)
        if leads and not (said.exact or said.numbers):
            return self._hold(Lead(whole, flown, good, kept=True))
        self.kept, self._spoken = self.kept + 1, True
        led = self._led(point, good) + self._waiting + self._head
        self._cite(good)
        self._waiting = self._head = ""
        self._last, self._at_start = good, whole.endswith("\n")
        return led + inert(_within_row(whole) if self._table else whole)[flown:]

    def _adds(self, point: bool, of: frozenset[str]) -> bool:
        """Whether a point of a list names what no passage in its language does: it is a claim, however short."""
        return point and bool(of) and any(source.lang == self._lang for source in self._evidence.sources.values())

    def _is_empty(self, cited: list[int], bare: str, said: Facts, of: frozenset[str]) -> bool:
        """Whether a line that leads to a list claims nothing that would have to be supported."""
        if self._strict and not cited:
            return False
        if not self._is_connective(bare) or not self._evidence.is_held_by_all(said):
            return False
        sources = self._evidence.sources
        known = self._evidence.asked_terms.union(*(sources[n].terms for n in self._among(cited) or sources))
        return claims_nothing(bare, of, known)

    def _among(self, cited: Sequence[int]) -> list[int]:
        return [n for n in cited if n in self._evidence.sources]

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
        return "".join(f"[{n}]" for n in numbers) if all(n in self._evidence.sources for n in numbers) else found[0]

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

    def _is_connective(self, bare: str) -> bool:
        if any(sign in bare for sign in _CODES):
            return False
        return len(bare.strip()) <= CONNECTIVE.get(self._lang, CONNECTIVE["en"])

    def _is_never_said(self, bare: str) -> bool:
        """Whether a sentence holds what the profile forbids, and no passage says that part in the same words."""
        text, sources = typed(bare), self._evidence.sources.values()
        said = ("".join(found[0].split()) for pattern in self._never for found in re.finditer(pattern, text))
        return any(not any(words in source.facts.text for source in sources) for words in said)

    def _cite(self, numbers: Sequence[int]) -> None:
        self.used += [n for n in numbers if n not in self.used]


def _closed(code: re.Match[str]) -> str:
    return code[0].translate(_IN_CODE)


def _opened(text: str) -> str:
    return text.replace("\ue000", "[").replace("\ue001", "]")


def _within_row(row: str) -> str:
    """A row with its citations in its last cell: behind the last bar they would end the table."""
    behind = _BEHIND.fullmatch(row)
    return f"{behind[1]} {behind[2].strip()} |{behind[3]}" if behind else row


def _with_number(sentence: str, number: int) -> str:
    """A sentence with a citation where a person would write it: before the full stop."""
    body = sentence.rstrip()
    rest = sentence[len(body) :]
    found = _END.search(body)
    end = found[0] if found else ""
    body = body.removesuffix(end).rstrip()
    space = "" if body[-1:] > "\u3000" else " "
    return f"{body}{space}[{number}]{end}{rest}"
