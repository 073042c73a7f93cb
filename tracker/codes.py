"""What a scanner or a hand puts into a box: tag, label link, serial or MAC. Pure; leading zeros are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from discovery.address import normalise_mac, normalise_serial


class CodeKind(StrEnum):
    """What a code looks like."""

    TAG = "tag"
    SERIAL = "serial"
    MAC = "mac"
    URL = "url"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as read. `values` are what to look for, the likeliest first."""

    kind: CodeKind
    value: str
    values: tuple[str, ...]


MOST = 200
_LABEL = re.compile(r"^s/?n\s*[:#]?\s*", re.IGNORECASE)
_LENOVO = re.compile(r"^1S[0-9A-Z]{10}([0-9A-Z]{8})$", re.IGNORECASE)
"""Lenovo's label: ``1S``, ten characters machine type and model, eight characters serial."""
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _link(clean: str) -> Code:
    try:
        path = urlsplit(clean).path
    except ValueError:
        return Code(CodeKind.UNKNOWN, clean, ())
    tag = unquote(path.rstrip("/").rpartition("/")[2])
    return Code(CodeKind.URL, tag, (tag,)) if "/a/" in path and tag else Code(CodeKind.UNKNOWN, clean, ())


def _labelled(clean: str) -> Code | None:
    """A serial in one of the wrappings that labels put around it."""
    if lenovo := _LENOVO.match(clean.replace(" ", "").replace("-", "")):
        return Code(CodeKind.SERIAL, lenovo.group(1).upper(), (lenovo.group(1).upper(), clean.upper()))
    bare = normalise_serial(_LABEL.sub("", clean)) if _LABEL.match(clean) else None
    return Code(CodeKind.SERIAL, bare, (bare,)) if bare is not None else None


def read_code(text: str) -> Code:
    """What a text is."""
    clean = _HIDDEN.sub("", text[:MOST]).strip()
    if not clean:
        return Code(CodeKind.UNKNOWN, "", ())
    if "://" in clean:
        return _link(clean)
    mac = normalise_mac(clean)
    if mac is not None and not clean.isdigit():
        return Code(CodeKind.MAC, mac, (mac,))
    if (labelled := _labelled(clean)) is not None:
        return labelled
    values = tuple(dict.fromkeys(v for v in (clean, normalise_serial(clean), mac) if v))
    return Code(CodeKind.TAG, clean, values)


_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "Q": "0", "S": "5", "B": "8", "Z": "2"})


def is_near(code: str, other: str) -> bool:
    """Whether two codes differ only as eyes and hands confuse them: O and 0, I and 1, or by one character."""
    a, b = code.upper(), other.upper()
    if a == b or a.translate(_ALIKE) == b.translate(_ALIKE):
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 4:  # noqa: PLR2004 -- shorter codes are all near each other
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
