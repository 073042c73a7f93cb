"""SNMP v1, v2c, v3: the system group (RFC 3418), the chassis of ENTITY-MIB (RFC 6933), and which MIBs answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discovery.asking import Host, SnmpTalk, Wire

NAME = "snmp"
ASKS = (Ask("snmp", "udp", 64, per_login=5),)
"""After the login some 10 packets; at most a walk of 60 rows from an agent that gives one at a time."""

SYSTEM = {
    "1.3.6.1.2.1.1.1.0": "sysDescr",
    "1.3.6.1.2.1.1.2.0": "sysObjectID",
    "1.3.6.1.2.1.1.5.0": "sysName",
    "1.3.6.1.2.1.1.6.0": "sysLocation",
    "1.3.6.1.6.3.10.2.1.1.0": "snmpEngineID",  # RFC 3411
}

SINGLES = {
    "1.3.6.1.2.1.43.5.1.1.17.1": "prtGeneralSerialNumber",  # Printer-MIB, RFC 3805
    "1.3.6.1.2.1.25.3.2.1.3.1": "hrDeviceDescr",  # HOST-RESOURCES-MIB, RFC 2790
    "1.3.6.1.2.1.33.1.1.1.0": "upsIdentManufacturer",  # UPS-MIB, RFC 1628
    "1.3.6.1.2.1.33.1.1.2.0": "upsIdentModel",
    "1.3.6.1.2.1.17.1.1.0": "dot1dBaseBridgeAddress",  # BRIDGE-MIB, RFC 4188
}

MIBS = {
    "prtGeneralSerialNumber": "printer_mib",
    "upsIdentManufacturer": "ups_mib",
    "upsIdentModel": "ups_mib",
    "dot1dBaseBridgeAddress": "bridge_mib",
    "hrDeviceDescr": "host_resources",
}

_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
ENTITY = {
    2: "entPhysicalDescr",
    11: "entPhysicalSerialNum",
    12: "entPhysicalMfgName",
    13: "entPhysicalModelName",
}
_CLASS = 5
_CHASSIS = 3
"""IANAPhysicalClass chassis(3); a stack is stack(11) with a chassis below."""
_MOST_PARTS = 60


def _text(key: str, value: str | int | bytes) -> str | bytes:
    if key in {"snmpEngineID", "dot1dBaseBridgeAddress"} and isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, bytes) else str(value)


def read_system(values: Mapping[str, str | int | bytes], names: Mapping[str, str]) -> list[Evidence]:
    """Evidence out of a get's answer. Pure."""
    found = [
        Evidence.of("snmp", key, _text(key, values[oid]))
        for oid, key in names.items()
        if oid in values and values[oid] not in {"", b""}
    ]
    mibs = sorted({MIBS[e.key] for e in found if e.key in MIBS})
    return found + [Evidence.of("snmp", "mib", mib) for mib in mibs]


def read_entity(rows: Sequence[tuple[str, str | int | bytes]]) -> list[Evidence]:
    """The chassis' columns out of a walk of entPhysicalTable; the first part where none calls itself chassis. Pure."""
    parts: dict[str, dict[int, str | int | bytes]] = {}
    for oid, value in rows:
        column, _, index = oid.removeprefix(f"{_ENTITY}.").partition(".")
        if column.isdigit() and index:
            parts.setdefault(index, {})[int(column)] = value
    if not parts:
        return []
    chassis = next(
        (part for part in parts.values() if part.get(_CLASS) == _CHASSIS), next(iter(parts.values()))
    )
    said = [(key, chassis.get(wanted, "")) for wanted, key in ENTITY.items()]
    return [Evidence.of("snmp", key, _text(key, value)) for key, value in said if value not in {"", b""}]


async def _entity(talk: SnmpTalk) -> list[Evidence]:
    rows = await talk.walk(f"{_ENTITY}.{_CLASS}", _MOST_PARTS)
    if not rows:
        rows = await talk.walk(_ENTITY, _MOST_PARTS)
        return read_entity(rows)
    index = next((oid for oid, value in rows if value == _CHASSIS), rows[0][0]).rpartition(
        f"{_ENTITY}.{_CLASS}."
    )[2]
    columns = await talk.get([f"{_ENTITY}.{column}.{index}" for column in ENTITY])
    return read_entity([(f"{_ENTITY}.{_CLASS}.{index}", _CHASSIS), *columns.items()])


async def _told(talk: SnmpTalk) -> list[Evidence]:
    found = read_system(await talk.get(list(SYSTEM)), SYSTEM)
    if found:
        found += read_system(await talk.get(list(SINGLES)), SINGLES)
        found += await _entity(talk)
    return found


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Try the logins in order; ask under the first that is let in for the rest.

    An agent that does not tell its engine's id knows no v3, and no other user need be tried.
    """
    engine: str | None = None
    for login in host.logins:
        if login.version == "3" and engine == "":
            continue
        async with wire.snmp(host, host.port("snmp"), login) as talk:
            if login.version == "3":
                engine = await talk.engine()
                if not engine:
                    continue
            found = await _told(talk)
        if found:
            known = any(e.key == "snmpEngineID" for e in found)
            return found if known or not engine else [*found, Evidence.of("snmp", "snmpEngineID", engine)]
    return []
