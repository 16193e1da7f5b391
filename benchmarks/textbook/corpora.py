"""Makes folders of text, web pages and PDFs from what is installed: the documentation strings of Python's own library.

They are the same wherever the same version of Python is, and nobody wrote them to be ingested easily.
"""

from __future__ import annotations

import ast
import html
import re
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path

WIDTH, LINES = 90, 60  # of a printed page
Part = tuple[str, str]  # a heading and its text


def modules() -> Iterator[tuple[str, list[Part]]]:
    """The library's modules that are documented: their names, and what is documented in each."""
    library = Path(sysconfig.get_paths()["stdlib"])
    for file in sorted(library.rglob("*.py")):
        if {"site-packages", "test", "tests", "idlelib"} & set(file.parts):
            continue
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        parts = [
            (getattr(node, "name", file.stem), text)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and (text := ast.get_docstring(node))
        ]
        if sum(len(text) for _, text in parts) > 1_000:
            yield ".".join(file.relative_to(library).with_suffix("").parts), parts


def write_text(folder: Path) -> None:
    """A text file a module."""
    for name, parts in modules():
        (folder / f"{name}.txt").write_text("\n\n".join(f"{title}\n\n{text}" for title, text in parts), "utf-8")


def write_html(folder: Path) -> None:
    """A web page a module, with the head, the navigation and the foot that such pages have."""
    names = [name for name, _ in modules()]
    menu = "".join(f'<li class="item"><a href="{name}.html">{name}</a></li>' for name in names[:40])
    for name, parts in modules():
        body = "".join(
            f'<section id="part-{number}"><h2>{html.escape(title)}</h2>\n{"".join(_blocks(text))}</section>\n'
            for number, (title, text) in enumerate(parts)
        )
        page = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
            f"<style>.item {{ margin: 0 }}</style><script>window.page = '{name}';</script></head>\n"
            f'<body><header class="top"><a href="/">Home</a></header><nav><ul>{menu}</ul></nav>\n'
            f"<main><h1>{name}</h1>\n{body}</main>\n<footer><p>All rights reserved.</p></footer></body></html>\n"
        )
        (folder / f"{name}.html").write_text(page, "utf-8")


def _blocks(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        lines = [html.escape(line) for line in paragraph.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.startswith((" ", "-", "*")) for line in lines):
            yield "<ul>" + "".join(f"<li><code>{line.strip()}</code></li>" for line in lines) + "</ul>\n"
        elif lines:
            yield f'<p class="text">{"<br>".join(lines)}</p>\n'


def write_pdf(folder: Path) -> None:
    """A PDF a module, in Helvetica."""
    for name, parts in modules():
        lines = []
        for title, text in parts:
            lines += [title, ""]
            for line in text.splitlines():
                lines += textwrap.wrap(line, WIDTH) or [""]
            lines.append("")
        (folder / f"{name}.pdf").write_bytes(_pdf([lines[at : at + LINES] for at in range(0, len(lines), LINES)]))


def _pdf(pages: list[list[str]]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        shown = b"".join(
            b"BT /F1 10 Tf 60 %d Td (%s) Tj ET\n" % (790 - 12 * row, _escaped(line))
            for row, line in enumerate(lines)
            if line
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)


def _escaped(line: str) -> bytes:
    return re.sub(rb"([()\\])", rb"\\\1", line.encode("cp1252", "replace"))
