"""What must be known of a model besides its files: how long a text may be, what to put before it, how to pool."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, ValidationError

from knowledge.errors import ConfigError

MODEL, TOKENIZER, MANIFEST = "model.onnx", "tokenizer.json", "manifest.json"
SUBFOLDER = "onnx"  # where sentence-transformers puts an exported model
POOLING = Path("1_Pooling") / "config.json"  # where sentence-transformers says how a model pools

M = TypeVar("M", bound=BaseModel)


class Kept(BaseModel):
    """A file as it was when the manifest was written."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Card(BaseModel):
    """The contents of manifest.json; every field has a default, so that a bare folder works."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "onnx"
    dim: PositiveInt | None = None  # the length of a vector; the model itself tells
    max_tokens: PositiveInt | None = None  # else what tokenizer.json says, else 512
    pad_id: NonNegativeInt | None = None  # else what tokenizer.json says, else 0
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Literal["mean", "cls"] = "mean"  # only asked of models that give one vector per token
    files: dict[str, Kept] = {}  # by name; only the built-in model has them

    def fingerprint(self, hashes: dict[str, str]) -> str:
        """The name and a short hash of all that decides a vector: the files and how they are used."""
        use = self.model_dump(include={"max_tokens", "query_prefix", "passage_prefix", "pooling"})
        told = json.dumps([hashes, use], sort_keys=True)
        return f"{self.name}:{hashlib.sha256(told.encode()).hexdigest()[:12]}"


class _Pooling(BaseModel):
    """What we look for in sentence-transformers' own description of a model."""

    pooling_mode_cls_token: bool = False  # so with BGE, which would be quietly worse with the mean


def read_card(folder: Path) -> Card:
    """The folder's manifest.json, or what can be known without one; raises ConfigError when a file is wrong."""
    if (folder / MANIFEST).is_file():
        return _read(folder / MANIFEST, Card)
    if (folder / POOLING).is_file():
        return Card(pooling="cls" if _read(folder / POOLING, _Pooling).pooling_mode_cls_token else "mean")
    return Card()


def model_files(folder: Path, kind: str, example: str) -> tuple[Path, Path]:
    """The model and the tokenizer in a folder; raises ConfigError when one is missing, naming the `kind` of model."""
    model = next((file for file in (folder / MODEL, folder / SUBFOLDER / MODEL) if file.is_file()), None)
    tokenizer = folder / TOKENIZER
    if model is None or not tokenizer.is_file():
        raise ConfigError(
            f"{folder} holds no {kind}: {MODEL if model is None else TOKENIZER} is missing there. "
            f"Name a folder with {MODEL} and {TOKENIZER}: {example}"
        )
    return model, tokenizer


def _read(file: Path, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file} is wrong{f' at {where}' if where else ''}: {first['msg']}.") from None
