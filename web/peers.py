"""Who may speak to the port at all, where a proxy on another machine stands in front: anybody else could forge what it says."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from discovery.settings import IPNetwork


def is_proxy(peer: str, proxies: Sequence[IPNetwork]) -> bool:
    """Whether an address is one of the proxies', or of this machine, from where it is watched. Pure; any text may come."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if (
        isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    ):  # a socket for both kinds says it so
        address = address.ipv4_mapped
    return address.is_loopback or any(address in network for network in proxies)


class ProxiesOnly:
    """Answers 403 to whoever is not a proxy, before any header is read."""

    def __init__(self, app: WSGIApplication, proxies: Sequence[IPNetwork]) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        if is_proxy(str(environ.get("REMOTE_ADDR", "")), self._proxies):
            return self._app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
        return [b"403 Forbidden: only the proxy speaks to this port\n"]
