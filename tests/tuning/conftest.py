"""Fixtures of the tuning room's tests."""

from __future__ import annotations

import shutil

import pytest
from counter import FAQ, Counter


@pytest.fixture(scope="session")
def ingested(tmp_path_factory):
    """The data folder of the small FAQ; ingested once."""
    folder = tmp_path_factory.mktemp("counter")
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(folder, patch)
        code, _, err = counter.run("ingest", counter.write("faq.csv", FAQ))
        assert code == 0, err
    return folder


@pytest.fixture
def counter(ingested, tmp_path, monkeypatch):
    """A counter with a copy of that data folder."""
    shutil.copytree(ingested, tmp_path / "here", symlinks=True)
    return Counter(tmp_path / "here", monkeypatch)
