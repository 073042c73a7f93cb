"""MAC addresses and serial numbers: reading them, and what each may prove about identity. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

_MAC_SHAPE = re.compile(
    r"[0-9a-f]{12}"
    r"|[0-9a-f]{1,2}([:\- ])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}"
    r"|[0-9a-f]{4}([.\-:])[0-9a-f]{4}\2[0-9a-f]{4}"
    r"|[0-9a-f]{6}[:\-][0-9a-f]{6}"
)
"""Octets parted by colons, dashes or blanks (net-snmp), Cisco's and Huawei's groups of four, HP's of six, bare digits."""
_SEPARATOR = re.compile(r"[:.\- ]")
_OCTETS = 6

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
    "00:00:5e:00:01:",  # VRRP and CARP for IPv4, RFC 9568 section 7.3
    "00:00:5e:00:02:",  # VRRP for IPv6
    "00:00:0c:07:ac:",  # Cisco HSRP version 1, RFC 2281 section 5.2
    "00:00:0c:9f:f",  # Cisco HSRP version 2, "Configuring HSRP"
    "00:05:73:a0:0",  # Cisco HSRP for IPv6
    "00:07:b4:",  # Cisco GLBP, "Configuring GLBP"
)

_VIRTUAL_MACHINE = (
    "00:05:69:",  # VMware, "Configuring static MAC addresses"
    "00:0c:29:",
    "00:1c:14:",
    "00:50:56:",
    "00:15:5d:",  # Microsoft Hyper-V's dynamic pool
    "00:16:3e:",  # Xen
    "00:1c:42:",  # Parallels
    "08:00:27:",  # VirtualBox (registered to PCS Systemtechnik)
    "50:6b:8d:",  # Nutanix AHV
    "52:54:00:",  # QEMU and KVM: locally administered, yet fixed for the machine's life
    "bc:24:11:",  # Proxmox
)

_DOCK = (
    "00:e0:4c:",  # Realtek: the RTL8153's own default, in adapters of every brand
    "00:50:b6:",  # Good Way: docks sold as Lenovo, Dell, Targus
    "00:24:9b:",  # Action Star: docks and adapters
    "00:0e:c6:",  # ASIX: the AX8817x and AX88179 USB chips
    "f8:e4:3b:",  # ASIX
    "20:7b:d2:",  # ASIX
    "9c:69:d3:",  # ASIX
    "c8:a3:62:",  # ASIX
    "00:05:1b:",  # Magic Control Technology: USB displays and docks
    "00:0f:9d:",  # DisplayLink docks
    "6c:a9:36:",  # DisplayLink docks
    "0c:37:96:",  # BizLink: docks of Dell and HP
    "54:80:8a:",  # BizLink
    "9c:eb:e8:",  # BizLink
    "3c:18:a0:",  # Luxshare: Lenovo's USB-C docks and adapters
    "4c:56:df:",  # Targus docks
    "00:22:8b:",  # Kensington docks
    "8c:ae:4c:",  # Plugable docks
    "a0:ce:c8:",  # CE Link: USB-C adapters
    "6c:6e:07:",  # CE Link
    "f4:4d:ad:",  # Cable Matters adapters
    "48:65:ee:1",  # Gopod: USB-C hubs (a /28 block)
)
"""Registered (IEEE RA) to makers of docks and USB network adapters."""

_PLACEHOLDERS = (
    "00:00:00:00:00:",  # zero, and the small numbers that agents give to interfaces without an address
    "00:11:22:33:44:55",  # the example address of many a manual, left in the firmware
    "00:01:02:03:04:05",
)


def normalise_mac(text: str) -> str | None:
    """``aa:bb:cc:dd:ee:ff`` out of any usual notation; None when the text is no MAC address."""
    lowered = text.strip().lower()
    if not _MAC_SHAPE.fullmatch(lowered):
        return None
    parts = _SEPARATOR.split(lowered)
    digits = "".join(part.zfill(2) for part in parts) if len(parts) == _OCTETS else "".join(parts)
    return ":".join(digits[i : i + 2] for i in range(0, 2 * _OCTETS, 2))


def quality(mac: str) -> AddressQuality:
    """What a normalised MAC may prove.

    Who made it is asked before whether it is locally administered, as QEMU's addresses are both. Bits: IEEE 802-2014,
    8.2.2 (the first octet's lowest bit: group; the next: locally administered).
    """
    first = int(mac[:2], 16)
    if mac.startswith(_PLACEHOLDERS) or first & _GROUP_BIT:
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
        "TOBEFILLEDBYOEM",
        "TOBEFILLED",
        "DEFAULTSTRING",
        "DEFAULT",
        "SYSTEMSERIALNUMBER",
        "SYSTEMSERIAL",
        "CHASSISSERIALNUMBER",
        "BASEBOARDSERIALNUMBER",
        "BASEBOARDSERIAL",
        "SERIALNUMBER",
        "SERIAL",
        "NOTAPPLICABLE",
        "NOTSPECIFIED",
        "NOTAVAILABLE",
        "NOTDEFINED",
        "NOTSET",
        "NOSERIAL",
        "NOSERIALNUMBER",
        "NONE",
        "NULL",
        "UNKNOWN",
        "UNDEFINED",
        "INVALID",
        "EMPTY",
        "OEM",
        "FILLBYOEM",
        "PRIVATE",
        "TEST",
        "0123456789",
        "0123456789ABCDEF",
        "ABCDEFGH",
        "ABCD1234",
        "1234ABCD",
    }
)
"""What firmware says where no serial was ever written (SMBIOS boards of the reference BIOSes, cheap agents)."""
_COUNTED = "1234567890"
_LEAST_SERIAL = 4
_NOISE = re.compile(r"[^0-9A-Z]")
_MEANINGLESS = re.compile(r"[\s\x00-\x1f\x7f]")


def is_junk_serial(text: str) -> bool:
    """Whether a serial proves nothing: a firmware's default, too short, counted up, or one character over and over."""
    core = _NOISE.sub("", text.upper())
    if len(core) < _LEAST_SERIAL or len(set(core)) == 1 or _COUNTED.startswith(core):
        return True
    return core in _JUNK_SERIALS


def normalise_serial(text: str) -> str | None:
    """The serial in upper case without blanks and control characters; None when it is junk."""
    return None if is_junk_serial(text) else _MEANINGLESS.sub("", text).upper()
