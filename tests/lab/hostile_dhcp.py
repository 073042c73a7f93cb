"""DHCP clients that attack with what they call themselves, all asking through one relay of their own.

Run inside a lab host that owns the first address: ``python -m tests.lab.hostile_dhcp FIRST_IP SERVER_IP``. Each payload
asks for its own address with the payload as host name (option 12) and vendor class (option 60), 255 bytes of it at most;
one more client sends as much noise as fits. Ends when every client has its lease.
"""

from __future__ import annotations

import struct
import sys
from ipaddress import ip_address
from socket import AF_INET, SOCK_DGRAM, inet_aton, socket  # noqa: TID251 -- a lab client of its own

from tests.lab.hostile import addresses, noisy, text_of
from tests.lab.payloads import NOISE, PAYLOADS, as_bytes

_COOKIE = b"\x63\x82\x53\x63"
_PORT = 67
_MOST = 255
"""An option's length is one byte (RFC 2132)."""
_HOST_NAME, _ASKED, _KIND, _SERVER, _VENDOR_CLASS, _END = 12, 50, 53, 54, 60, 255
_DISCOVER, _OFFER, _REQUEST, _ACK = 1, 2, 3, 5
_PATIENCE = 5.0


def mac_of(number: int) -> str:
    """The MAC that a payload's client asks with."""
    return f"ac:cc:8e:04:00:{number:02x}"


def _option(code: int, value: bytes) -> bytes:
    return bytes((code, len(value))) + value


def packet(number: int, relay: str, options: list[tuple[int, bytes]]) -> bytes:
    """A request as a relay passes it on (RFC 2131): from the client `number`, to be answered through `relay`."""
    mac = bytes.fromhex(mac_of(number).replace(":", ""))
    head = struct.pack(">BBBBIHH", 1, 1, 6, 1, 0x1000 + number, 0, 0)
    fixed = head + bytes(12) + inet_aton(relay) + mac.ljust(16, b"\0") + bytes(192)
    return fixed + _COOKIE + b"".join(_option(*one) for one in options) + bytes((_END,))


def kind_of(answer: bytes) -> tuple[int, bytes]:
    """The kind of an answer and who gave it, from its options."""
    found, at = {}, 240
    while at < len(answer) and answer[at] != _END:
        code, length = answer[at], answer[at + 1] if answer[at] else 0
        found[code] = answer[at + 2 : at + 2 + length]
        at += 2 + length if code else 1
    return found[_KIND][0], found.get(_SERVER, b"")


class _Relay:
    def __init__(self, ip: str, server: str) -> None:
        self._ip, self._server = ip, server
        self._door = socket(AF_INET, SOCK_DGRAM)
        self._door.bind((ip, _PORT))
        self._door.settimeout(_PATIENCE)

    def _ask(self, number: int, kind: int, options: list[tuple[int, bytes]], wanted: int) -> bytes:
        asked = packet(number, self._ip, [(_KIND, bytes((kind,))), *options])
        self._door.sendto(asked, (self._server, _PORT))
        while True:
            answer = self._door.recv(4096)
            got, server = kind_of(answer)
            if answer[4:8] == asked[4:8] and got == wanted:
                return server

    def lease(self, number: int, ip: str, name: bytes, vendor: bytes) -> None:
        """Discover, offer, request, acknowledgement."""
        said = [(_ASKED, inet_aton(ip)), (_HOST_NAME, name[:_MOST]), (_VENDOR_CLASS, vendor[:_MOST])]
        server = self._ask(number, _DISCOVER, said, _OFFER)
        self._ask(number, _REQUEST, [*said, (_SERVER, server)], _ACK)

    def close(self) -> None:
        self._door.close()


def main(first: str, server: str) -> None:
    """Take a lease for every payload and for the noise."""
    relay = _Relay(first, server)
    for number, (ip, payload) in enumerate(zip(addresses(first), PAYLOADS, strict=True)):
        relay.lease(number, ip, text_of(payload).encode(), as_bytes(payload))
    relay.lease(len(PAYLOADS), noisy(first), NOISE, NOISE)
    relay.close()


if __name__ == "__main__":
    main(str(ip_address(sys.argv[1])), str(ip_address(sys.argv[2])))
