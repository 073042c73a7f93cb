"""HTTP and HTTPS: title, server, realm, redirect target, cookie names, meta elements; and the certificate's subject.

One GET of ``/`` a port (RFC 9110). No redirect is followed; the connection goes to the address, never to a name.
"""

from __future__ import annotations

import html
import re
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import h11
from cryptography import x509

from discovery.asking import Ask
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discovery.asking import Host, Wire

NAME = "http"
ASKS = (Ask("http", "tcp", 6), Ask("https", "tcp", 8))
CAP = 65_536
DEADLINE = 6.0

_HEADERS = {b"server": "server", b"www-authenticate": "www-authenticate", b"location": "location"}
_TITLE = re.compile(rb"<title[^>]*>(.{0,1000}?)</title", re.IGNORECASE | re.DOTALL)
_META = re.compile(rb"<meta\s[^>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""(name|content)\s*=\s*(?:"([^"]{0,300})"|'([^']{0,300})')""", re.IGNORECASE)
_META_KEYS = {b"generator": "generator", b"description": "description", b"application-name": "application"}
"""The meta elements by which a page says what made it (HTML, 4.2.5.1)."""
_OVER = (b"</head", b"<body")
"""What follows is no more about the page."""
_LONGEST_MARK = max(map(len, _OVER))
_MOST_NAMES = 8
_UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def request(host: Host) -> bytes:
    """The one request."""
    connection = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", host.ip),
        ("User-Agent", "Enhetskoll"),
        ("Accept", "text/html,*/*"),
        ("Connection", "close"),
    ]
    return connection.send(h11.Request(method="GET", target="/", headers=headers)) or b""


def _from_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[Evidence]:
    found = []
    for name, value in headers:
        if name in _HEADERS:
            found.append(Evidence.of("http", _HEADERS[name], value))
        elif name == b"set-cookie":
            found.append(Evidence.of("http", "cookie", value.partition(b"=")[0]))
    return found


def _from_meta(body: bytes) -> list[Evidence]:
    found = []
    for element in _META.findall(body)[:50]:
        said = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(element)}
        key = _META_KEYS.get(said.get(b"name", b"").strip().lower())
        if key is not None:
            found.append(
                Evidence.of("http", key, html.unescape(said.get(b"content", b"").decode("utf-8", "replace")))
            )
    return found


def read(data: bytes) -> list[Evidence]:
    """Evidence out of a whole or cut answer. Pure; bytes that are no HTTP give nothing."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    found: list[Evidence] = []
    body = b""
    with suppress(h11.ProtocolError):
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                found += _from_headers((bytes(name), bytes(value)) for name, value in event.headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                break
    if title := _TITLE.search(body):
        found.append(Evidence.of("http", "title", html.unescape(title.group(1).decode("utf-8", "replace"))))
    found += _from_meta(body)
    return [e for e in found if e.value]


def read_certificate(der: bytes) -> list[Evidence]:
    """Subject, issuer and names out of a certificate. Pure; what cannot be parsed gives nothing."""
    found: list[Evidence] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that break X.509 are evidence, not news
        with suppress(*_UNREADABLE):
            _read_names(der, found)
    return [e for e in found if e.value]


def _read_names(der: bytes, found: list[Evidence]) -> None:
    certificate = x509.load_der_x509_certificate(der)
    found.append(Evidence.of("tls", "subject", certificate.subject.rfc4514_string()))
    found.append(Evidence.of("tls", "issuer", certificate.issuer.rfc4514_string()))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found += [Evidence.of("tls", "san", str(name.value)) for name in list(names)[:_MOST_NAMES]]


async def _ask(host: Host, wire: Wire, service: str) -> list[Evidence]:
    port = host.port(service)
    if not host.may_be_open(port):
        return []
    async with wire.converse(host, port, tls=service == "https", deadline=DEADLINE, cap=CAP) as talk:
        if talk is None:
            return []
        found = read_certificate(der) if (der := talk.certificate()) else []
        await talk.send(request(host))
        data = b""
        while more := await talk.receive():
            data += more
            # Only what is new is looked through: who sends a byte at a time costs no more than who sends all.
            new = data[-len(more) - _LONGEST_MARK :].lower()
            if any(mark in new for mark in _OVER):
                break
    return found + read(data)


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """Ask both ports; the same fact is told once."""
    found = await _ask(host, wire, "http") + await _ask(host, wire, "https")
    return list(dict.fromkeys(found))
