"""A website to read from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websites import Website, serving


@pytest.fixture
def site() -> Iterator[Website]:
    with serving() as website:
        yield website
