"""Judges passages by a cross-encoder on this machine: it reads question and passage together, and takes its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from knowledge.encoder.card import model_files, read_card
from knowledge.encoder.runtime import REFUSALS, onnxruntime, session
from knowledge.encoder.vocabulary import padding, read_tokenizer
from knowledge.errors import ConfigError

TOGETHER = 4  # pairs that are computed at once: when the time is up, what was begun is lost
LONGEST = 512  # tokens of a pair, where the folder does not say


class CrossEncoder:
    """A Reranker made of a folder with model.onnx and tokenizer.json, as sentence-transformers exports CrossEncoders.

    The model gives one number for a pair, or two of which the second says that the passage answers.
    """

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, most: int, budget_s: float) -> None:
        """`most` is how many tokens a pair may have. Raises ValueError when the model's answer is not understood."""
        self._session, self._tokenizer, self._budget_s = session, tokenizer, budget_s
        self._inputs = [given.name for given in session.get_inputs()]
        self._pad_id = padding(tokenizer)
        tokenizer.no_padding()
        tokenizer.enable_truncation(most, strategy="longest_first")  # a long message leaves room for the passage
        self._one_by_one = threading.Lock()
        self.trouble: str | None = None
        self._judged([tokenizer.encode("a", "b")])

    @classmethod
    def load(cls, folder: Path, budget_s: float) -> CrossEncoder:
        """Open the model in a folder; raises ConfigError when it holds none that can be used."""
        model, tokenizer = model_files(folder, "cross-encoder", "MADOGUCHI_RERANKER=onnx:/models/my-cross-encoder")
        most = read_card(folder).max_tokens or LONGEST
        pieces = read_tokenizer(tokenizer)
        try:
            return cls(session(model), pieces, most, budget_s)
        except REFUSALS as error:
            raise ConfigError(f"{model} is not a cross-encoder that can be used: {error}") from error

    def scores(self, question: str, texts: Sequence[str]) -> dict[int, float] | None:
        """Judge as many texts as the budget allows, the first first.

        One question at a time: two would take twice as long each, so that neither would end in time.
        """
        ends = time.monotonic() + self._budget_s
        judged: dict[int, float] = {}
        if self._one_by_one.acquire(timeout=self._budget_s):
            run = onnxruntime.RunOptions()
            alarm = threading.Timer(ends - time.monotonic(), setattr, (run, "terminate", True))
            alarm.start()
            try:
                for first in range(0, len(texts), TOGETHER):
                    pairs = [self._tokenizer.encode(question, text) for text in texts[first : first + TOGETHER]]
                    judged |= enumerate(self._judged(pairs, run).tolist(), first)
            except REFUSALS as error:
                if time.monotonic() < ends:  # else it is the end that was asked for
                    self.trouble = str(error)
                    return None
            finally:
                alarm.cancel()
                self._one_by_one.release()
        late = f"{len(judged)} of {len(texts)} passages judged within {1000 * self._budget_s:.0f} ms"
        self.trouble = late if len(judged) < len(texts) else None
        return judged or None

    def _judged(self, pairs: Sequence[Encoding], run: onnxruntime.RunOptions | None = None) -> NDArray[np.float64]:
        shape = len(pairs), max(len(pair.ids) for pair in pairs)
        ids, mask, types = np.full(shape, self._pad_id, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, pair in enumerate(pairs):
            ids[row, : len(pair.ids)], mask[row, : len(pair.ids)] = pair.ids, 1
            types[row, : len(pair.ids)] = pair.type_ids
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        output = self._session.run(None, {name: given[name] for name in self._inputs if name in given}, run)[0]
        numbers = np.asarray(output, np.float64).reshape(len(pairs), -1)
        if numbers.shape[1] > 2:
            raise ValueError(f"it gives {numbers.shape[1]} numbers for a pair; 1 or 2 are understood")
        logits = numbers[:, 0] if numbers.shape[1] == 1 else numbers[:, 1] - numbers[:, 0]
        probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        return probabilities
