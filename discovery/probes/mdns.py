"""mDNS and DNS-SD by unicast (RFC 6762 section 5.5, RFC 6763): service types, instances, TXT records, host name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zeroconf._dns import DNSPointer, DNSQuestion, DNSService, DNSText
from zeroconf._protocol.incoming import DNSIncoming
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf.const import _CLASS_IN, _FLAGS_QR_QUERY, _TYPE_PTR, _TYPE_SRV, _TYPE_TXT

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.asking import Host, Wire

NAME = "mdns"
ASKS = (Ask("mdns", "udp", 3),)
META = "_services._dns-sd._udp.local."
_MOST_TYPES = 24
_MOST_INSTANCES = 24
_MOST_ANSWERS = 8
_FEW_ANSWERS = 4
_DATAGRAM = 9000
"""RFC 6762 section 17: a multicast DNS packet is at most 9,000 bytes."""


def query(questions: Iterable[tuple[str, int]]) -> bytes:
    """One query packet."""
    out = DNSOutgoing(_FLAGS_QR_QUERY, multicast=False)
    for name, kind in questions:
        out.add_question(DNSQuestion(name, kind, _CLASS_IN))
    return out.packets()[0]


def answers(datagrams: Iterable[bytes]) -> list[object]:
    """Every record of every datagram that can be parsed. Pure."""
    found: list[object] = []
    for data in datagrams:
        incoming = DNSIncoming(data[:_DATAGRAM])
        if incoming.valid:
            found.extend(incoming.answers())
    return found


def pointers(records: Iterable[object], name: str | None = None) -> list[str]:
    """What the PTR records (of `name`) point to, in order, once each. Pure."""
    aliases = [
        r.alias for r in records if isinstance(r, DNSPointer) and (name is None or r.name.lower() == name)
    ]
    return list(dict.fromkeys(aliases))


def _pairs(data: bytes) -> list[tuple[str, bytes]]:
    """TXT strings (RFC 6763 section 6.4): a length byte, then ``key=value``."""
    found, at = [], 0
    while at < len(data):
        length = data[at]
        key, separator, value = data[at + 1 : at + 1 + length].partition(b"=")
        at += 1 + length
        if key and separator:
            found.append((key.decode("ascii", "replace"), value))
    return found


def _bare(name: str) -> str:
    return name.removesuffix(".").removesuffix(".local")


def read(types: Iterable[str], records: Iterable[object]) -> list[Evidence]:
    """Evidence out of the service types and the records about them. Pure."""
    found = [Evidence.of("mdns", "service", _bare(kind)) for kind in types]
    for record in records:
        if isinstance(record, DNSPointer) and record.name.lower() != META:
            found.append(Evidence.of("mdns", "service", _bare(record.name)))
            found.append(Evidence.of("mdns", "name", record.alias.removesuffix(f".{record.name}")))
        elif isinstance(record, DNSService):
            found.append(Evidence.of("mdns", "host", _bare(record.server)))
        elif isinstance(record, DNSText):
            found += [Evidence.of("mdns", f"txt.{key}", value) for key, value in _pairs(record.text) if value]
    return list(dict.fromkeys(e for e in found if e.value))


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask which services there are, then for their instances, then for what the instances say."""
    port = host.port("mdns")
    first = await wire.ask(host, port, query([(META, _TYPE_PTR)]), wait=0.8, most=_FEW_ANSWERS)
    types = pointers(answers(first), META)[:_MOST_TYPES]
    if not types:
        return []
    second = await wire.ask(host, port, query((t, _TYPE_PTR) for t in types), wait=0.8, most=_MOST_ANSWERS)
    records = answers(second)
    instances = [name for name in pointers(records) if name not in types][:_MOST_INSTANCES]
    if instances and not any(isinstance(record, DNSText) for record in records):
        asked = [(name, kind) for name in instances for kind in (_TYPE_TXT, _TYPE_SRV)]
        records += answers(await wire.ask(host, port, query(asked), wait=0.8, most=_MOST_ANSWERS))
    return read(types, records)
