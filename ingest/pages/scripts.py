"""What a page carries as JSON: what it states for search engines, and texts that its own program is to show."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.extracts import Extract


def linked_data(tree: LexborHTMLParser) -> list[Any]:
    """What each script of JSON-LD states; one that is not JSON states nothing."""
    found = []
    for script in tree.css("script[type*='ld+json']"):
        try:
            found.append(json.loads(script.text().strip().removeprefix("<!--").removesuffix("-->"), strict=False))
        except (ValueError, RecursionError):
            continue
    return found


def article(tree: LexborHTMLParser, shown: Extract) -> Extract:
    """The article or the FAQ that a script holds for the page to show, with its title; else the page as it is."""
    for script in tree.css("script[type='application/json']"):
        from ingest.readers import json_file, json_lines  # few pages need them, and they bring all that reads logs

        try:
            records = json_file.records_within(json.loads(script.text()))
        except (ValueError, RecursionError):
            continue  # no JSON: something for this script's own program
        if records:
            found = json_lines.extract(list(enumerate(records, 1)), shown.title)
            return replace(found, title=shown.title)
    return shown
