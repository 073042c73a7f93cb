"""Evidence in, identity out; the knowledge is TOML in ``knowledge/``. Pure, explained, and it abstains when unsure."""

from discovery.fingerprint.engine import identify

__all__ = ["identify"]
