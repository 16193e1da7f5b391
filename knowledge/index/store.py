"""A generation opened for reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic_core import CoreConfig, SchemaValidator

from knowledge.embedder import Vectors
from knowledge.errors import DamagedIndex, NoKnowledge, WrongIndex
from knowledge.filters import NAMES, Filters, Group, passes, valid
from knowledge.index import adapting, asides, generations, lexical
from knowledge.index.adapting import Bound
from knowledge.index.asides import Aside
from knowledge.index.background import Background
from knowledge.index.dense import DenseIndex, Languages
from knowledge.index.gauge import Gauge
from knowledge.index.generations import Manifest
from knowledge.index.lexical import LexicalIndex, Shares
from knowledge.index.lines import LinesOf
from knowledge.index.part import MORE, UNEVEN, Mask, Rows
from knowledge.index.priors import Priors
from knowledge.index.texts import Blocks, Texts
from knowledge.language.analysis import Analyzer
from knowledge.language.kana import Spelling
from knowledge.language.translations import OTHER
from knowledge.language.typos import Typos
from knowledge.passages import NO_ATTRIBUTES, Attributes, Document, Passage

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Its strings are not kept for the next: each passage's id would be, thousands of them.
_PASSAGES = SchemaValidator(TypeAdapter(Passage).core_schema, CoreConfig(cache_strings="keys"))
ASKED_FOR = 128  # passages kept as they were read: most customers ask for the same few
REMEMBERED = 32  # filters whose passages are remembered: one bit a passage for each


class Generation:
    """One immutable state of the knowledge base."""

    def __init__(self, place: Path, manifest: Manifest, analyzer: Analyzer) -> None:
        self.manifest = manifest
        self.place = place
        keys = self.keys
        # Keys are counted, and so the rows are in their order: but in an index that an earlier version began.
        by_key = None if (keys[1:] > keys[:-1]).all() else np.argsort(keys).astype(np.int32)
        self._by_key: NDArray[np.int32] | None = by_key
        is_row = len(keys) == keys.max(initial=-1) + 1 and by_key is None  # while nothing has been replaced
        self._sorted_keys = None if is_row else narrow(keys if by_key is None else keys[by_key])
        texts = self._texts = Texts(place)
        # Without `self` in it: a generation that was replaced goes at once.
        self._passage = lru_cache(ASKED_FOR)(lambda row: parse(texts.line(row)))
        self.lines = LinesOf(self._passage, analyzer)
        self.documents: dict[str, Document] = {}
        self._first_row: dict[str, int] = {}
        row = 0
        same: dict[str, str] = {}  # what many of them say (the kind, the day) is kept once
        for line in (place / "documents.jsonl").read_bytes().splitlines():  # of text they would end at U+2028 too
            told: dict[str, Any] = json.loads(line)
            told |= {name: same.setdefault(of, of) for name, of in told.items() if isinstance(of, str)}
            document = Document(**told)
            self.documents[document.id] = document
            self._first_row[document.id] = row
            row += document.passages
        self.lexical = LexicalIndex.load(place / "lexical", analyzer)
        self.typos = Typos(analyzer, self.lexical.holding)
        self.spelling = Spelling(analyzer, self.lexical.holding, self.lexical.terms)
        self.groups: list[Group] = [
            tuple(map(tuple, group)) for group in json.loads((place / "groups.json").read_text("utf-8"))
        ]
        # As plain arrays: NumPy's mapped ones take three times as long to give some of their values.
        self.group: NDArray[np.integer] = np.asarray(np.load(place / "groups.npy", mmap_mode="r", allow_pickle=False))
        validity = np.load(place / "validity.npy", allow_pickle=False)
        self.validity: NDArray[np.int32] | None = validity if len(validity) else None
        kinds = [group[NAMES.index("kind")][0] for group in self.groups]
        self._logs, self._faqs = (np.array([each == kind for each in kinds], np.bool_) for kind in ("log", "faq"))
        self.languages: Languages = np.asarray(np.load(place / "languages.npy", mmap_mode="r", allow_pickle=False))
        self.dense = DenseIndex.load(place, self.languages, manifest.dimensions)
        held, codes, counts = np.unique(self.languages, return_inverse=True, return_counts=True)
        self._held_languages: dict[bytes, int] = dict(zip(held.tolist(), counts.tolist(), strict=True))
        self.background = Background(self.dense, codes)
        self.priors = Priors.load(place)
        self.gauge = Gauge.load(place)
        self.adapter: Bound | None = None  # what this desk's questions have taught; set by `take_up_adapter`
        self._asides: dict[str, list[Aside]] | None = None
        self._allowed: dict[Filters, NDArray[np.uint8] | None] = {}  # one bit a row

    @classmethod
    def open(cls, data: Path, analyzer: Analyzer, embedding: str | None = None, name: str | None = None) -> Generation:
        """Open the generation that serves, or the one called `name`, after checking every byte of it.

        Raises NoKnowledge, DamagedIndex, or WrongIndex when it was built by another model than `embedding`.
        """
        serving = name or generations.current(data)
        if serving is None:
            raise NoKnowledge(f"Nothing has been ingested into {data.absolute()} yet. Run: madoguchi ingest PATH")
        try:
            return cls._open(data, analyzer, embedding, serving)
        except DamagedIndex:
            if name is not None or generations.current(data) == serving:
                raise
        return cls.open(data, analyzer, embedding)  # it was removed while it was read: another serves by now

    @classmethod
    def _open(cls, data: Path, analyzer: Analyzer, embedding: str | None, name: str) -> Generation:
        manifest = generations.check(data, name)
        if embedding is not None and manifest.embedding != embedding:
            raise WrongIndex(
                f"The index in {data} was built with the embedding model {manifest.embedding}, but {embedding} is "
                "configured. Vectors of two models cannot be compared: set MADOGUCHI_EMBEDDING back, or read "
                "everything again with the new model: madoguchi ingest --rebuild PATH..."
            )
        place = generations.folder(data, name)
        try:
            generation = cls(place, manifest, analyzer)
        except (OSError, ValueError) as error:  # ValueError: Tantivy's and NumPy's word for a file that is gone
            raise DamagedIndex(f"{place} cannot be opened: {error}.") from None
        generation.take_up_adapter(data)
        return generation

    def take_up_adapter(self, data: Path) -> str | None:
        """Search with the adapter that serves in `data`, or without; why not, when there is one that cannot serve."""
        try:
            adapter = adapting.load(data)
            self.adapter = Bound(adapter, self) if adapter else None
        except (DamagedIndex, WrongIndex) as error:
            self.adapter = None
            return str(error)
        return None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def keys(self) -> Rows:
        """The key of each row in the lexical index: read when asked for, as searches have them in their order."""
        keys: Rows = np.load(self.place / "keys.npy", allow_pickle=False).astype(np.int64)
        return keys

    def __len__(self) -> int:
        return self.manifest.passages

    def asides(self) -> dict[str, list[Aside]]:
        """The passages that are held and not searched, by document; read when asked for: searches do not need them."""
        if self._asides is None:
            self._asides = {}
            for aside in asides.load(self.place):
                self._asides.setdefault(aside.passage.document_id, []).append(aside)
        return self._asides

    @property
    def deleted(self) -> int:
        """How many removed passages the lexical index still holds words of, though it finds none of them."""
        return lexical.deleted(self.place / "lexical")

    def is_log(self, rows: Rows) -> Mask:
        """Which rows are of support logs."""
        logs: Mask = self._logs[self.group[rows]]
        return logs

    def is_faq(self, rows: Rows) -> Mask:
        """Which rows are pairs of a FAQ."""
        faqs: Mask = self._faqs[self.group[rows]]
        return faqs

    def prior(self, rows: Rows, vectors: Vectors) -> NDArray[np.float64]:
        """Standard deviations that some rows are worth before anything is asked; `vectors` has one for each row."""
        return self.priors.worth(self.languages[rows], self.is_faq(rows), vectors)

    def passage(self, row: int) -> Passage:
        """The passage of a row."""
        return self._passage(row)

    def passages(self, document_id: str) -> list[Passage]:
        """All passages of a document, in reading order."""
        return [parse(line) for line in self._texts.lines(*self._span(document_id))]

    def rows(self, document_id: str) -> Rows:
        """The rows of a document."""
        first, count = self._span(document_id)
        return np.arange(first, first + count)

    def packed(self, documents: Iterable[Document]) -> Iterator[Blocks]:
        """The lines of some documents as they lie on disk; those that lie next to each other are taken together."""
        first, count = 0, 0
        for document in documents:
            begin, passages = self._span(document.id)
            if count and begin != first + count:
                yield self._texts.blocks(first, count)
                count = 0
            first, count = (first if count else begin), count + passages
        if count:
            yield self._texts.blocks(first, count)

    def _span(self, document_id: str) -> tuple[int, int]:
        return self._first_row[document_id], self.documents[document_id].passages

    def allowed(self, filters: Filters | None = None) -> Mask | None:
        """Which rows pass the filters, and are valid today where these name no day; None when all do."""
        if filters is None and self.validity is None:
            return None
        pinned = filters or Filters()
        if self.validity is not None:
            pinned = pinned.pinned()
        if pinned not in self._allowed:
            chosen: Mask = np.array([passes(group, pinned) for group in self.groups], np.bool_)
            mask: Mask = chosen[self.group]
            if self.validity is not None:
                mask &= valid(self.validity, pinned.day())
            packed = None if mask.all() else np.packbits(mask)
            if len(self._allowed) >= REMEMBERED:
                self._allowed = {}
            self._allowed[pinned] = packed
        else:
            packed = self._allowed[pinned]
        return None if packed is None else np.unpackbits(packed, count=len(self)).view(np.bool_)

    def covered(self, rarity: Mapping[str, float], rows: Rows) -> Shares:
        """How much of the rarity of a question's terms the passages of some rows hold, each from 0 to 1."""
        return self.lexical.covered(rarity, self._keys_of(rows))

    def covered_pairs(self, question: str, rows: Rows) -> Shares:
        """The same of the pairs of letters that a question is searched by."""
        return self.lexical.covered(self.lexical.pairs(question), self._keys_of(rows), lexical.LETTERS)

    def by_words(
        self, question: str, limit: int, filters: Filters | None = None, allowed: Mask | None = None
    ) -> tuple[Rows, Shares]:
        """The rows that the lexical index finds, best first, with their shares of what the question would get.

        `allowed` is what `self.allowed(filters)` gave. While that is most of the rows, it is cheaper to search without
        the filters for some more and leave out those that do not pass: the scores are the same.
        """
        if allowed is not None:
            left = int(np.count_nonzero(allowed))
            if left >= lexical.MASK_AFTERWARDS * len(self):
                more = int(UNEVEN * limit * len(self) / left)
                while more <= len(self):
                    keys, shares = self.lexical.search(question, more)
                    rows = self._rows_of(keys)
                    passing = allowed[rows]
                    if len(rows) < more or np.count_nonzero(passing) >= limit:
                        return rows[passing][:limit], shares[passing][:limit]
                    more *= MORE
        keys, shares = self.lexical.search(question, limit, None if allowed is None else filters or Filters())
        rows = self._rows_of(keys)
        if allowed is not None and filters is not None and filters.for_customers:  # the words' index cannot
            return rows[allowed[rows]], shares[allowed[rows]]
        return rows, shares

    def by_meanings(
        self, question: str, lang: str, limit: int, filters: Filters | None = None, allowed: Mask | None = None
    ) -> tuple[Rows, Shares]:
        """Rows in the other language that hold what the words of a question in `lang` mean there, best first.

        None where all passages are in the question's language, or this is neither Japanese nor English.
        """
        if OTHER.get(lang, "").encode() not in self._held_languages:
            return np.empty(0, np.int64), np.empty(0)
        keys, shares = self.lexical.search_other(question, lang, limit, None if allowed is None else filters)
        rows = self._rows_of(keys)
        return (rows, shares) if allowed is None else (rows[allowed[rows]], shares[allowed[rows]])

    def held_in(self, lang: str) -> int:
        """How many passages are in a language."""
        return self._held_languages.get(lang.encode(), 0)

    def prepare(self) -> None:
        """Read what a first question would be kept waiting for: the words of both languages, whichever are held."""
        self.lexical.prepare()

    def _keys_of(self, rows: Rows) -> lexical.Keys:
        if self._sorted_keys is None:
            return rows
        keys = self._sorted_keys if self._by_key is None else self.keys
        return keys[rows].astype(np.int64)

    def _rows_of(self, keys: lexical.Keys) -> Rows:
        if self._sorted_keys is None:
            return keys
        # Of another type than theirs, all of them would be converted.
        places = self._sorted_keys.searchsorted(keys.astype(self._sorted_keys.dtype))
        return places if self._by_key is None else self._by_key[places].astype(np.int64)


def narrow(numbers: NDArray[np.integer]) -> NDArray[np.integer]:
    """The same numbers, none below 0, in as few bytes each as hold them all."""
    fitting: NDArray[np.integer] = numbers.astype(np.min_scalar_type(numbers.max(initial=0)))
    return fitting


def render(passage: Passage) -> bytes:
    """A passage as one line of JSON; fields without a value are left out."""
    fields = _told(passage)
    if passage.attributes is NO_ATTRIBUTES or not (attributes := _told(passage.attributes)):
        del fields["attributes"]
    else:
        fields["attributes"] = attributes
    return _AS_JSON(fields).encode("utf-8", "replace") + b"\n"


def _told(of: Passage | Attributes) -> dict[str, Any]:
    # asdict would copy each value deeply first.
    return {name: value for name in of.__slots__ if (value := getattr(of, name)) is not None and value != ()}


def parse(line: bytes) -> Passage:
    """The passage that `render` wrote."""
    passage: Passage = _PASSAGES.validate_json(line)
    return passage
