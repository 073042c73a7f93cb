"""Answers ARP requests for a table of addresses, each with a MAC of its own: ``arp_responder.py INTERFACE TABLE``.

TABLE holds one ``address MAC`` a line. A file beside it, ``TABLE.ready``, says that it listens. For `benchmarks.crowd` only.
"""

from __future__ import annotations

import socket  # noqa: TID251 -- it stands for the devices, not for us
import sys
from pathlib import Path

ARP, REQUEST, REPLY = 0x0806, b"\x00\x01", b"\x00\x02"
_LENGTH = 42
"""Bytes of an Ethernet frame with ARP for IPv4 (RFC 826)."""


def main(interface: str, table: Path) -> None:
    """Answer until killed."""
    macs: dict[bytes, bytes] = {}
    for line in table.read_text(encoding="ascii").splitlines():
        ip, mac = line.split()
        macs[socket.inet_aton(ip)] = bytes.fromhex(mac.replace(":", ""))
    door = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    door.bind((interface, ARP))
    table.with_name(f"{table.name}.ready").touch()
    while True:
        frame = door.recv(1514)
        mac = macs.get(frame[38:42])
        if mac is None or len(frame) < _LENGTH or frame[20:22] != REQUEST:
            continue
        asker = frame[22:28]
        door.send(asker + mac + frame[12:20] + REPLY + mac + frame[38:42] + asker + frame[28:32])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
