"""For all tests: in CI the same generated examples every time, so that a landing does not depend on chance."""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """Commands that a test runs in this process send the log elsewhere: not that of the next test, too."""
    yield
    structlog.reset_defaults()
