"""What was heard on one interface, put together: who is in a configured network, each once, within bounds. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from discovery.address import AddressQuality, quality
from discovery.evidence import Evidence
from discovery.merge import Found
from discovery.passive.frames import Heard, read
from discovery.scope import Scope
from discovery.settings import NetworkSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Network

    from discovery.settings import DiscoverySettings

MOST_DEVICES = 4_096
"""Devices remembered between two tellings: more do not fit on a link, and a liar makes up as many as it likes."""
MOST_EVIDENCE = 64
"""Things remembered of one device."""
MOST_A_SECOND = 2_000
"""Frames read in one second; what comes beyond is counted, not read."""
_NOBODY = frozenset({AddressQuality.JUNK, AddressQuality.VIRTUAL_ROUTER})


@dataclass(slots=True)
class _Device:
    heard: Heard
    network: NetworkSettings
    evidence: dict[Evidence, None] = field(default_factory=dict)


class Listening:
    """Takes frames in, gives what was found.

    Attributes:
        dropped: devices and frames that were too many.
        unread: frames of which nothing could be told.
    """

    def __init__(
        self, settings: DiscoverySettings, networks: Iterable[NetworkSettings], links: Iterable[IPv4Network]
    ) -> None:
        """Args: networks: those listened for; links: what the interface itself is on."""
        self._links = tuple(links)
        self._networks = [
            (one, Scope(one.cidrs, settings.scope.never)) for one in networks if one.profile != "never"
        ]
        self._devices: dict[tuple[str, str | None], _Device] = {}
        self._second, self._in_second = 0, 0
        self.dropped = 0
        self.unread = 0

    def _network_of(self, ip: str | None) -> NetworkSettings | None:
        return next((one for one, scope in self._networks if ip and scope.allows(ip)), None)

    def _is_on_link(self, ip: str | None) -> bool:
        return ip is not None and any(ip_address(ip) in link for link in self._links)

    def _place(self, heard: Heard) -> tuple[NetworkSettings | None, str | None]:
        """The network a device is in, and its address there; who has none yet is on the link it was heard on."""
        if (network := self._network_of(heard.ip)) is not None:
            # Through a router a frame bears the router's hardware address; a DHCP message bears the device's own.
            is_own = heard.source == "dhcp" or self._is_on_link(heard.ip)
            return (network, heard.ip) if is_own else (None, None)
        if heard.source != "dhcp" or heard.ip is not None:
            return None, None
        anywhere = (
            (heard.relay,)
            if heard.relay
            else (str(link[1]) for link in self._links if link.num_addresses > 1)
        )
        return next((one for ip in anywhere if (one := self._network_of(ip))), None), None

    def take(self, frame: bytes, now: float) -> None:
        """Hear one frame at a moment, in seconds."""
        if int(now) != self._second:
            self._second, self._in_second = int(now), 0
        self._in_second += 1
        if self._in_second > MOST_A_SECOND:
            self.dropped += 1
            return
        heard = read(frame)
        if heard is None or quality(heard.mac) in _NOBODY:
            self.unread += 1
            return
        network, ip = self._place(heard)
        if network is not None:
            self._remember(heard, network, ip)

    def _remember(self, heard: Heard, network: NetworkSettings, ip: str | None) -> None:
        key = (heard.mac, ip)
        device = self._devices.get(key)
        if device is None:
            if len(self._devices) >= MOST_DEVICES:
                self.dropped += 1
                return
            device = self._devices[key] = _Device(heard, network)
        room = MOST_EVIDENCE - len(device.evidence)
        device.evidence.update(dict.fromkeys([e for e in heard.evidence if e not in device.evidence][:room]))

    def found(self) -> list[Found]:
        """Every device that was heard, in the order it first was. One with an address needs none without."""
        placed = {mac for mac, ip in self._devices if ip is not None}
        with_bare = [
            Found(ip, mac, None, d.network.name, d.network.site, d.heard.source, tuple(d.evidence))
            for (mac, ip), d in self._devices.items()
            if ip is not None or mac not in placed
        ]
        bare = {
            mac: tuple(d.evidence) for (mac, ip), d in self._devices.items() if ip is None and mac in placed
        }
        return [self._joined(one, bare.get(one.mac or "", ())) for one in with_bare]

    @staticmethod
    def _joined(found: Found, more: tuple[Evidence, ...]) -> Found:
        evidence = tuple(dict.fromkeys((*found.evidence, *more)))
        return Found(found.ip, found.mac, None, found.network, found.site, found.source, evidence)

    def count(self) -> Counter[str]:
        """Devices heard, by network."""
        return Counter(found.network for found in self.found())

    def networks(self) -> list[NetworkSettings]:
        """The networks listened for."""
        return [network for network, _ in self._networks]
