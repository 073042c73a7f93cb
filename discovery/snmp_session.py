"""SNMP v1, v2c and v3 by gufo-snmp. Only `discovery.wire` makes one, after checking where it goes.

Versions: RFC 1157; RFC 3416; RFC 3414 with SHA-2 (RFC 7860) and AES (RFC 3826; 192 and 256 bits by the drafts of Blumenthal
and of Reeder, which differ in how a short digest is stretched to the longer key).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from gufo.snmp import SnmpVersion
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    BaseAuthKey,
    BasePrivKey,
    DesKey,
    KeyExpansion,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from gufo.snmp.policer import BasePolicer

    from discovery.asking import SnmpLogin

_T = TypeVar("_T")
_AUTH: dict[str, type[BaseAuthKey]] = {
    "MD5": Md5Key,
    "SHA": Sha1Key,
    "SHA-224": Sha224Key,
    "SHA-256": Sha256Key,
    "SHA-384": Sha384Key,
    "SHA-512": Sha512Key,
}
_PRIV: dict[str, type[BasePrivKey]] = {
    "DES": DesKey,
    "AES-128": Aes128Key,
    "AES-192": Aes192Key,
    "AES-256": Aes256Key,
}
_VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}
V1_MOST = 20
"""Values walked at most with v1: it has no bulk request, so each costs a packet."""


def _user(login: SnmpLogin) -> User | None:
    if login.version != "3":
        return None
    auth, priv = login.auth_protocol, login.priv_protocol
    return User(
        login.name,
        auth_key=_AUTH[auth]((login.auth_key or "").encode()) if auth else None,
        priv_key=_PRIV[priv]((login.priv_key or "").encode()) if priv else None,
        key_expansion=KeyExpansion.Cisco if login.reeder else KeyExpansion.Blumenthal,
    )


def session(ip: str, port: int, login: SnmpLogin, wait: float, policer: BasePolicer) -> SnmpSession:
    """A session that has sent nothing yet.

    Args:
        ip: checked by the caller.
        port: the agent's.
        login: what to log in with.
        wait: seconds for each answer.
        policer: asked before each packet.
    """
    return SnmpSession(
        ip,
        port,
        community=login.name,
        user=_user(login),
        version=_VERSIONS[login.version],
        timeout=wait,
        policer=policer,
    )


class Snmp:
    """One session; an agent that lies, stalls or answers nonsense gives what was read so far."""

    def __init__(self, session: SnmpSession, version: str, deadline: float) -> None:
        """Args: session: just made; version: its version's word; deadline: the loop's time when all ends."""
        self._session = session
        self._version = version
        self._deadline = deadline
        self._refused = False

    def _seconds(self) -> float:
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def _in_time(self, asking: Coroutine[Any, Any, _T], otherwise: _T) -> _T:
        try:
            return await asyncio.wait_for(asking, self._seconds())
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException:  # noqa: BLE001 -- see below
            # gufo raises many kinds for what a device may send, and all mean "no answer". Of its compiled core a frame cut
            # within a length makes a panic, which is no Exception and would end the whole survey.
            return otherwise

    async def engine(self) -> str:
        """See `discovery.asking.SnmpTalk`. A wrong user or key still gives the engine: discovery asks without them."""

        async def refresh() -> bool:
            await self._session.refresh()
            return True

        self._refused = not await self._in_time(refresh(), otherwise=False)
        return self._session.get_engine_id().hex()

    async def get(self, oids: list[str]) -> dict[str, str | int | bytes]:
        """See `discovery.asking.SnmpTalk`."""
        if self._refused:
            return {}
        # A v1 agent refuses the whole request for one name it does not have (RFC 1157, 4.1.2): one name at a time.
        asked = [[oid] for oid in oids] if self._version == "1" else [oids]
        found: dict[str, str | int | bytes] = {}
        for number, some in enumerate(asked):
            silent: dict[str, Any] | None = None
            values = await self._in_time(self._session.get_many(some), silent)
            if values is None and number == 0:
                break  # nothing answers to the first: nothing will to the rest
            found.update((o, v) for o, v in (values or {}).items() if isinstance(v, str | int | bytes))
        return found

    async def walk(self, oid: str, most: int) -> list[tuple[str, str | int | bytes]]:
        """See `discovery.asking.SnmpTalk`."""
        most = min(most, V1_MOST) if self._version == "1" else most
        found: list[tuple[str, str | int | bytes]] = []

        async def collect() -> None:
            left = most  # of rows, also of those that are of no use: each may cost a packet
            async for name, value in self._session.fetch(oid):
                left -= 1
                if isinstance(value, str | int | bytes):
                    found.append((name, value))
                if left <= 0:
                    return

        await self._in_time(collect(), None)
        return found
