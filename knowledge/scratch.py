"""Throw-away folders, in the system's own: gone at the end, or else when the next one of their kind is made."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def throwaway(kind: str) -> Iterator[Path]:
    """A new folder. Those that killed programs have left are removed: nobody holds their lock any more."""
    root, prefix = Path(tempfile.gettempdir()), f"madoguchi-{kind}-"
    for leftover in root.glob(f"{prefix}*.lock"):
        _remove(leftover.with_suffix(""))
    folder = root / f"{prefix}{secrets.token_hex(8)}"
    with FileLock(_lock(folder)):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _lock(folder).unlink(missing_ok=True)


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _remove(folder: Path) -> None:
    """Remove a folder unless it is in use, or another user's."""
    try:
        with FileLock(_lock(folder), timeout=0):
            if not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)
            _lock(folder).unlink(missing_ok=True)
    except (Timeout, OSError):
        return
