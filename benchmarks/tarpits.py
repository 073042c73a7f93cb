"""How long 250 live hosts take when ten of them are tarpits: all are asked everything, on loopback, at the default rates a host.

    python -m benchmarks.tarpits

240 hosts serve a page; ten take the connection and let a byte drip every half second. Exit 1 over 30 s, or when a good host was not
named.
"""

from __future__ import annotations

import asyncio
import sys
import time
from ipaddress import ip_network

from discovery.asking import Host
from discovery.evidence import Evidence
from discovery.pacing import Pacer
from discovery.probes import PROBES
from discovery.probing import Probing
from discovery.scope import Scope
from discovery.sweeps import Stop
from discovery.wire import AsyncWire

HOSTS, TARPITS, MOST_S = 250, 10, 30.0
RATE, HOST_RATE = 5_000, 40
NETWORK = ip_network("127.20.0.0/24")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n<title>AXIS P3245-LV</title>\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    last = int(str(writer.get_extra_info("sockname")[0]).rpartition(".")[2])
    try:
        await reader.readuntil(b"\r\n\r\n")
        if last > TARPITS:
            writer.write(PAGE)
            await writer.drain()
            return
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.5)
    except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        return
    finally:
        writer.transport.abort()


async def measure() -> tuple[float, int]:
    """Seconds, and how many of the good hosts told their title."""
    server = await asyncio.start_server(_serve, "0.0.0.0", 0)  # noqa: S104 -- all of loopback's addresses
    port = server.sockets[0].getsockname()[1]
    wire = AsyncWire(Scope([NETWORK]), Pacer(RATE, HOST_RATE))
    hosts = [
        (Host(f"127.20.0.{n}", "lan", ports={"http": port}, open_ports=frozenset({port})), list[Evidence]())
        for n in range(1, HOSTS + 1)
    ]
    began = time.perf_counter()
    await Probing(PROBES, wire, Stop(), gently=False).look(hosts, lambda _done, _total: None)
    seconds = time.perf_counter() - began
    server.close()
    return seconds, sum(any(e.key == "title" for e in learnt) for _, learnt in hosts)


def main() -> None:
    """Measure; exit 1 when the claim does not hold."""
    seconds, named = asyncio.run(measure())
    print(
        f"{HOSTS} hosts, {TARPITS} of them tarpits: {seconds:.1f} s, {named} of {HOSTS - TARPITS} good ones named."
    )
    sys.exit(1 if seconds > MOST_S or named < HOSTS - TARPITS else 0)


if __name__ == "__main__":
    main()
