"""Reads what a page carries as JSON for its scripts to show, where it shows next to nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from ingest.extracts import Extract


def article(scripts: Iterable[str], shown: Extract) -> Extract:
    """The article or the FAQ that the first such script holds, with the page's title; else the page as it is."""
    from ingest.readers import json_file, json_lines  # which read the HTML within JSON as pages

    for script in scripts:
        try:
            records = json_file.records_within(json.loads(script))
        except (ValueError, RecursionError):
            continue  # no JSON: something for this script's own program
        if records:
            found = json_lines.extract(list(enumerate(records, 1)), shown.title)
            return replace(found, title=shown.title)
    return shown
