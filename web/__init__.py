"""The pages: show what the register knows and take down what people did. No rule of the register is here."""

from __future__ import annotations

from web.app import create_app

__all__ = ["create_app"]
