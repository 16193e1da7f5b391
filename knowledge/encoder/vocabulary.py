"""Turns text into the numbers of a model's vocabulary; the only file that knows tokenizers."""

from __future__ import annotations

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

    def count(self, text: str) -> int:
        """The text's length in tokens, markers included, uncut."""
        cut = self._tokenizer.encode(text)
        return self._markers + sum(len(part.ids) - self._markers for part in (cut, *cut.overflowing))


def _padding(tokenizer: Tokenizer) -> int:
    told = tokenizer.padding
    if told:
        return int(told["pad_id"])
    known = (tokenizer.token_to_id(name) for name in PADDING_NAMES)
    return next((number for number in known if number is not None), 0)
