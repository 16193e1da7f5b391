"""Two encoders as one: the multilingual one reads every text, and an English one reads English too.

A small multilingual encoder knows less English than an English one of half its size, which knows no Japanese. Vectors
of both stand side by side in one: an English text's holds both, another's only the multilingual half. So a question in
one language still finds passages in the other, and the cosine of two English texts is the weighted mean of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import Embedder, Progress, Vectors
from knowledge.languages import language

ENGLISH_SHARE = 0.3  # of the English encoder in the cosine of two English texts; its cosines spread three times as wide


class BilingualEncoder:
    """An Embedder made of two."""

    def __init__(self, multilingual: Embedder, english: Embedder) -> None:
        self._multilingual, self._english = multilingual, english
        both = f"{multilingual.fingerprint} {english.fingerprint} {ENGLISH_SHARE}"
        self.fingerprint = f"bilingual:{sha256(both.encode()).hexdigest()[:12]}"
        self.dimensions = multilingual.dimensions + english.dimensions
        self.max_tokens = multilingual.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text costs the multilingual encoder, which counts more than the English one."""
        return self._multilingual.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors of texts to be found, in the order of the texts."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        english = [place for place, text in enumerate(texts) if language(text) == "en"]
        if english:
            vectors[english, self._multilingual.dimensions :] = self._english.embed_passages(
                [texts[place] for place in english]
            ) * np.float32(ENGLISH_SHARE**0.5)
        vectors[:, : self._multilingual.dimensions] = self._multilingual.embed_passages(texts, progress)
        vectors[english, : self._multilingual.dimensions] *= np.float32((1 - ENGLISH_SHARE) ** 0.5)
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question."""
        multilingual = self._multilingual.embed_query(text)
        if language(text) != "en":
            return np.concatenate([multilingual, np.zeros(self._english.dimensions, np.float32)])
        english = self._english.embed_query(text)
        both = [(1 - ENGLISH_SHARE) ** 0.5 * multilingual, ENGLISH_SHARE**0.5 * english]
        return np.concatenate(both, dtype=np.float32)
