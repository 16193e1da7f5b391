"""The pages for people: the chat at /, the shop at /demo, the description at /docs; and the files of the widget.

Nothing in the pages is loaded from afar.
"""

from __future__ import annotations

import json
import secrets
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse

from service.access.gate import DEMO
from service.access.keys import SITE_KEY

STATIC = Path(__file__).parent.parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The strictest that a shop could have, so that the demo shows that the widget needs nothing more.
STRICT_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# The widget's files are loaded by pages of other origins.
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
router = APIRouter(include_in_schema=False)


def _page(name: str) -> FileResponse:
    return FileResponse(STATIC / name, headers={"Content-Security-Policy": POLICY})


@router.get("/")
async def chat() -> FileResponse:
    """A plain page to chat on."""
    return _page("index.html")


@router.get("/docs")
async def docs() -> FileResponse:
    """The API's description, for reading."""
    return _page("docs.html")


@router.get("/demo")
def demo(
    request: Request, lang: str = "", site_key: Annotated[str, Query(pattern=f"^{SITE_KEY.pattern}$")] = DEMO.id
) -> HTMLResponse:
    """The sample company's shop with the widget on it, in Japanese or English.

    Where keys are needed, it wants the key of a site that has this service's own origin among its origins.
    """
    if lang not in ("ja", "en"):
        lang = preferred(request.headers.get("accept-language", ""))
    words: dict[str, dict[str, str]] = json.loads((STATIC / "demo.json").read_text("utf-8"))
    nonce = secrets.token_urlsafe(16)
    filled = {name: escape(text) for name, text in words[lang].items()}
    page = Template((STATIC / "demo.html").read_text("utf-8"))
    key = "" if site_key == DEMO.id else f"&amp;site_key={site_key}"  # for the links between the languages
    text = page.substitute(filled, lang=lang, nonce=nonce, site_key=site_key, key=key)
    return HTMLResponse(text, headers={"Content-Security-Policy": STRICT_POLICY.format(nonce=nonce)})


def preferred(accept_language: str) -> str:
    """Japanese or English, whichever a browser's Accept-Language names first; Japanese when it names neither."""
    tags = (part.partition(";")[0].strip().lower() for part in accept_language.split(","))
    return next((tag[:2] for tag in tags if tag[:2] in ("ja", "en")), "ja")


@router.get("/widget.js")
async def widget() -> FileResponse:
    """The one script of the embeddable counter; its address stays, so it is asked for anew after a while."""
    return _script("widget.js", "public, max-age=600, stale-while-revalidate=86400")


@router.get("/widget-app.js")
async def widget_app() -> FileResponse:
    """What the script loads when the counter is opened; its address holds the build, so it never changes."""
    return _script("widget-app.js", "public, max-age=31536000, immutable")


def _script(name: str, caching: str) -> FileResponse:
    headers = FOR_ALL | {"Cache-Control": caching}
    return FileResponse(STATIC / name, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    """What browsers ask for by themselves."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")
