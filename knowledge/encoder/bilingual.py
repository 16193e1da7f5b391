"""Two encoders as one: the multilingual one reads every text, and an English one reads English too.

A small multilingual encoder knows less English than an English one of half its size, which knows no Japanese. Vectors
of both stand side by side in one, so that the cosine of two English texts is the weighted mean of both. A text in
another language has the multilingual half only; what its length lacks lies in a place of its own, one for questions and
one for stored texts, and so counts for nothing: questions in one language find passages in the other, by that half.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import ManyEmbedder, Progress, Vectors
from knowledge.language.languages import language

ENGLISH_SHARE = 0.3  # of the English encoder in the cosine of two English texts; its cosines spread three times as wide
PLACES = 8  # after both halves; the first two are used, and all of them keep the length of vectors a round one


class BilingualEncoder:
    """An Embedder made of two."""

    def __init__(self, multilingual: ManyEmbedder, english: ManyEmbedder) -> None:
        self._multilingual, self._english = multilingual, english
        both = f"{multilingual.fingerprint} {english.fingerprint} {ENGLISH_SHARE} {PLACES}"
        self.fingerprint = f"bilingual:{sha256(both.encode()).hexdigest()[:12]}"
        self._half = multilingual.dimensions
        self.dimensions = self._half + english.dimensions + PLACES

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text costs the multilingual encoder, which counts more than the English one."""
        return self._multilingual.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors of texts to be found, in the order of the texts."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[:, : self._half] = self._multilingual.embed_passages(texts, progress)
        vectors[:, : self._half] *= (1 - ENGLISH_SHARE) ** 0.5
        vectors[:, -PLACES] = ENGLISH_SHARE**0.5
        english = [place for place, text in enumerate(texts) if language(text) == "en"]
        if english:
            found = self._english.embed_passages([texts[place] for place in english])
            vectors[english, self._half : -PLACES] = found * np.float32(ENGLISH_SHARE**0.5)
            vectors[english, -PLACES] = 0
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question."""
        vector: NDArray[np.float32] = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, in the order of the texts."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[:, : self._half] = (1 - ENGLISH_SHARE) ** 0.5 * self._multilingual.embed_queries(texts)
        vectors[:, 1 - PLACES] = ENGLISH_SHARE**0.5
        if english := [place for place, text in enumerate(texts) if language(text) == "en"]:
            found = self._english.embed_queries([texts[place] for place in english])
            vectors[english, self._half : -PLACES] = ENGLISH_SHARE**0.5 * found
            vectors[english, 1 - PLACES] = 0
        return vectors
