"""The SNMP agents that keep the tables, routers and switches: opened under the first login that they let in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from discovery.errors import ProbeFailedError
from discovery.harvest.walked import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discovery.asking import Host, SnmpLogin, SnmpTalk, Wire
    from discovery.harvest.walked import Row

SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_DESCR = "1.3.6.1.2.1.1.1.0"
DEADLINE = 120.0
"""Seconds that one agent may take for all of its tables."""
MOST_ROWS = 60_000
"""Rows read of one table."""


class Agent:
    """One router or switch, logged in to."""

    def __init__(self, host: Host, login: SnmpLogin, talk: SnmpTalk, name: str, wire: Wire) -> None:
        """Args: name: what it calls itself, else its address."""
        self.host = host
        self.name = name
        self._login = login
        self._talk = talk
        self._wire = wire

    async def walk(self, column: str) -> list[Row]:
        """The rows of one column, as many as come."""
        return await self._talk.walk(column, MOST_ROWS)

    @asynccontextmanager
    async def of_vlan(self, vlan: int) -> AsyncIterator[Agent]:
        """The same agent as it speaks of one VLAN: Cisco keeps a bridge table for each, under ``community@vlan``."""
        login = replace(self._login, name=f"{self._login.name}@{vlan}")
        async with self._wire.snmp(self.host, self.host.port("snmp"), login, deadline=DEADLINE) as talk:
            yield Agent(self.host, login, talk, self.name, self._wire)

    @property
    def has_communities(self) -> bool:
        """Whether it was let in by a community, so that `of_vlan` can be asked for."""
        return self._login.version != "3"


@asynccontextmanager
async def agent(host: Host, wire: Wire) -> AsyncIterator[Agent]:
    """Log in to the agent.

    Raises:
        ProbeFailedError: ``no-login`` when there is none to try, ``no-answer`` when none is let in or nobody answers.
    """
    if not host.logins:
        raise ProbeFailedError("snmp", host.ip, "no-login")
    for login in host.logins:
        async with wire.snmp(host, host.port("snmp"), login, deadline=DEADLINE) as talk:
            if login.version == "3" and not await talk.engine():
                continue
            said = await talk.get([SYS_NAME, SYS_DESCR])
            if said:
                yield Agent(host, login, talk, text(said.get(SYS_NAME)) or host.ip, wire)
                return
    raise ProbeFailedError("snmp", host.ip, "no-answer")
