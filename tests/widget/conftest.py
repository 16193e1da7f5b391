"""A browser, a fake service and a fake shop; whatever the browser complains about fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from fake_counter import FakeCounter, FakeShop
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_MS = 15_000  # of a machine that does other things as well
Open = Callable[..., Page]


@pytest.fixture(scope="module")  # its event loop would be in the way of other files' own
def browser() -> Iterator[Browser]:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed (apt-get install chromium)")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as shop:
        yield shop


@pytest.fixture
def counter(shop: FakeShop) -> Iterator[FakeCounter]:
    with FakeCounter() as counter:
        counter.allowed.add(shop.url)
        yield counter


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open an address, in a new profile or (`beside`) in another tab of one."""
    contexts, complaints = [], []

    def open_page(address: str, locale: str = "ja-JP", beside: Page | None = None, **options: object) -> Page:
        if beside is None:
            contexts.append(context := browser.new_context(locale=locale, **options))
        else:
            context = beside.context
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
