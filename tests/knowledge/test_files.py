"""Files are replaced whole or not at all, and nobody reads what is not meant for them."""

import os
import stat

import pytest

from knowledge.files import replacing, stamp


def test_a_file_is_replaced_when_all_of_it_is_written(tmp_path):
    place = tmp_path / "keys.json"
    assert stamp(place) is None
    with replacing(place, mode=0o600) as file:
        file.write(b"one")
        assert not place.exists()
    before = stamp(place)
    with replacing(place, mode=0o600) as file:
        file.write(b"two")
    assert place.read_bytes() == b"two"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stamp(place) != before
    assert list(tmp_path.iterdir()) == [place]


def test_what_cannot_be_written_changes_nothing(tmp_path, monkeypatch):
    def full_disk(handle):
        raise OSError(28, "No space left on device")

    place = tmp_path / "keys.json"
    place.write_bytes(b"one")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"), replacing(place) as file:
        file.write(b"two")
    assert place.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [place]
