"""The door for packets: every connection and datagram of a probe is opened here, checked, paced, counted, capped.

Raw sweeps (`discovery.sweeps.arp`, `discovery.sweeps.icmp`) own their one raw socket, under the same scope and rate.
"""

from __future__ import annotations

import asyncio
import socket  # noqa: TID251 -- this is the door
import ssl
from collections import Counter
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from gufo.snmp.policer import BasePolicer
from typing_extensions import override

from discovery.snmp_session import Snmp, session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discovery.asking import Conversation, Host, SnmpLogin, SnmpTalk
    from discovery.pacing import Newcomers, Pacer
    from discovery.scope import Scope

MAX_DATAGRAM = 65_535
CONNECT_PACKETS = 4
"""SYN, ACK and the closing pair: what one connection costs of the host's allowance."""
SNMP_WAIT = 1.5
"""Seconds for each SNMP answer: an agent is silent when the login is wrong, and the next login waits meanwhile."""


def any_certificate() -> ssl.SSLContext:
    """TLS that believes nothing and refuses nothing: an old device's certificate is evidence, not trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with suppress(ssl.SSLError):
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


class _Datagrams(asyncio.DatagramProtocol):
    """Collects datagrams from one peer up to a number."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.got: list[bytes] = []
        self.full = asyncio.get_running_loop().create_future()

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self.got.append(data[:MAX_DATAGRAM])
        if len(self.got) >= self.most and not self.full.done():
            self.full.set_result(None)

    @override
    def error_received(self, exc: Exception) -> None:
        if not self.full.done():
            self.full.set_result(None)


class _Stream:
    """One TCP connection under one deadline and one cap."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deadline: float, cap: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._deadline = deadline
        self._left = cap

    def _seconds(self) -> float:
        return self._deadline - asyncio.get_running_loop().time()

    async def send(self, data: bytes) -> None:
        with suppress(OSError, TimeoutError, ssl.SSLError):
            self._writer.write(data)
            async with asyncio.timeout(max(self._seconds(), 0)):
                await self._writer.drain()

    async def receive(self) -> bytes:
        if self._left <= 0 or self._seconds() <= 0:
            return b""
        try:
            # Not wait_for: until Python 3.12 it loses a cancel that comes with the data (python/cpython issue 86296).
            async with asyncio.timeout(self._seconds()):
                data = await self._reader.read(min(self._left, 16_384))
        except (OSError, TimeoutError, ssl.SSLError):
            return b""
        self._left -= len(data)
        return data

    def certificate(self) -> bytes | None:
        tls = self._writer.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) if tls is not None else None

    def close(self) -> None:
        # abort, not close: a stalled peer must not hold the socket until TLS says goodbye
        self._writer.transport.abort()


class _Paced(BasePolicer):
    """Lets each SNMP request through the pacer; gufo calls `wait` before it sends."""

    def __init__(self, wire: AsyncWire, host: Host) -> None:
        self._wire = wire
        self._host = host

    @override
    def get_timeout(self, ts: int) -> int | None:
        return None

    @override
    async def wait(self) -> None:
        await self._wire.before_sending(self._host.ip)


class AsyncWire:
    """The real wire. One a survey; `sent` counts packets by host."""

    def __init__(self, scope: Scope, pacer: Pacer, newcomers: Newcomers | None = None) -> None:
        """Args: newcomers: lets hosts be met a few at a time; for an own link."""
        self._scope = scope
        self._pacer = pacer
        self._newcomers = newcomers
        self._tls = any_certificate()
        self.sent: Counter[str] = Counter()

    async def before_sending(self, ip: str, packets: int = 1, tcp_port: int | None = None) -> None:
        """Check and pace; call before anything leaves.

        Raises:
            OutOfScopeError: nothing may go there.
        """
        self._scope.check(ip, tcp_port)
        await self.meet(ip)
        await self._pacer.wait(ip, packets)
        self.sent[ip] += packets

    async def meet(self, ip: str) -> None:
        """Wait until there is room for the host among the kernel's neighbours; nothing is sent."""
        if self._newcomers is not None:
            await self._newcomers.wait(ip)

    def slow(self, ip: str, host_rate: float) -> None:
        """Send at most so many packets per second to this host from now on."""
        self._pacer.slow(ip, host_rate)

    async def rest(self, seconds: float) -> None:
        """Let time pass for answers to come in."""
        await self._pacer.rest(seconds)

    async def ask(
        self, host: Host, port: int, payload: bytes, *, wait: float = 1.0, most: int = 1
    ) -> list[bytes]:
        """See `discovery.asking.Wire`."""
        await self.before_sending(host.ip)
        loop = asyncio.get_running_loop()
        try:
            # A connected socket takes answers from the asked address and port only.
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: _Datagrams(most), remote_addr=(host.ip, port)
            )
        except OSError:
            return []
        try:
            transport.sendto(payload)
            with suppress(TimeoutError):
                await asyncio.wait_for(protocol.full, wait)
        finally:
            transport.close()
        return protocol.got

    async def opens(self, ip: str, port: int, *, wait: float) -> str:
        """Whether a TCP port is ``open``, ``refused`` or ``silent``; nothing is sent on the connection."""
        await self.before_sending(ip, 1, port)
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        probe = socket.socket(family, socket.SOCK_STREAM)
        probe.setblocking(False)  # noqa: FBT003 -- the socket module's own signature
        try:
            await asyncio.wait_for(loop.sock_connect(probe, (ip, port)), wait)
        except ConnectionRefusedError:
            return "refused"
        except (OSError, TimeoutError):
            return "silent"
        finally:
            probe.close()
        return "open"

    @asynccontextmanager
    async def converse(
        self, host: Host, port: int, *, tls: bool = False, deadline: float = 5.0, cap: int = 65_536
    ) -> AsyncIterator[Conversation | None]:
        """See `discovery.asking.Wire`."""
        await self.before_sending(host.ip, CONNECT_PACKETS, port)
        end = asyncio.get_running_loop().time() + deadline
        opening = asyncio.open_connection(
            host.ip, port, ssl=self._tls if tls else None, limit=16_384, server_hostname="" if tls else None
        )
        try:
            reader, writer = await asyncio.wait_for(opening, deadline)
        except (OSError, TimeoutError, ssl.SSLError, ValueError):
            yield None
            return
        stream = _Stream(reader, writer, end, cap)
        try:
            yield stream
        finally:
            stream.close()

    @asynccontextmanager
    async def snmp(
        self, host: Host, port: int, login: SnmpLogin, *, deadline: float = 5.0
    ) -> AsyncIterator[SnmpTalk]:
        """See `discovery.asking.Wire`."""
        self._scope.check(host.ip)
        opened = session(host.ip, port, login, min(SNMP_WAIT, deadline), _Paced(self, host))
        yield Snmp(opened, login.version, asyncio.get_running_loop().time() + deadline)
