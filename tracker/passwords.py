"""Passwords: argon2id, a least length, and not one of those everybody tries. No composition rules (NIST SP 800-63B)."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 12
MOST = 256
_COMMON = (
    "password",
    "lösenord",
    "losenord",
    "enhetskoll",
    "qwerty",
    "administrator",
    "välkommen",
    "valkommen",
    "sommar",
)
_WORDS = "abcdefghjkmnpqrstuvwxyz23456789"


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2-cffi's defaults are RFC 9106's low-memory profile


def hash_password(password: str) -> str:
    """The password's argon2id hash."""
    return _hasher().hash(password)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def verify(password: str, hashed: str | None) -> bool:
    """Whether the password is the hashed one. Takes as long for a user that does not exist."""
    try:
        _hasher().verify(hashed or _nobody(), password[:MOST])
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def complaint(password: str) -> str | None:
    """A text code for why a password cannot be taken, None when it can. Pure."""
    if len(password) < LEAST:
        return "error.password_short"
    if len(password) > MOST:
        return "error.password_long"
    bare = password.casefold().strip("0123456789!?.,-_ ")
    return "error.password_common" if bare in _COMMON or len(set(bare)) <= 2 else None  # noqa: PLR2004 -- aaaa, abab


def make() -> str:
    """A password to print once: four groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_WORDS) for _ in range(5)) for _ in range(4))
