"""MAC addresses and serial numbers: reading them, and what each may prove about identity. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

_HEX = re.compile(r"[0-9a-f]{12}")
_SEPARATORS = re.compile(r"[\s:.\-]")
_MAC_SHAPE = re.compile(
    r"[0-9a-f]{12}|[0-9a-f]{1,2}([:\-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"
)

_LOCAL_BIT = 0x02
_GROUP_BIT = 0x01


class AddressQuality(StrEnum):
    """What a MAC address may prove."""

    BURNED_IN = "burned-in"
    """Given by the maker to one interface: proves the device."""
    RANDOMISED = "randomised"
    """Locally administered: a phone's or laptop's privacy address; proves nothing tomorrow."""
    VIRTUAL_ROUTER = "virtual-router"
    """Shared by routers that stand in for each other (VRRP, HSRP, GLBP)."""
    DOCK = "dock"
    """A USB or dock adapter that goes from hand to hand."""
    VIRTUAL_MACHINE = "virtual-machine"
    """Given by a hypervisor; clones share it."""
    JUNK = "junk"
    """Zero, broadcast or multicast: no interface's address."""


_VIRTUAL_ROUTER = (
    "00:00:5e:00:01:",  # VRRP IPv4, RFC 9568 section 7.3
    "00:00:5e:00:02:",  # VRRP IPv6
    "00:00:0c:07:ac:",  # Cisco HSRP version 1 (RFC 2281)
    "00:00:0c:9f:f",  # Cisco HSRP version 2
    "00:05:73:a0:0",  # Cisco HSRP for IPv6
    "00:07:b4:00:",  # Cisco GLBP
)

_VIRTUAL_MACHINE = (
    "00:05:69:",  # VMware
    "00:0c:29:",
    "00:50:56:",
    "00:1c:14:",
    "00:15:5d:",  # Microsoft Hyper-V
    "00:16:3e:",  # Xen
    "08:00:27:",  # VirtualBox
    "52:54:00:",  # QEMU/KVM (locally administered, yet fixed for the machine's life)
    "bc:24:11:",  # Proxmox
    "00:1c:42:",  # Parallels
)

_DOCK = (
    "00:e0:4c:",  # Realtek reference adapters
    "00:50:b6:",  # GOOD WAY: USB docks sold under many names
    "00:24:9b:",  # Action Star: docks
    "8c:ae:4c:",  # Plugable
    "0c:37:96:",  # BizLink: Dell and HP docks
    "9c:eb:e8:",  # BizLink
    "48:65:ee:",  # IEEE-registered to BizLink
    "a0:ce:c8:",  # CE Link: USB-C adapters
    "00:0e:c6:",  # ASIX: USB Ethernet chips
    "f8:e4:3b:",  # ASIX
    "44:23:7c:",  # Xiaomi USB adapters
)


def normalise_mac(text: str) -> str | None:
    """``aa:bb:cc:dd:ee:ff`` out of any usual notation (colons, dashes, Cisco's dots, bare hex), else None."""
    lowered = text.strip().lower()
    if not _MAC_SHAPE.fullmatch(lowered):
        return None
    if ":" in lowered or "-" in lowered:
        digits = "".join(part.zfill(2) for part in re.split(r"[:\-]", lowered))
    else:
        digits = _SEPARATORS.sub("", lowered)
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)) if _HEX.fullmatch(digits) else None


def quality(mac: str) -> AddressQuality:
    """What a normalised MAC may prove. The order matters: QEMU's addresses carry the local bit, too."""
    first = int(mac[:2], 16)
    if mac == "00:00:00:00:00:00" or first & _GROUP_BIT:
        return AddressQuality.JUNK
    for prefixes, found in (
        (_VIRTUAL_ROUTER, AddressQuality.VIRTUAL_ROUTER),
        (_VIRTUAL_MACHINE, AddressQuality.VIRTUAL_MACHINE),
        (_DOCK, AddressQuality.DOCK),
    ):
        if mac.startswith(prefixes):
            return found
    return AddressQuality.RANDOMISED if first & _LOCAL_BIT else AddressQuality.BURNED_IN


_JUNK_SERIALS = frozenset(
    {
        "TOBEFILLEDBYO.E.M.",
        "TOBEFILLEDBYOEM",
        "DEFAULTSTRING",
        "SYSTEMSERIALNUMBER",
        "CHASSISSERIALNUMBER",
        "BASEBOARDSERIALNUMBER",
        "NOTAPPLICABLE",
        "NOTSPECIFIED",
        "NOTAVAILABLE",
        "NONE",
        "NULL",
        "UNKNOWN",
        "UNDEFINED",
        "INVALID",
        "EMPTY",
        "OEM",
        "SERIAL",
        "SERIALNUMBER",
        "NOSERIAL",
        "N/A",
        "NA",
        "TBD",
        "XXXXXXXX",
        "0123456789",
        "123456789",
        "1234567890",
        "12345678",
        "1234567",
        "123456",
    }
)
"""What firmware says where no serial was ever written (SMBIOS boards, cheap agents)."""
_LEAST_SERIAL = 4


def is_junk_serial(text: str) -> bool:
    """Whether a serial proves nothing: a firmware default, too short, or one character over and over."""
    bare = re.sub(r"\s", "", text).upper()
    core = re.sub(r"[^0-9A-Z]", "", bare)
    return len(core) < _LEAST_SERIAL or len(set(core)) == 1 or bare in _JUNK_SERIALS


def normalise_serial(text: str) -> str | None:
    """The serial in upper case without spaces, None when it is junk."""
    return None if is_junk_serial(text) else re.sub(r"\s", "", text).upper()
