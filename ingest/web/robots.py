"""What a site asks of programs that read it: its robots.txt, and not to be hurried."""

from __future__ import annotations

import re
import time
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

from ingest.web.addresses import Address
from ingest.web.fetching import AGENT, Fetcher
from knowledge.errors import UnreadableFile

LONGEST_PAUSE = 10.0  # seconds, whatever a site asks for
LARGEST = 500_000  # bytes of a robots.txt that are read
_SECONDS = re.compile(r"[0-9]{1,6}")


class Manners:
    """Asks a site's robots.txt once a run, and waits between its pages."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, RobotFileParser | None] = {}  # None: the site could not say, so not now
        self._last: dict[str, float] = {}  # when a host was last asked

    def check(self, address: Address) -> None:
        """Raises UnreadableFile("robots") when the site does not want the page read, or cannot say."""
        if address.site not in self._rules:
            self._rules[address.site] = self._fetched(address)
        rules = self._rules[address.site]
        if rules is None:
            raise UnreadableFile("robots", f"{address.site}/robots.txt cannot be read just now. Try again later.")
        if not rules.can_fetch(AGENT, str(address)):
            raise UnreadableFile(
                "robots", f"{address.site}/robots.txt forbids it. If the site is yours, allow the agent {AGENT} there."
            )
        self._wait(address.host, max(self._fetcher.pause, float(rules.crawl_delay(AGENT) or 0)))

    def _wait(self, host: str, pause: float) -> None:
        if host in self._last:
            time.sleep(max(0.0, self._last[host] + min(pause, LONGEST_PAUSE) - time.monotonic()))
        self._last[host] = time.monotonic()

    def _fetched(self, address: Address) -> RobotFileParser | None:
        rules = RobotFileParser()
        try:
            answer = self._fetcher.get(Address(address.scheme, address.host, address.port, "/robots.txt"))
        except UnreadableFile as error:
            if error.reason == "refused-address":
                raise
            return None
        if answer.status == 200:
            lines = answer.body[:LARGEST].decode("utf-8-sig", "replace").splitlines()
            rules.parse(list(filter(_is_plain, lines)))
        elif 400 <= answer.status < 500 and answer.status != 429:
            rules.parse([])  # there are no rules
        else:
            return None
        return rules


def _is_plain(line: str) -> bool:
    """Whether Python's reader can take a line: it breaks down over numbers and addresses that are none."""
    name, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
    if name.lower() in ("crawl-delay", "request-rate"):
        return name.lower() == "crawl-delay" and _SECONDS.fullmatch(value) is not None
    try:
        urlsplit(unquote(value))
    except ValueError:
        return name.lower() not in ("allow", "disallow")
    return True
