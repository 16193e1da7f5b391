"""Makes the pictures of the documents: python docs/screenshots.py [FOLDER]

Ingests the samples into a throw-away folder, serves them on a free port, asks, and takes a picture of what a customer
sees: the widget on the sample shop. With a FOLDER every state of the widget goes there too, in both languages, light
and dark, on a desktop and a phone. Needs Debian's packages chromium and fonts-noto-cjk.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
DESKTOP, PHONE = (1180, 780), (390, 780)
QUESTION = {"ja": "送料はいくらですか？", "en": "Can I skip a Meguri delivery?"}
UNKNOWN = {"ja": "本能寺の変は何年？", "en": "What is the capital of France?"}
FOR_DOCUMENTS = {  # name: state, language, theme, window
    "widget-ja": ("source", "ja", "light", DESKTOP),
    "widget-en": ("source", "en", "dark", DESKTOP),
    "widget-phone-ja": ("greeting", "ja", "light", PHONE),
    "widget-phone-en": ("person", "en", "light", PHONE),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "MADOGUCHI_DATA": scratch}
        madoguchi = [sys.executable, "-m", "madoguchi"]
        subprocess.run(
            [*madoguchi, "ingest", str(ROOT / "samples" / "knowledge")], cwd=ROOT, env=environment, check=True
        )
        server = subprocess.Popen([*madoguchi, "serve", "--port", str(port)], cwd=ROOT, env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            take_all(f"http://127.0.0.1:{port}", Path(sys.argv[1]) if len(sys.argv) > 1 else None)
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


def take_all(address: str, everything: Path | None) -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (state, lang, scheme, window) in FOR_DOCUMENTS.items():
            widget(browser, address, state, lang, scheme, window, IMAGES / f"{name}.png")
        if everything:
            everything.mkdir(parents=True, exist_ok=True)
            for state, lang, scheme, window in itertools.product(STATES, QUESTION, ("light", "dark"), (DESKTOP, PHONE)):
                device = "desktop" if window is DESKTOP else "phone"
                file = everything / f"{state}-{lang}-{scheme}-{device}.png"
                widget(browser, address, state, lang, scheme, window, file)
        browser.close()


def widget(
    browser: Browser, address: str, state: str, lang: str, scheme: str, window: tuple[int, int], file: Path
) -> None:
    """A picture of the widget on the shop, in one of its states."""
    phone = window is PHONE
    width, height = window
    context = browser.new_context(
        locale={"ja": "ja-JP", "en": "en-US"}[lang],
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/demo")
    page.locator(".launcher").wait_for()
    if state != "closed":
        page.locator(".launcher").click()
        page.locator(".suggestion").first.wait_for()
        STATES[state](page, lang)
    page.wait_for_timeout(400)
    page.screenshot(path=file)
    context.close()


def say(page: Page, question: str) -> None:
    page.locator("#ask").fill(question)
    page.locator("#ask").press("Enter")
    page.locator(".turn").last.locator(".answer:not(.writing)").wait_for()


def source(page: Page, lang: str) -> None:
    say(page, QUESTION[lang])
    page.locator(".source").first.click()


def refused(page: Page, lang: str) -> None:
    say(page, UNKNOWN[lang])


def limited(page: Page, lang: str) -> None:
    headers = {"Retry-After": "42", "Access-Control-Expose-Headers": "Retry-After"}
    failing(page, lang, lambda route: route.fulfill(status=429, headers=headers, body="{}"))


def failed(page: Page, lang: str) -> None:
    failing(page, lang, lambda route: route.abort())


def failing(page: Page, lang: str, handler: Callable[[Route], None]) -> None:
    page.route("**/api/chat", handler)
    say(page, QUESTION[lang])


def thinking(page: Page, lang: str) -> None:
    page.route("**/api/chat", lambda route: None)
    page.locator("#ask").fill(QUESTION[lang])
    page.locator("#ask").press("Enter")
    page.locator(".dots").wait_for()


def person(page: Page, lang: str) -> None:
    say(page, QUESTION[lang])
    page.locator(".foot .quiet").click()
    page.locator("#email").fill({"ja": "hanako@example.jp", "en": "hanako@example.com"}[lang])


STATES: dict[str, Callable[[Page, str], None]] = {
    "closed": lambda page, lang: None,
    "greeting": lambda page, lang: None,
    "thinking": thinking,
    "source": source,
    "refused": refused,
    "limited": limited,
    "failed": failed,
    "person": person,
}


if __name__ == "__main__":
    main()
