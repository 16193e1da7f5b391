"""A real web server on loopback that says what a test wants, and fetchers that may reach it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from loopback import Quiet, Server

from ingest.web.fetching import Fetcher

PUBLIC = "93.184.215.14"


@dataclass
class Reply:
    """What the server answers at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    slowly: Callable[[], Iterator[bytes]] | None = None  # instead of the body, without a length


@dataclass
class Website:
    """Pages by path, and the requests that came: path and headers."""

    port: int = 0
    pages: dict[str, Reply] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, without robots.txt."""
        return [path for path, _ in self.requests if path != "/robots.txt"]

    def page(self, path: str, html: str, **headers: str) -> None:
        told = {"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.pages[path] = Reply(html.encode(), headers=told)

    def sitemap(self, path: str, *pages: str, **changed: str) -> None:
        """A sitemap of these paths or addresses; `changed` has dates by the paths' letters."""
        urls = "".join(
            f"<url><loc>{page if '://' in page else self.url + page}</loc>"
            + (f"<lastmod>{changed[page.strip('/')]}</lastmod>" if page.strip("/") in changed else "")
            + "</url>"
            for page in pages
        )
        body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        self.pages[path] = Reply(body.encode(), headers={"Content-Type": "application/xml"})

    def fetcher(self, **arguments: object) -> Fetcher:
        """May reach this server by its loopback number, which no setting could allow."""
        return Fetcher(**{"allowed": [("127.0.0.1", self.port)], "pause": 0.0} | arguments)

    def named(self, answers: Callable[[str], list[str]] = lambda _: [PUBLIC], **arguments: object) -> Fetcher:
        """A fetcher for which names have the numbers that `answers` says; connections to public ones end up here."""

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            self.dialled.append((address, port))
            return socket.create_connection(("127.0.0.1", self.port), seconds)

        self.dialled: list[tuple[str, int]] = []
        return Fetcher(resolve=lambda host, port: answers(host), dial=dial, pause=0.0, **arguments)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Website]:
    """Serve a website until the block ends."""
    site = Website()

    class Handler(Quiet):
        def do_GET(self) -> None:
            site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            reply = site.pages.get(self.path, Reply(status=404))
            etag = reply.headers.get("ETag")
            if etag is not None and self.headers.get("If-None-Match") == etag:
                reply = Reply(status=304, headers={})
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.slowly is None:
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.end_headers()
            try:
                for piece in reply.slowly():
                    self.wfile.write(piece)
            except OSError:
                self.close_connection = True  # the fetcher has had enough

    with Server(Handler, tls) as server:
        site.port = server.server_port
        yield site
