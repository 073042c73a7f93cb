"""BACnet/IP: what a controller is (ANSI/ASHRAE 135, Annex J): the properties of its device object, read by unicast.

The object is asked for by the instance 4194303, which a device takes for itself (clause 12.11), so that mostly no Who-Is (16.10) is
needed, whose answer many send to everyone. One ReadPropertyMultiple (15.7); where that is not known, ReadProperty (15.5).

A router (clause 6) is known by its answer to Who-Is-Router-To-Network (6.4.1). Of the devices behind it those are asked that it has
bound addresses of (device-address-binding, 12.11), and those that answer a Who-Is sent through it: each for the properties that the
router was asked for, and no more than `MOST_BEHIND` of them, one after the other: a field bus is slow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import Ask
from discovery.bacnet import (
    SINGLE,
    WILDCARD,
    Remote,
    instance_of,
    read,
    read_bindings,
    read_i_am,
    read_networks,
    request_all,
    request_bindings,
    request_one,
    who_is,
    who_is_router,
)
from discovery.behind import BACNET, marked
from discovery.evidence import Evidence

if TYPE_CHECKING:
    from discovery.asking import Host, Wire

NAME = "bacnet"
MOST_BEHIND = 32
"""Devices asked behind one router: of a longer bus the rest is known to who manages it."""
MOST_NETWORKS = 4
GIVE_UP = 4
"""So many silent ones in a row, and the rest is not asked: each costs its wait, and a slot on the bus."""
WAIT, FAR_WAIT = 1.0, 2.0
"""Seconds for an answer from the device itself, and from behind a field bus."""
ASKS = (Ask("bacnet", "udp", 8 + MOST_NETWORKS + MOST_BEHIND),)


async def _instance(host: Host, wire: Wire) -> int | None:
    for data in await wire.ask(host, host.port("bacnet"), who_is(), wait=WAIT):
        if (found := read_i_am(data)) is not None:
            return found[0]
    return None


async def _own(host: Host, wire: Wire) -> list[Evidence]:
    """Ask for all at once; of who does not know itself by the wildcard, by its own instance; else for the few that matter."""
    port = host.port("bacnet")
    answers = await wire.ask(host, port, request_all(), wait=WAIT)
    found = read(answers[0]) if answers else []
    if [one.key for one in found] != ["refuses"]:
        return found
    instance = await _instance(host, wire)
    if instance is not None:
        found = [Evidence.of("bacnet", "instance", str(instance))]
        for data in await wire.ask(host, port, request_all(instance), wait=WAIT):
            found += [one for one in read(data) if one.key != "refuses"]
    if len(found) == 1:
        for number in SINGLE:
            for data in await wire.ask(host, port, request_one(number, instance or WILDCARD), wait=WAIT):
                found += [one for one in read(data) if one.key != "refuses"]
    return list(dict.fromkeys(found))


async def _places(host: Host, wire: Wire, instance: int) -> dict[int, Remote]:
    """Where devices stand behind a router: those it knows, and those that say so; none behind who is no router."""
    port = host.port("bacnet")
    answers = await wire.ask(host, port, who_is_router(), wait=WAIT)
    networks = [network for data in answers for network in read_networks(data)][:MOST_NETWORKS]
    found: dict[int, Remote] = {}
    for data in await wire.ask(host, port, request_bindings(instance), wait=WAIT) if networks else ():
        found.update((number, remote) for number, remote in read_bindings(data) if remote.network in networks)
    for network in networks:
        told = await wire.ask(host, port, who_is(Remote(network)), wait=FAR_WAIT, most=MOST_BEHIND)
        for number, remote in filter(None, map(read_i_am, told)):
            if remote is not None and remote.network == network:
                found.setdefault(number, remote)
    return found


async def _behind(host: Host, wire: Wire, instance: int) -> list[Evidence]:
    """What the devices behind a router tell, marked as theirs."""
    found: list[Evidence] = []
    silent = 0
    for number, remote in sorted((await _places(host, wire, instance)).items())[:MOST_BEHIND]:
        if silent >= GIVE_UP:
            break
        told = await wire.ask(host, host.port("bacnet"), request_all(number, remote), wait=FAR_WAIT)
        silent = 0 if told else silent + 1
        own = [one for data in told for one in read(data) if one.key != "refuses"]
        # Of one that keeps silent, the router's word remains that it is there.
        found += marked(BACNET, number, own or [Evidence.of("bacnet", "instance", str(number))])
    return found


async def look(host: Host, wire: Wire) -> list[Evidence]:
    """What the device is, and what stands behind it if it is a router."""
    found = await _own(host, wire)
    instance = instance_of(found)
    return found if instance is None else [*found, *await _behind(host, wire, instance)]


__all__ = ["ASKS", "NAME", "look", "read"]
