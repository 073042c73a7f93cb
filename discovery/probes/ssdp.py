"""SSDP by unicast (UPnP Device Architecture 2.0, 1.3.2) and the device description it points to.

The description is fetched from the asked host only, whatever its LOCATION says, and parsed with entities refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from discovery.asking import Ask
from discovery.errors import OutOfScopeError
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "ssdp"
ASKS = (Ask("ssdp", "udp", 1),)
CAP = 1_000_000
"""Bytes of a description read at most."""
_MOST_TAGS = 20_000
"""A real description has some hundred; each costs 300 bytes, and a megabyte holds 330,000 of them."""
_MOST_ANSWERS = 6
_HEADERS = {"server": "server", "st": "st", "usn": "usn"}
_FIELDS = ("deviceType", "manufacturer", "modelName", "modelNumber", "serialNumber", "friendlyName")
_HTTP_PORT = 80

SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\n"
    b"HOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\n'
    b"MX: 1\r\n"
    b"ST: ssdp:all\r\n\r\n"
)


def headers(datagram: bytes) -> dict[str, str]:
    """The headers of an answer, names in lower case; empty when it is none. Pure."""
    first, *lines = datagram.decode("utf-8", "replace").splitlines() or [""]
    if not first.upper().startswith(("HTTP/", "NOTIFY")):
        return {}
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def read(datagrams: list[bytes]) -> tuple[list[Evidence], str | None]:
    """Evidence out of the answers, and the first LOCATION. Pure."""
    found: list[Evidence] = []
    location = None
    for datagram in datagrams:
        fields = headers(datagram)
        found += [
            Evidence.of("ssdp", key, fields[name]) for name, key in _HEADERS.items() if fields.get(name)
        ]
        location = location or fields.get("location")
    return list(dict.fromkeys(found)), location


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def read_description(xml: bytes) -> list[Evidence]:
    """Evidence out of the root device's description. Pure; entities, bombs and nonsense give nothing."""
    if xml.count(b"<") > _MOST_TAGS:
        return []
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return []
    device = next((element for element in root.iter() if _local(element) == "device"), None)
    if device is None:
        return []
    fields = ((_local(child), child.text or "") for child in device)
    return [Evidence.of("ssdp", name, text) for name, text in fields if name in _FIELDS and text.strip()]


def place(location: str, ip: str) -> tuple[int, str] | None:
    """(port, path) of a LOCATION on the asked host, None when it points elsewhere. Pure."""
    try:
        parts = urlsplit(location)
        port = parts.port or _HTTP_PORT
    except ValueError:
        return None
    if parts.scheme != "http" or parts.hostname != ip:
        return None
    path = parts.path or "/"
    clean = path + (f"?{parts.query}" if parts.query else "")
    return (port, clean) if clean.isascii() and clean.isprintable() and " " not in clean else None


async def _description(host: Host, wire: Wire, port: int, path: str) -> list[Evidence]:
    try:
        async with wire.converse(host, port, deadline=5.0, cap=CAP) as talk:
            if talk is None:
                return []
            request = f"GET {path} HTTP/1.0\r\nHost: {host.ip}:{port}\r\nUser-Agent: Enhetskoll\r\n\r\n"
            await talk.send(request.encode("ascii"))
            data = b""
            while more := await talk.receive():
                data += more
    except OutOfScopeError:
        return []  # a LOCATION on a printer's raw port: the device chose it, nothing was sent
    return read_description(data.partition(b"\r\n\r\n")[2])


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Search the host; read its description when it lies on the host itself."""
    found, location = read(await wire.ask(host, host.port("ssdp"), SEARCH, wait=1.5, most=_MOST_ANSWERS))
    where = place(location, host.ip) if location else None
    if where:
        found += await _description(host, wire, *where)
    return found
