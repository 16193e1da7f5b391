"""Which proxy the environment names for an address: looked up once, not for every request."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The proxy's address out of HTTP_PROXY and its like, where NO_PROXY does not except the host."""
    address = urlsplit(url)
    if not address.hostname or proxy_bypass(address.hostname):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")
