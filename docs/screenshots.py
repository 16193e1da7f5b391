"""Makes the pictures of the documents: python docs/screenshots.py

Ingests the samples into a throw-away folder, serves them on a free port, asks, and takes a picture of what a customer
sees. Needs Debian's packages chromium and fonts-noto-cjk.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
SHOTS = {
    "chat-ja": ("ja-JP", "light", ["送料はいくらかかりますか？", "本能寺の変は何年？"]),
    "chat-en": ("en-US", "dark", ["How much is shipping?"]),
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
            take_all(f"http://127.0.0.1:{port}/")
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


def take_all(address: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (locale, scheme, questions) in SHOTS.items():
            context = browser.new_context(locale=locale, color_scheme=scheme, viewport={"width": 900, "height": 780})
            page = context.new_page()
            page.goto(address)
            for number, question in enumerate(questions, start=1):
                ask(page, question, number)
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()


def ask(page: Page, question: str, number: int) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")
    page.locator(".answer").nth(number - 1).wait_for()
    page.wait_for_timeout(1500)
    chip = page.locator(".answer").nth(number - 1).get_by_role("button", name="1").first
    if chip.count():
        chip.click()
        page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
