"""One line of evidence in, one identity out: the words of ``python -m discovery identify``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from discovery.errors import MalformedError
from discovery.fingerprint import identify
from discovery.lines import evidence_from


def identify_line(line: str) -> dict[str, Any]:
    """The identity for ``{"id", "evidence": [{"probe", "key", "value"}]}``; a line that cannot be read says so."""
    name = None
    try:
        given = json.loads(line)
        name = given.get("id")
        evidence = evidence_from(given["evidence"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        malformed = MalformedError("identify", line.encode("utf-8", "replace"))
        return {"id": name, "error": str(malformed)}
    return {"id": name, **asdict(identify(evidence))}
