"""The pages for people: the chat at /, and the API's description at /docs. Nothing in them is loaded from afar."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

STATIC = Path(__file__).parent.parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
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


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    """What browsers ask for by themselves."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")
