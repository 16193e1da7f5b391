"""Fetches a model once from Hugging Face's hub, or from the server that HF_ENDPOINT names; huggingface_hub's only door.

For operators with internet who want another encoder and have no folder of it: `MADOGUCHI_EMBEDDING=hub:NAME`.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock

from knowledge.encoder.card import MANIFEST, MODEL, POOLING, TOKENIZER
from knowledge.errors import ConfigError

FILES = [f"{MODEL}*", f"onnx/{MODEL}*", TOKENIZER, MANIFEST, str(POOLING)]  # no weights in any other form
PART, LOCK = ".part", ".lock"


def fetched(name: str, models: Path) -> Path:
    """The folder of the model `OWNER/NAME` or `OWNER/NAME@REVISION`; it is asked for only while it is not there whole.

    A fetch that breaks off is gone on with by the next, and one that is under way is waited for. Raises ConfigError
    when the hub has no such model, or cannot be reached.
    """
    folder = models / "hub" / name.replace("/", "--")
    if folder.is_dir():
        return folder
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    part = folder.with_name(folder.name + PART)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        # Two that fetch into one folder at once take files from each other.
        with FileLock(folder.with_name(folder.name + LOCK)):
            if folder.is_dir():
                return folder
            snapshot_download(
                repository, revision=revision or None, local_dir=part, allow_patterns=FILES, library_name="madoguchi"
            )
            if any(part.rglob(MODEL)):
                part.rename(folder)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, HTTPError, OSError) as error:
        told = " ".join(str(error).split())
        raise ConfigError(
            f"The embedding model {name} cannot be fetched: {told} Without internet, bring its folder: "
            "MADOGUCHI_EMBEDDING=onnx:/models/my-encoder"
        ) from error
    if not folder.is_dir():
        raise ConfigError(
            f"{repository} has no {MODEL}: it was not exported to ONNX. Name a model that was, or export it yourself: "
            "MADOGUCHI_EMBEDDING=onnx:/models/my-encoder"
        )
    return folder
