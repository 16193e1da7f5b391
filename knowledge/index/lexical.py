"""The words of all passages, searched by BM25: the only file that knows Tantivy.

Tantivy is given the terms of `knowledge.language.analysis`, parted by spaces: it has no Japanese analyser of its own.
The ranking is BM25 (Robertson and Zaragoza, 2009) with k1 = 1.2 and b = 0.75.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.filters import NAMES, Filters, group_of, validity_of
from knowledge.language.analysis import Analyzer
from knowledge.language.generic import generic
from knowledge.language.languages import language
from knowledge.language.translations import OTHER, Term, otherwise, translations
from knowledge.passages import Passage, titles

Keys = NDArray[np.int64]
Shares = NDArray[np.float64]
Clause = tuple[tantivy.Occur, tantivy.Query]

# What the words of the title, and of title and body together, add to the score; docs/retrieval.md has the figures.
FIELDS = {"title": 1.0, "all": 3.0}
BOTH_FIELDS = sum(FIELDS.values())
LETTERS, LETTERS_WEIGHT = "letters", 0.6  # pairs of letters of both: a little, as they match by chance too
COMMON = 0.05  # of all passages: a pair of letters in more of them says nothing, and would cost the most time
FEW = 8  # passages: in a small corpus no pair is common that only so many have
MOST_TERMS, MOST_PAIRS = 64, 96  # of a question: a pasted page must not cost more than a question
MOST_LETTERS = 600  # of a question: as many hold that many terms, and what follows would be analysed for nothing
KNOWN = 4096  # words, and numbers of passages, of which it is remembered how many hold them and how rare that is
DESK = 500  # passages: in fewer a question's words are searched for by other words for the same, too
OTHERWISE = 0.8  # of a word's worth, where no passage holds it: another word for it says a little less
BESIDES = 0.3  # of the same where some do: who wrote them has a word for each thing, and it is mostly this one
LAST = 16  # questions whose terms are remembered: each is searched for in both languages, and looked for in lines
WRITER_BYTES = 64_000_000  # memory of the writer before it flushes
MASK_AFTERWARDS = 0.2  # the share of passages that a filter must leave for a search without it to be quicker
_TOKENIZER = "terms"
_FACETS, _FIRST_DAY, _LAST_DAY = "facets", "first_day", "last_day"  # what filters ask for


class LexicalIndex:
    """BM25 search; a passage is known by a 63-bit key."""

    def __init__(self, index: tantivy.Index, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._index = _with_tokenizer(index)
        self._index.config_reader("manual")  # else a thread looks every half second for what never changes, with a lock
        self._index.reload()
        self._searcher = self._index.searcher()
        self._held, self._schema = int(self._searcher.num_docs), self._index.schema  # asked for again and again
        self._frequency = lru_cache(KNOWN)(self._searcher.doc_freq)
        self._rarity = lru_cache(KNOWN)(partial(_rarity, self._held))
        self._at_most = {term: share * self._rarity(1) for term, share in generic(analyzer).items()}
        self._terms = lru_cache(LAST)(lambda question: tuple(_terms(question, analyzer)))

    @classmethod
    def load(cls, folder: Path, analyzer: Analyzer) -> LexicalIndex:
        """Open a folder for searching; it may be read-only, or on a full disk."""
        try:
            return cls(tantivy.Index.open(str(folder)), analyzer)
        except ValueError:
            # Tantivy writes a lock file in order to read. Where that fails it may write one beside links to the files,
            # all of which it has open afterwards.
            with tempfile.TemporaryDirectory(prefix="madoguchi-words-") as elsewhere:
                for path in folder.iterdir():
                    if path.suffix != ".lock":
                        (Path(elsewhere) / path.name).symlink_to(path.resolve())
                return cls(tantivy.Index.open(elsewhere), analyzer)

    def __len__(self) -> int:
        return self._held

    def terms(self, question: str) -> list[str]:
        """The different terms that a question is searched by."""
        return list(self._terms(question[:MOST_LETTERS]))

    def holding(self, term: str) -> int:
        """How many passages hold a term; not remembered, as of a mistyped word hundreds are asked for."""
        return int(self._searcher.doc_freq("all", term))

    def rarities(self, question: str) -> dict[str, float]:
        """The terms that a question is searched by, and how rare each is in what is searched."""
        return {term: self._worth(term, self._frequency("all", term)) for term in self.terms(question)}

    def pairs(self, question: str) -> dict[str, float]:
        """The pairs of letters that a question is searched by, and how rare each is; common ones are none of them."""
        pairs = list(dict.fromkeys(self._analyzer.letters(question[:MOST_LETTERS])))[:MOST_PAIRS]
        held, common = ((pair, self._frequency(LETTERS, pair)) for pair in pairs), max(FEW, COMMON * len(self))
        return {pair: self._rarity(frequency) for pair, frequency in held if frequency <= common}

    def covered(self, rarity: Mapping[str, float], keys: Keys, field: str = "all") -> Shares:
        """How much of the rarity of a question's terms each of some passages holds, however often, from 0 to 1.

        Of its pairs of letters with `LETTERS` as the field.
        """
        held = {int(key): 0.0 for key in keys}
        known = [(term, rare) for term, rare in rarity.items() if self._frequency(field, term)]
        if known and held:
            # A query for each key: one for the set of them takes several times as long.
            these = [(tantivy.Occur.Should, self._valued("key", key, 0.0)) for key in held]
            clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(these))]
            clauses += [(tantivy.Occur.Should, self._valued(field, term, rare)) for term, rare in known]
            found = self._searcher.search(tantivy.Query.boolean_query(clauses), len(held), count=False).hits
            places = self._searcher.fast_field_values("key", [address for _, address in found])
            held |= zip(places, (score for score, _ in found), strict=True)
        return np.array([held[int(key)] for key in keys]) / (sum(rarity.values()) or 1.0)

    def _valued(self, field: str, term: str | int, worth: float) -> tantivy.Query:
        """Passages that hold a term in a field, for which they get what it is worth, however often they hold it."""
        return tantivy.Query.const_score_query(tantivy.Query.term_query(self._schema, field, term), worth)

    def search(self, question: str, limit: int, filters: Filters | None = None) -> tuple[Keys, Shares]:
        """The keys of the `limit` best passages for the words of a question, best first, that pass the filters.

        With them their BM25 scores, as shares of what the question itself would get.
        """
        question = question[:MOST_LETTERS]
        weighted: list[tuple[str, float, str]] = []
        best = 0.0
        clauses: list[Clause] = []
        lang = language(question)
        for term in self.terms(question):
            held = {field: self._frequency(field, term) for field in FIELDS}
            others = self._otherwise(term, lang)
            # The question as a passage would hold each of its words once, unknown ones too.
            frequency = held["all"] or held["title"] or sum(others.values())
            worth = self._worth(term, frequency)
            best += worth * BOTH_FIELDS
            if others:
                says = OTHERWISE if not held["all"] else BESIDES
                clauses += self._either(term, others, worth, says)
                continue
            less = worth / self._rarity(frequency)
            weighted += [(field, less * FIELDS[field], term) for field, frequency in held.items() if frequency]
        for pair, rarity in self.pairs(question).items():
            best += rarity * LETTERS_WEIGHT
            weighted += [(LETTERS, LETTERS_WEIGHT, pair)] if self._frequency(LETTERS, pair) else []
        schema = self._schema
        for field, weight, term in weighted:
            query = tantivy.Query.term_query(schema, field, term)
            clauses.append((tantivy.Occur.Should, query if weight == 1 else tantivy.Query.boost_query(query, weight)))
        if not clauses:
            return np.empty(0, np.int64), np.empty(0)
        return self._best(clauses, best, limit, [] if filters is None else list(_restrictions(schema, filters)))

    def _otherwise(self, term: str, lang: str) -> dict[Term, int]:
        """What passages call a term besides, with how many hold that.

        Among thousands somebody has the customer's word, and in a few dozen it is often another one that all use.
        """
        if len(self) >= DESK or lang not in OTHER:
            return {}
        held = {name: min(self._frequency("all", each) for each in name) for name in otherwise(term, lang)}
        return {name: frequency for name, frequency in held.items() if frequency}

    def _either(self, term: str, others: Iterable[Term], worth: float, says: float) -> Iterator[Clause]:
        """Passages that hold a term, or what it is called besides, of which the best counts."""
        for field, weight in FIELDS.items():
            named = [self._named(field, (term,), weight * worth)]
            named += [self._named(field, name, says * weight * worth) for name in others]
            if queries := [query for query in named if query is not None]:
                yield tantivy.Occur.Should, tantivy.Query.disjunction_max_query(queries)

    def prepare(self) -> None:
        """Read the list of words in both languages, which takes a moment."""
        translations()

    def search_other(self, question: str, lang: str, limit: int, filters: Filters | None = None) -> tuple[Keys, Shares]:
        """The keys of the `limit` best passages in the other language for what the words of a question mean there.

        Each word stands for all of its names (knowledge/language/translations.py): it is as rare as these together are,
        and the best of them counts (Pirkola, 1998; structured queries). The shares are of what all words of the
        question would get, those without a name in the other language too.
        """
        clauses: list[Clause] = []
        best = 0.0
        for term, names in translations().names(self.terms(question), lang):
            held = [(name, min(self._frequency("all", each) for each in name)) for name in names]
            together = sum(frequency for _, frequency in held) if names else self._frequency("all", term)
            rarity = self._rarity(min(together, len(self)))
            best += rarity * BOTH_FIELDS
            for field, weight in FIELDS.items():
                queries = [self._named(field, name, weight * rarity) for name, frequency in held if frequency]
                if found := [query for query in queries if query is not None]:
                    clauses.append((tantivy.Occur.Should, tantivy.Query.disjunction_max_query(found)))
        if not clauses:
            return np.empty(0, np.int64), np.empty(0)
        restrictions = [tantivy.Query.term_query(self._schema, _FACETS, _facet("lang", OTHER[lang]))]
        restrictions += [] if filters is None else _restrictions(self._schema, filters)
        return self._best(clauses, best, limit, restrictions)

    def _named(self, field: str, name: Term, worth: float) -> tantivy.Query | None:
        """Passages that hold all terms of a name in a field, each of which adds its part of what the name is worth."""
        frequencies = [self._frequency(field, term) for term in name]
        if not all(frequencies):
            return None
        terms = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, field, term), worth / len(name) / self._rarity(frequency)
            )
            for term, frequency in zip(name, frequencies, strict=True)
        ]
        return terms[0] if len(terms) == 1 else tantivy.Query.boolean_query([(tantivy.Occur.Must, t) for t in terms])

    def _best(
        self, clauses: list[Clause], best: float, limit: int, restrictions: Sequence[tantivy.Query]
    ) -> tuple[Keys, Shares]:
        """The keys of the best passages within the restrictions, with their scores as shares of the best possible."""
        query = tantivy.Query.boolean_query(clauses)
        if restrictions:
            unscored = [tantivy.Query.const_score_query(each, 0.0) for each in restrictions]
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in (query, *unscored)])
        hits = self._searcher.search(query, limit, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        return np.array(keys, np.int64), np.array([score for score, _ in hits], np.float64) / best

    def _worth(self, term: str, frequency: int) -> float:
        """How rare a term is; less where it only seems to tell what is asked (knowledge/language/generic.py)."""
        return min(self._rarity(frequency), self._at_most.get(term, math.inf))


def _rarity(passages: int, frequency: int) -> float:
    """The inverse document frequency of BM25."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def _terms(question: str, analyzer: Analyzer) -> list[str]:
    return list(dict.fromkeys(analyzer.terms(question)))[:MOST_TERMS]


def _restrictions(schema: tantivy.Schema, filters: Filters) -> Iterator[tantivy.Query]:
    for name, values in filters.named().items():
        facets = [tantivy.Query.term_query(schema, _FACETS, _facet(name, value)) for value in values]
        yield tantivy.Query.boolean_query([(tantivy.Occur.Should, facet) for facet in facets])
    day = filters.day()
    whole = tantivy.FieldType.Unsigned
    yield tantivy.Query.range_query(schema, _FIRST_DAY, whole, None, day)
    yield tantivy.Query.range_query(schema, _LAST_DAY, whole, day, None)


def _facet(name: str, value: str | None) -> str:
    return name if value is None else f"{name}={value}"


def deleted(folder: Path) -> int:
    """How many passages were removed whose words lie in the folder until their segment is merged."""
    segments = json.loads((folder / "meta.json").read_text("utf-8"))["segments"]
    return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)


def write(folder: Path, analyzer: Analyzer, removed: Iterable[int], added: Iterable[tuple[int, Passage]]) -> None:
    """Bring the index in `folder` up to date, making it when it is empty: remove keys, then add passages.

    Raises OSError when the disk is full or fails.
    """
    with _disk_errors():
        if tantivy.Index.exists(str(folder)):
            index = _with_tokenizer(tantivy.Index.open(str(folder)))
        else:
            index = _with_tokenizer(tantivy.Index(_schema(), path=str(folder)))
        writer = index.writer(WRITER_BYTES, num_threads=1)
        for key in removed:
            writer.delete_documents_by_query(tantivy.Query.term_query(index.schema, "key", key))
    for key, passage in added:
        document = _document(key, passage, analyzer)
        with _disk_errors():
            writer.add_document(document)
    with _disk_errors():
        writer.commit()
        writer.wait_merging_threads()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # Tantivy's word for all that fails
        raise OSError(f"the index of words: {error}") from error


def _document(key: int, passage: Passage, analyzer: Analyzer) -> tantivy.Document:
    heading = passage.question or titles(passage)
    title, body = " ".join(analyzer.terms(heading)), " ".join(analyzer.terms(passage.text))
    letters = " ".join(analyzer.letters(f"{heading}\n{passage.text}"))
    # "What does a statement cost?" is asked on the page of each account: only the page says of which.
    page = " ".join(analyzer.terms(passage.about)) if passage.question else ""
    document = tantivy.Document(title=f"{title} {page}", all=f"{title} {body}", letters=letters)
    for name, values in zip(NAMES, group_of(passage), strict=True):
        for value in values or (None,):
            document.add_text(_FACETS, _facet(name, value))
    first, last = validity_of(passage)
    for field, number in (("key", key), (_FIRST_DAY, first), (_LAST_DAY, last)):
        document.add_unsigned(field, number)  # Document(key=…) would make it signed, and the writer would die of it
    return document


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_text_field(_FACETS, tokenizer_name="raw", index_option="basic")
    for field in (_FIRST_DAY, _LAST_DAY):
        builder.add_unsigned_field(field, fast=True)
    for field in (*FIELDS, LETTERS):
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _with_tokenizer(index: tantivy.Index) -> tantivy.Index:
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, analyzer)
    return index
