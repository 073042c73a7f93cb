"""The app's settings, from the configuration. Flask's own defaults are not enough (see each line)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracker.config import Config

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

MAX_BODY = 1_000_000
"""Bytes. No form of ours comes near it."""


def is_secure(config: Config) -> bool:
    """Whether browsers reach the pages over TLS: our own certificate, or a declared proxy's."""
    return bool(config.web.certificate) or config.web.behind_proxy


def trusted_hosts(config: Config) -> list[str]:
    """The Host names that are answered; anything else is 400 (links would follow a forged one)."""
    return [*dict.fromkeys([*config.web.hosts, *LOOPBACK_HOSTS])]


def flask_settings(config: Config) -> dict[str, Any]:
    """Everything Flask and its extensions are told.

    The secret key signs CSRF tokens only, whose other half is in the server-side session; a new one at
    each start costs a page that was open one quiet retry.
    """
    return {
        "SECRET_KEY": secrets.token_bytes(32),
        "TRUSTED_HOSTS": trusted_hosts(config),
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "PREFERRED_URL_SCHEME": "https" if is_secure(config) else "http",
        "BOOTSTRAP_SERVE_LOCAL": True,
        # A token lives as long as its session: an open page must not go stale before the login does.
        "WTF_CSRF_TIME_LIMIT": None,
        "TEMPLATES_AUTO_RELOAD": False,
    }
