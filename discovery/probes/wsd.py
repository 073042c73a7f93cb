"""WS-Discovery: what printers, cameras (ONVIF) and Windows machines call themselves (OASIS WS-Discovery 1.1; ONVIF Core, 7.3).

One Probe for everything and one for devices as Windows calls them, by unicast, as its 5.2.2 allows: some heed only a question
with a type. Answers are ProbeMatches with types, scopes and addresses.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "wsd"
ASKS = (Ask("wsd", "udp", 2),)
_MOST_BYTES = 32_768
_MOST_VALUES = 24
_KEYS = {"Types": "types", "Scopes": "scopes", "XAddrs": "xaddrs", "Address": "address"}
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
"""The namespace of 2005, which ONVIF and Windows prescribe."""
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"


_ANY = "<d:Probe/>"
_DEVICE = (
    '<d:Probe><d:Types xmlns:w="http://schemas.xmlsoap.org/ws/2006/02/devprof">w:Device</d:Types></d:Probe>'
)
"""Devices Profile for Web Services (2006), 3: the type that every such device has."""


def request(probe: str = _ANY) -> bytes:
    """One Probe; without types whoever hears it answers."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}"><s:Header>'
        f"<a:Action>{_DISCOVERY}/Probe</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        f"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>{probe}</s:Body></s:Envelope>"
    ).encode()


def read(data: bytes) -> list[Evidence]:
    """Types, scopes and addresses out of an answer; each word of a list by itself. Pure."""
    try:
        root = fromstring(data[:_MOST_BYTES])
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return []
    found: list[Evidence] = []
    for match in root.iter():
        if str(match.tag).rpartition("}")[2] not in {
            "ProbeMatch",
            "ResolveMatch",
        }:
            continue
        for element in match.iter():
            key = _KEYS.get(str(element.tag).rpartition("}")[2])
            if key is not None:
                words = (element.text or "").split()[:_MOST_VALUES]
                # A type's prefix is whatever the sender bound; its name is what is known.
                found += [
                    Evidence.of("wsd", key, w.rpartition(":")[2] if key == "types" else w) for w in words
                ]
    return [one for one in dict.fromkeys(found) if one.value][: 2 * _MOST_VALUES]


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask for everything; where nobody answers, for devices."""
    found: list[Evidence] = []
    for probe in (_ANY, _DEVICE):
        for data in await wire.ask(host, host.port("wsd"), request(probe), wait=0.8, most=2):
            found += read(data)
        if found:
            break
    return list(dict.fromkeys(found))
