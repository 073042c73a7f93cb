"""An SNMP v2c agent's answers (RFC 3416) for one simulated device: the system group, ENTITY-MIB, Printer-MIB's serial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.demo.devices import Snmp

_SYSTEM = "1.3.6.1.2.1.1"
_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
_PRINTER_SERIAL = "1.3.6.1.2.1.43.5.1.1.17.1"
_CHASSIS = 3
_MOST_REPEATS = 20
COMMUNITY = "ekbacka-demo"


def _order(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.split("."))


def objects(agent: Snmp) -> dict[str, tuple[str, str | int]]:
    """OID → (type, value)."""
    said: dict[str, tuple[str, str | int]] = {
        f"{_SYSTEM}.1.0": ("text", agent.descr),
        f"{_SYSTEM}.2.0": ("oid", f"1.3.6.1.4.1.{agent.oid}"),
        f"{_SYSTEM}.5.0": ("text", agent.name),
    }
    if agent.is_printer:
        said[_PRINTER_SERIAL] = ("text", agent.serial)
    elif agent.serial:
        columns: dict[int, tuple[str, str | int]] = {
            2: ("text", agent.model),
            5: ("number", _CHASSIS),
            11: ("text", agent.serial),
            12: ("text", agent.maker),
            13: ("text", agent.model),
        }
        said |= {f"{_ENTITY}.{column}.1": value for column, value in columns.items() if value[1]}
    return said


class Agent:
    """Answers requests with one community."""

    def __init__(self, agent: Snmp) -> None:
        self._objects = objects(agent)
        self._ordered = sorted(self._objects, key=_order)

    def _after(self, oid: str) -> str | None:
        return next((known for known in self._ordered if _order(known) > _order(oid)), None)

    def _wanted(self, kind: str, oids: list[str], repeats: int) -> Iterable[tuple[str, str | None]]:
        """(asked or found OID, found OID or None) for each variable of the answer."""
        for oid in oids:
            if kind == "get":
                yield oid, oid if oid in self._objects else None
                continue
            at = oid
            for _ in range(repeats):
                found = self._after(at)
                yield found or at, found
                if found is None:
                    break
                at = found

    def answer(self, datagram: bytes) -> bytes | None:
        """The answer, None to anything that is no request with our community."""
        from scapy.asn1.asn1 import ASN1_INTEGER, ASN1_OID, ASN1_STRING
        from scapy.layers.snmp import (
            SNMP,
            SNMPbulk,
            SNMPget,
            SNMPnext,
            SNMPresponse,
            SNMPvarbind,
        )

        try:
            asked = SNMP(datagram)
        except Exception:  # noqa: BLE001 -- whatever cannot be parsed is not for us
            return None
        if asked.community is None or asked.community.val != COMMUNITY.encode():
            return None
        kinds: list[tuple[type[Any], str]] = [(SNMPget, "get"), (SNMPnext, "next"), (SNMPbulk, "bulk")]
        kind = next((name for cls, name in kinds if isinstance(asked.PDU, cls)), None)
        if kind is None:
            return None
        repeats = min(asked.PDU.max_repetitions.val, _MOST_REPEATS) if kind == "bulk" else 1
        make = {"text": ASN1_STRING, "oid": ASN1_OID, "number": ASN1_INTEGER}
        bound = []
        for oid, found in self._wanted(kind, [v.oid.val for v in asked.PDU.varbindlist], repeats):
            if found is not None:
                type_, value = self._objects[found]
                bound.append(SNMPvarbind(oid=ASN1_OID(oid), value=make[type_](value)))
            elif kind == "get":
                bound.append(SNMPvarbind(oid=ASN1_OID(oid), noSuchObject=0))
            else:
                bound.append(SNMPvarbind(oid=ASN1_OID(oid), endOfMibView=0))
        pdu = SNMPresponse(id=asked.PDU.id, varbindlist=bound)
        return bytes(SNMP(version=asked.version, community=asked.community, PDU=pdu))
