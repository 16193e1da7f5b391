"""Turns text into the terms that the lexical index matches: lemmas in Japanese, stems in English.

Lemmas of UniDic (fugashi + unidic-lite) bring spellings of a word together; docs/decisions.md says what was refused. It
names the origin of loan words and of places, whose stems stand for them: so サーバー and "servers" are one term, and a
question in one language shares these words with a passage in the other.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from typing import ClassVar

import fugashi
import Stemmer
import unidic_lite

from knowledge.language.identifiers import HYPHENS
from knowledge.language.katakana import in_latin

# Runs that the morphological analyser reads; what is between them is Latin words and numbers. A number goes with the
# counter that follows it: 歳 by itself is the word for a year (3歳), and 才 none at all. A4用紙 and E-503が are names.
_JAPANESE = re.compile(r"(?:(?:(?<![a-z0-9])(?<![a-z][-:])[0-9]+)?[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)+")
_LETTERS = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff0-9]{2,}")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# What is another word without its signs: #REF!, C++, .NET. Then signs by themselves: ###, %, &&, <=, but neither 50 %
# nor R&D, nor what parts a path or a table's columns.
_SIGNED = re.compile(r"(?<![\w#.$@])([#.$@][a-z]+(?:/[a-z0-9])?|[a-z]{1,2}(?:\+\+|#))[!?]?(?![\w+#])")
_SIGN = r"#%&@^~*$|<>=+:"
_SIGNS = re.compile(rf"(?<![\w{_SIGN}])(?:(##)#*|([#%&@^~*$]|[|<>=+&:]{{2,3}}))(?![\w{_SIGN}])")
_CODE = re.compile(r"(?<![^\W_])([a-z]{1,8})[-:](\d{1,6}[a-z]{0,2})(?![^\W_])")  # an error E-503, Err:502
# Words that are written apart, with a hyphen or as one: Wi-Fi, e-mail and sign-up; and verbs with what is one word with
# them where they name a thing, as "log in" and "login".
_HYPHENED = re.compile(r"(?<![\w-])([a-z]+)-([a-z]+)(?![\w-])")
_AS_ONE = re.compile(
    r"(?<![^\W_])(back|break|call|cash|check|clean|drop|hand|lay|log|look|mark|opt|pay|pick|plug|print|roll|set|shut"
    r"|sign|start|time|top|trade|turn|work)(?:in|out|up|off|on|down|back|over)s?(?![^\W_])"
)
_ORIGIN = re.compile(r"[a-zà-ɏ][a-zà-ɏ' ]*")  # of a loan word; behind it may stand what it means: post（郵便）
_CONTENT = {"名詞", "動詞", "形容詞", "副詞", "形状詞", "接頭辞", "接尾辞", "連体詞"}
_KANA_ALONE = re.compile("[ぁ-ゖー]{2,}")
_NOUNS = {"名詞", "形状詞", "接頭辞", "接尾辞"}
TOGETHER = 3  # nouns: 在宅 勤務 手当
IN_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(ord("ァ"), ord("ヶ") + 1)}
# Verbs and nouns that stand in nearly every sentence and say nothing about its subject.
_EMPTY_JA = frozenset(
    str.split("為る 有る 居る 成る 出来る 下さる 頂く 御座る 仰る 致す 事 物 の 御 因る 其の 此の どの")
)
_EMPTY_EN = frozenset(
    re.findall(
        r"\w+",
        """a an the and or but if then of to in on at by for with from as is are was were be been being am do does did
        have has had i you he she it we they me my your his her its our their this that these those there here so not
        can could will would shall should may might must what which who whom how when where why please about into out
        up any some""",
    )
)


class _Lent:
    """A tagger for one thread, handed on when that ends: what a tagger has mapped of its dictionary stays mapped."""

    _idle: ClassVar[deque[fugashi.GenericTagger]] = deque()

    def __init__(self) -> None:
        try:
            self.tagger = self._idle.pop()
        except IndexError:
            self.tagger = fugashi.Tagger(f'-d "{unidic_lite.DICDIR}"')

    def __del__(self) -> None:
        self._idle.append(self.tagger)


_of_thread = threading.local()  # MeCab's parser and the stemmer keep state: each thread has its own


class Analyzer:
    """Text to terms. Safe to use from several threads."""

    def terms(self, text: str) -> list[str]:
        """The terms of a text in order, with repetitions; without white space in any of them."""
        text = in_latin(unicodedata.normalize("NFKC", text).lower())
        terms: list[str] = []
        end = 0
        for run in _JAPANESE.finditer(text):
            terms += self._latin(text[end : run.start()])
            terms += self._japanese(run.group())
            end = run.end()
        return terms + self._latin(text[end:])

    def name(self, text: str) -> list[str]:
        """The terms that every passage with an English name holds: its words, not how they may be written besides."""
        return self._stems(unicodedata.normalize("NFKC", text).lower())

    def stems(self, words: Sequence[str]) -> list[str]:
        """The terms of English words in lower case, one for each; also of what `terms` leaves out."""
        stems: list[str] = self._stemmer.stemWords(words)
        return stems

    def letters(self, text: str) -> list[str]:
        """Every two neighbouring letters of Japanese text, digits included: what finds a word that was cut otherwise.

        Names, and words that the dictionary does not have, are divided in one way here and in another there.
        """
        runs = _LETTERS.findall(unicodedata.normalize("NFKC", text).lower())
        return [run[at : at + 2] for run in runs for at in range(len(run) - 1)]

    def readings(self, text: str) -> Iterator[tuple[str, str]]:
        """The Japanese nouns of a text, alone and with up to two before them, each with its reading in hiragana."""
        nouns: list[tuple[str, str]] = []
        for word, reading, is_noun in self.read_aloud(text):
            nouns = [*nouns[1 - TOGETHER :], (word, reading)] if is_noun and reading else []
            for start in range(len(nouns)):
                spellings, readings = zip(*nouns[start:], strict=True)
                yield "".join(spellings), "".join(readings)

    def in_hiragana(self, text: str) -> list[str]:
        """Words of a text that say something and are written in hiragana alone."""
        words = self._tagger(unicodedata.normalize("NFKC", text))
        return [word.surface for word in words if word.feature.pos1 in _CONTENT and _KANA_ALONE.fullmatch(word.surface)]

    def read_aloud(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """The words of a text, each with its reading in hiragana where it has one, and whether it is a noun."""
        text, end = unicodedata.normalize("NFKC", text), 0
        for run in _JAPANESE.finditer(text):
            if run.start() > end:
                yield text[end : run.start()], "", False
            for word in self._tagger(run.group()):
                kana = word.feature.kana
                reading = "" if not kana or kana == "*" else kana.translate(IN_HIRAGANA)
                yield word.surface, reading, word.feature.pos1 in _NOUNS
            end = run.end()
        yield text[end:], "", False

    def _japanese(self, text: str) -> list[str]:
        terms = []
        for word in self._tagger(text):
            feature = word.feature
            if feature.pos1 not in _CONTENT:
                continue
            # A loan word's lemma names its origin: コンピューター-computer.
            lemma, _, origin = unicodedata.normalize("NFKC", feature.lemma or word.surface).partition("-")
            if origin and (latin := _ORIGIN.match(origin.lower())) and (stems := self._stems(latin.group())):
                terms += stems
            elif lemma and lemma not in _EMPTY_JA:
                terms.append(lemma.lower())  # ＷｉＦｉ, as the dictionary spells it
        return terms

    def _latin(self, text: str) -> list[str]:
        text = text.translate(HYPHENS)
        otherwise: list[str] = self._stemmer.stemWords(_written_otherwise(text))
        return self._stems(text) + otherwise + _with_signs(text)

    def _stems(self, text: str) -> list[str]:
        words = [word for word in _WORD.findall(text) if word not in _EMPTY_EN]
        stems: list[str] = self._stemmer.stemWords(words)
        return stems

    @property
    def _tagger(self) -> fugashi.GenericTagger:
        if not hasattr(_of_thread, "lent"):
            _of_thread.lent = _Lent()
        lent: _Lent = _of_thread.lent
        return lent.tagger

    @property
    def _stemmer(self) -> Stemmer.Stemmer:
        if not hasattr(_of_thread, "stemmer"):
            # By default it remembers ten thousand words, a megabyte for each thread, and is no quicker for it.
            _of_thread.stemmer = Stemmer.Stemmer("english", 0)
        return _of_thread.stemmer


def _with_signs(text: str) -> list[str]:
    """What a text says in signs, beside its words: names, codes as one term however they are parted, signs alone."""
    if text.isalnum() or not (text := text.strip()):
        return []
    codes = [f"{letters}{digits}" for letters, digits in _CODE.findall(text)]
    signs = [run or sign for run, sign in _SIGNS.findall(text)]  # as many # as a narrow cell has room for
    return _SIGNED.findall(text) + codes + signs


def _written_otherwise(text: str) -> list[str]:
    """What the words of a text are to who writes them as one or apart: Wi-Fi is wifi too, and a login to log in."""
    joined = [f"{first}{second}" for first, second in _HYPHENED.findall(text)]
    return joined + _AS_ONE.findall(text)
