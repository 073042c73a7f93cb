"""What every response carries and every request must satisfy, before any page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from web.config import is_secure
from web.peers import ProxiesOnly

if TYPE_CHECKING:
    from tracker.config import Config

CONTENT_POLICY = (
    "default-src 'self'; "
    # Bootstrap's stylesheet draws its arrows and ticks with data: pictures; they cannot run anything.
    "img-src 'self' data:; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "form-action 'self'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

HSTS = "max-age=31536000; includeSubDomains"
"""ASVS 5.0, 3.4.1: at least a year, subdomains included."""

STATIC_ENDPOINTS = frozenset({"static", "bootstrap.static"})
_A_YEAR = 31_536_000


def _refuse_strange_hosts() -> Response | None:
    # The routing already refused the Host; no page can be built for it (links need a trusted name).
    if isinstance(request.routing_exception, SecurityError):
        return Response("400 Bad Request: unknown host\n", 400, mimetype="text/plain")
    return None


def _cache(response: Response) -> None:
    if request.endpoint not in STATIC_ENDPOINTS:
        response.headers["Cache-Control"] = "no-store"
    elif "v" in request.args and response.status_code == 200:  # noqa: PLR2004 -- HTTP's own figure
        response.cache_control.no_cache = None
        response.cache_control.max_age = _A_YEAR
        response.cache_control.immutable = True


def fit(app: Flask, config: Config) -> None:
    """Guard requests, complete responses; believe a proxy only when one is declared."""
    secure = is_secure(config)

    def complete(response: Response) -> Response:
        response.headers.update(HEADERS)
        if secure:
            response.headers["Strict-Transport-Security"] = HSTS
        _cache(response)
        return response

    if config.web.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    if config.web.behind_proxy and config.web.proxies:
        app.wsgi_app = ProxiesOnly(app.wsgi_app, config.web.proxies)  # type: ignore[method-assign]
    app.before_request(_refuse_strange_hosts)
    app.after_request(complete)
