"""Turns text into the numbers of a model's vocabulary; the only file that knows tokenizers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from knowledge.encoder.weights import Weights

SPECIAL_SCORE = -60.0  # so unlikely that a text saying "</s>" is read as these letters, not as the end of a text
WIDE_TILDE, STAND_IN = (
    "\uff5e",
    "\ue0fe",
)  # NFKC would change the first; the second is for private use and means nothing
WORD_START = "\u2581"  # what the pieces have in place of a space
PADDING_NAMES = ("<pad>", "[PAD]")
# With these every word between spaces is cut up for itself, and a text costs what its words cost.
WORD_BY_WORD = ("Metaspace", "WhitespaceSplit", "Whitespace", "BertPreTokenizer")
LONGEST_WORD = 30  # characters: what is longer, such as a Japanese sentence, is hardly met twice
MOST_WORDS = 200_000  # that are remembered: some 20 MB
TOGETHER = 100  # words that are cut up as one text: less than half the time, and no text beyond a model's limit


def tokenizer_json(weights: Weights) -> str:
    """The tokenizer of the built-in model, as the text of a tokenizer.json.

    Its rules give what the normalisation map in the weights file gives: NFKC that spares the wide tilde.
    """
    special = {weights.start, weights.pad, weights.end, weights.unknown, len(weights.pieces) - 1}  # the last is <mask>
    scores = [SPECIAL_SCORE if n in special else float(score) for n, score in enumerate(weights.scores)]
    pieces = list(zip(weights.pieces, scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=weights.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace(WIDE_TILDE, STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(STAND_IN, WIDE_TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START, prepend_scheme="always")
    start, end = weights.pieces[weights.start], weights.pieces[weights.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, weights.start), (end, weights.end)]
    )
    text: str = tokenizer.to_str()
    return text


class Vocabulary:
    """A tokenizer that cuts texts at `max_tokens` and knows how long they were."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int | None = None) -> None:
        """Without `max_tokens`, what the tokenizer's own file says holds, else 512."""
        told = tokenizer.truncation
        self.max_tokens: int = max_tokens or (told["max_length"] if told else 512)
        self.pad_id = _padding(tokenizer)
        tokenizer.enable_truncation(self.max_tokens)
        tokenizer.no_padding()  # a batch is padded when it is known which texts share it
        self._markers: int = tokenizer.num_special_tokens_to_add(is_pair=False)
        self._tokenizer = tokenizer
        self._word_by_word = _is_word_by_word(tokenizer)
        self._costs: dict[str, int] = {}  # of words, without markers
        self._plain = _plain_words(tokenizer)
        self._begins: dict[int, bool] = {}  # of tokens: whether a word begins with it

    @classmethod
    def load(cls, file: Path, max_tokens: int | None = None) -> Vocabulary:
        """Read a tokenizer.json; raises ValueError when it is none."""
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
            raise ValueError(str(error)) from None
        return cls(tokenizer, max_tokens)

    def numbers(self, text: str) -> list[int]:
        """The text's tokens between its markers, cut at `max_tokens`."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def counts(self, texts: Sequence[str]) -> list[int]:
        """The texts' lengths in tokens, markers included, uncut."""
        if not self._word_by_word:
            return [self._markers + tokens for tokens in self._encoded(texts)]
        if len(self._costs) > MOST_WORDS:
            self._costs = {}  # another thread may still look into the old one
        costs = self._costs
        words_of = [text.split() for text in texts]
        unknown = list({word for words in words_of for word in words if word not in costs})
        found = self._found(unknown) if unknown else {}
        costs.update((word, tokens) for word, tokens in found.items() if len(word) <= LONGEST_WORD)
        markers = self._markers
        return [markers + sum([costs[word] if word in costs else found[word] for word in words]) for words in words_of]

    def _found(self, words: Sequence[str]) -> dict[str, int]:
        """What words cost, each for itself. Plain ones are told apart, in a text of many, by where a word starts."""
        plain = [word for word in words if self._plain.fullmatch(word)]
        parts = [plain[at : at + TOGETHER] for at in range(0, len(plain), TOGETHER)]
        found: dict[str, int] = {}
        for part in parts:  # one by one: waking threads for a batch costs more than they save
            cut = self._tokenizer.encode(" ".join(part), add_special_tokens=False)
            numbers = cut.ids + [number for beyond in cut.overflowing for number in beyond.ids]
            for number in set(numbers) - self._begins.keys():
                self._begins[number] = (self._tokenizer.id_to_token(number) or "").startswith(WORD_START)
            starts = [place for place, number in enumerate(numbers) if self._begins[number]]
            if len(starts) == len(part):
                ends = [*starts[1:], len(numbers)]
                found |= {word: end - start for word, start, end in zip(part, starts, ends, strict=True)}
        rest = [word for word in words if word not in found]
        return found | dict(zip(rest, self._encoded(rest), strict=True)) if rest else found

    def _encoded(self, texts: Sequence[str]) -> list[int]:
        """The texts' lengths without markers."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(cut.ids) + sum(len(part.ids) for part in cut.overflowing) for cut in encoded]


def _plain_words(tokenizer: Tokenizer) -> re.Pattern[str]:
    """Words of ASCII in which the tokenizer marks the beginning alone; none where it marks words otherwise."""
    if tokenizer.token_to_id(WORD_START) is None or not _is_word_by_word(tokenizer):
        return re.compile(r"(?!)")
    special = "".join({added.content[:1] for added in tokenizer.get_added_tokens_decoder().values()})
    return re.compile(rf"(?:(?![{re.escape(special)}])[!-~])+" if special else "[!-~]+")


def _padding(tokenizer: Tokenizer) -> int:
    told = tokenizer.padding
    if told:
        return int(told["pad_id"])
    known = (tokenizer.token_to_id(name) for name in PADDING_NAMES)
    return next((number for number in known if number is not None), 0)


def _is_word_by_word(tokenizer: Tokenizer) -> bool:
    if tokenizer.pre_tokenizer is None:
        return False
    told = json.loads(tokenizer.pre_tokenizer.__getstate__())
    first = told["pretokenizers"][0] if told["type"] == "Sequence" else told
    return first["type"] in WORD_BY_WORD and first.get("split", True)
