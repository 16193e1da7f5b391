"""Runs a sentence encoder from a folder with model.onnx and tokenizer.json."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Progress, Vectors
from knowledge.encoder.card import MANIFEST, MODEL, Card, model_files, read_card
from knowledge.encoder.runtime import REFUSALS, onnxruntime, session
from knowledge.encoder.vocabulary import Vocabulary, read_tokenizer
from knowledge.errors import ConfigError
from knowledge.files import sha256

BATCH_TOKENS = 512  # padding included: larger batches leave the processor's cache and are slower
QUERY_TOKENS = 192  # of a question, which must not take long: a pasted page may have as many as letters
NO_WORDS = {True: 2.5, False: 1.15}  # letters a token, in ASCII or not: text of fewer is keys, codes or symbols,
CODED_TOKENS = 96  # of which so many tokens are read. On English pages one in forty has fewer, on Japanese ones none


class OnnxEncoder:
    """An Embedder that computes here, on the processor.

    A question is embedded on the calling thread. Stored texts are embedded by a thread for each core, each on a batch
    of its own: that is a third faster than letting onnxruntime share one batch among the cores.
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, vocabulary: Vocabulary, card: Card, fingerprint: str
    ) -> None:
        self._session = session
        self._vocabulary = vocabulary
        self._card = card
        self._inputs = [given.name for given in session.get_inputs()]
        self._pad_id = vocabulary.pad_id if card.pad_id is None else card.pad_id
        self.fingerprint = fingerprint
        self.dimensions: int = self._run([vocabulary.numbers("a")]).shape[1]

    @classmethod
    def load(cls, folder: Path) -> OnnxEncoder:
        """Open the model in a folder; raises ConfigError when it holds none that can be used.

        A folder without the hashes of its files is read whole for the fingerprint, at each load: a remembered hash
        could outlive the file that it was made of, and half a second is little against an index of wrong vectors.
        """
        card = read_card(folder)
        model, tokenizer = model_files(folder, "embedding model", "MADOGUCHI_EMBEDDING=onnx:/models/my-encoder")
        hashes = {name: kept.sha256 for name, kept in card.files.items()} or {
            file.name: sha256(file) for file in sorted({*model.parent.glob(f"{MODEL}*"), tokenizer})
        }
        vocabulary = Vocabulary(read_tokenizer(tokenizer), card.max_tokens)
        try:
            encoder = cls(session(model), vocabulary, card, card.fingerprint(hashes))
        except REFUSALS as error:
            raise ConfigError(f"{model} is not an encoder that can be used: {error}") from error
        if card.dim not in (None, encoder.dimensions):
            raise ConfigError(
                f"{folder / MANIFEST} says dim {card.dim}, but the vectors of {model} have {encoder.dimensions}."
            )
        return encoder

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text costs, prefix and markers included; more than the model reads would be cut."""
        return self._vocabulary.counts([self._card.passage_prefix + text.strip() for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, of its first `QUERY_TOKENS` tokens."""
        vector: NDArray[np.float32] = self._run([self._asked(text)])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, in their order, on the calling thread."""
        tokens = [self._asked(text) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for batch in _batches(tokens):
            vectors[batch] = self._run([tokens[i] for i in batch])
        return vectors

    def _asked(self, text: str) -> list[int]:
        tokens = self._vocabulary.numbers(self._card.query_prefix + text.strip())
        most = CODED_TOKENS if len(text) < NO_WORDS[text.isascii()] * len(tokens) else QUERY_TOKENS
        return tokens if len(tokens) <= most else tokens[: most - 1] + tokens[-1:]  # the last one marks the end

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors of texts to be found, in the order of the texts; `progress` is called on the calling thread."""
        prefix = self._card.passage_prefix
        tokens = [self._vocabulary.numbers(prefix + text.strip()) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        pool = ThreadPoolExecutor(_cores(), thread_name_prefix="embedding")
        try:
            jobs = {pool.submit(self._run, [tokens[i] for i in batch]): batch for batch in _batches(tokens)}
            for job in as_completed(jobs):
                vectors[jobs[job]] = job.result()
                if progress:
                    progress(len(jobs[job]))
        finally:
            pool.shutdown(cancel_futures=True)  # an interrupted run does not first embed all the rest
        return vectors

    def _run(self, batch: Sequence[Sequence[int]]) -> Vectors:
        shape = len(batch), max(len(tokens) for tokens in batch)
        ids, mask = np.full(shape, self._pad_id, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros(shape, np.int64)}
        output = self._session.run(None, {name: given[name] for name in self._inputs if name in given})[0]
        if output.ndim == 3:
            output = output[:, 0] if self._card.pooling == "cls" else (output * mask[..., None]).sum(axis=1)
        length = np.linalg.norm(output, axis=1, keepdims=True)
        return np.asarray(output / np.maximum(length, np.finfo(np.float32).tiny), np.float32)


def _batches(texts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The places of texts of like length, few enough to stay within BATCH_TOKENS.

    The longest come first: at the end, when cores run out of work, what is left is short.
    """
    batch: list[int] = []
    for place in sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True):
        if batch and (len(batch) + 1) * len(texts[batch[0]]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _cores() -> int:
    """The cores that this process may use: a container often has fewer than the machine."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
