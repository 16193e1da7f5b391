"""Prints the sample company's product manuals to PDF.

Run it after a change in samples/manuals/ (Debian: apt-get install chromium fonts-noto-cjk), with no arguments:

    python samples/make_manuals.py

It writes samples/knowledge/manuals/*.pdf, which are committed so that nobody needs a browser to use the samples.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGES = HERE / "manuals"
PDFS = HERE / "knowledge" / "manuals"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LONGEST_PRINT = 120  # seconds: a minute on a slow machine, and then something hangs
FLAGS = (
    "--headless",
    "--no-sandbox",  # the pages are our own, and a container's root may not use the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",  # the page numbers come from the style sheet
    "--generate-pdf-document-outline",
)


def main() -> int:
    """Print every manual; 1 when there is no browser to do it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"No browser found. Install one of: {', '.join(BROWSERS)}.", file=sys.stderr)
        return 1
    PDFS.mkdir(parents=True, exist_ok=True)
    for page in sorted(PAGES.glob("*.html")):
        pdf = PDFS / page.with_suffix(".pdf").name
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [browser, *FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", page.as_uri()],
                check=True,
                capture_output=True,
                timeout=LONGEST_PRINT,
            )
        print(f"{pdf.relative_to(HERE)}: {pdf.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
