"""What a page carries as JSON: what it states for search engines, and texts that its own program is to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser


def linked_data(tree: LexborHTMLParser) -> list[Any]:
    """What each script of JSON-LD states; one that is not JSON states nothing."""
    found = []
    for script in tree.css("script[type*='ld+json']"):
        try:
            found.append(json.loads(script.text().strip().removeprefix("<!--").removesuffix("-->"), strict=False))
        except (ValueError, RecursionError):
            continue
    return found


def held(tree: LexborHTMLParser) -> Iterator[Any]:
    """What scripts hold for the page's own program to show."""
    for script in tree.css("script[type='application/json']"):
        try:
            found = json.loads(script.text())
        except (ValueError, RecursionError):
            continue  # no JSON: something for this script's own program
        yield found
