"""Turns text into the numbers of a model's vocabulary; the only file that knows tokenizers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from knowledge.encoder.weights import Weights
from knowledge.errors import ConfigError

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
LONGEST_PLAIN = 80  # of Latin letters, such as an address or a name in code, which is
MOST_WORDS = 200_000  # that are remembered: some 20 MB


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


def read_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer of a tokenizer.json; raises ConfigError when it is none."""
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise ConfigError(f"{file} is not a tokenizer that can be used: {error}") from None


class Vocabulary:
    """A tokenizer that cuts texts at `max_tokens` and knows how long they were."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int | None) -> None:
        """Without `max_tokens`, what the tokenizer's own file says holds, else 512."""
        told = tokenizer.truncation
        self.pad_id = padding(tokenizer)
        tokenizer.enable_truncation(max_tokens or (told["max_length"] if told else 512))
        tokenizer.no_padding()  # a batch is padded when it is known which texts share it
        self._markers: int = tokenizer.num_special_tokens_to_add(is_pair=False)
        self._tokenizer = tokenizer
        self._word_by_word = _is_word_by_word(tokenizer)
        self._costs: dict[str, int] = {}  # of words, without markers
        self._plain = _plain_words(tokenizer)

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
        unknown = list(set[str]().union(*words_of).difference(costs))
        found = self._found(unknown) if unknown else {}
        long = {
            word: tokens
            for word, tokens in found.items()
            if len(word) > (LONGEST_PLAIN if word.isascii() else LONGEST_WORD)
        }
        costs.update((word, tokens) for word, tokens in found.items() if word not in long)

        def cost(words: Sequence[str]) -> int:
            try:
                return sum(map(costs.__getitem__, words))
            except KeyError:
                return sum(costs[word] if word in costs else long[word] for word in words)

        return [self._markers + cost(words) for words in words_of]

    def _found(self, words: Sequence[str]) -> dict[str, int]:
        """What words cost, each for itself. Plain ones go to the model at once, which halves the time."""
        cut = self._tokenizer.model.tokenize
        found = {word: len(cut(WORD_START + word)) for word in words if self._plain.fullmatch(word)}
        rest = [word for word in words if word not in found]
        return found | dict(zip(rest, self._encoded(rest), strict=True)) if rest else found

    def _encoded(self, texts: Sequence[str]) -> list[int]:
        """The texts' lengths without markers."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(cut.ids) + sum(len(part.ids) for part in cut.overflowing) for cut in encoded]


def _plain_words(tokenizer: Tokenizer) -> re.Pattern[str]:
    """Words of ASCII that come to the model as they are, with a mark before them; none where more is done to them."""
    begin_special = {added.content[:1] for added in tokenizer.get_added_tokens_decoder().values()}
    signs = "".join(sign for sign in map(chr, range(ord("!"), ord("~") + 1)) if sign not in begin_special)
    told = tokenizer.normalizer.normalize_str(signs) if tokenizer.normalizer is not None else signs
    if not _is_word_by_word(tokenizer) or tokenizer.pre_tokenizer.pre_tokenize_str(told) != [
        (WORD_START + signs, (0, len(signs)))
    ]:
        return re.compile(r"(?!)")
    return re.compile(f"[{re.escape(signs)}]+")


def padding(tokenizer: Tokenizer) -> int:
    """The number that fills a batch up."""
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
