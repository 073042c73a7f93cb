"""Who is missed, and where so many are missed at once that the network is the likelier cause. Pure.

Absence counts only where a scan has looked everywhere since. Fixed equipment is missed after a week, or at the first whole look
at its site when it was never seen; what people carry is missed after 30 days. The register's settings may say other figures.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.facts import KnownAsset
from tracker.words import EXPECTED_ON_NETWORK, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.facts import Judged, KnownDevice, NetworkFact

MASS_SHARE = 0.4
MASS_LEAST = 10
"""So many at a site, and so large a share of them, that chance does not explain it."""
SAME_LOOK = timedelta(hours=2)
"""What was seen so shortly before a look ended was seen by it: a scan of one network may take an hour."""
HOLIDAY_WEEKS = range(27, 35)
"""ISO weeks in which what pupils carry is away: the policy's summer (weeks 27-32), and two weeks for it to come back."""

CARRIED = frozenset(
    {DeviceClass.COMPUTER, DeviceClass.CHROMEBOOK, DeviceClass.PHONE, DeviceClass.TABLET, DeviceClass.UNKNOWN}
)
_VISIBLE = frozenset({IdentifierKind.MAC, IdentifierKind.SERIAL, IdentifierKind.MDM_ID, IdentifierKind.UUID})


@dataclass(frozen=True, slots=True)
class Missed:
    """An asset that is missed; `last` is when it was last seen, None for never, at `site_id` or, unseen, registered there."""

    asset: KnownAsset
    last: datetime | None
    site_id: int | None


@dataclass(frozen=True, slots=True)
class SilentSite:
    """A site that has fallen silent: how many of its usual devices, since when, and where they used to be seen."""

    site_id: int
    silent: int
    usual: int
    last: datetime
    network_id: int | None


def last_seen(devices: Iterable[KnownDevice]) -> datetime | None:
    """When any of an asset's devices was last seen."""
    return max((d.last_seen for d in devices if d.last_seen), default=None)


def is_expected(asset: KnownAsset) -> bool:
    """Whether the asset should be on a network, and could be recognised there."""
    visible = any(kind in _VISIBLE for kind, _ in asset.identifiers)
    return asset.status in EXPECTED_ON_NETWORK and asset.expected_online and visible


def _is_left_alone(device: KnownDevice, world: Judged) -> bool:
    """Whether scans are kept from the address it was last seen at."""
    network = world.networks.get(device.network_id or 0)
    if network is None or not network.left_alone or device.ip is None:
        return False
    address = ip_address(device.ip)
    return any(address in ip_network(one) for one in network.left_alone)


def _all_covered_at(places: Iterable[NetworkFact]) -> datetime | None:
    """When the last of these networks was looked over; None as long as one was not, or there is none."""
    moments = [network.covered_at for network in places]
    return min((m for m in moments if m), default=None) if all(moments) else None


def _sites_covered_at(world: Judged) -> dict[int | None, datetime | None]:
    """By site, when all of its networks were last looked over."""
    of: dict[int | None, list[NetworkFact]] = defaultdict(list)
    for network in world.networks.values():
        of[network.site_id].append(network)
    return {site_id: _all_covered_at(places) for site_id, places in of.items() if site_id is not None}


def _covered_at(
    asset: KnownAsset, devices: list[KnownDevice], world: Judged, sites: dict[int | None, datetime | None]
) -> datetime | None:
    """When all of where the asset should be was last looked over: its last network, else its site's networks."""
    if not devices:
        return sites.get(asset.site_id)
    if any(_is_left_alone(device, world) for device in devices):
        return None
    seen_on = {d.network_id for d in devices if d.network_id is not None}
    places = [world.networks[i] for i in seen_on if i in world.networks]
    return _all_covered_at(places) if places else sites.get(asset.site_id)


def _is_missed(
    asset: KnownAsset, devices: list[KnownDevice], world: Judged, covered: datetime | None
) -> bool:
    last = last_seen(devices)
    begun = last or asset.created_at
    if covered is None or begun is None:
        return False
    days = world.patience.fixed_days if last else 0
    if asset.device_class in CARRIED:
        days = world.patience.carried_days
    return covered > begun and covered - begun >= timedelta(days=days)


def missed(world: Judged) -> list[Missed]:
    """Every asset that is missed."""
    devices = world.devices_of()
    sites = _sites_covered_at(world)
    found = []
    for asset in world.assets:
        own = devices.get(asset.id, [])
        if is_expected(asset) and _is_missed(asset, own, world, _covered_at(asset, own, world, sites)):
            found.append(Missed(asset, last_seen(own), _place(asset, own, world)))
    return found


def is_told(asset: KnownAsset, world: Judged) -> bool:
    """Whether a finding about this one unit's silence stands already."""
    return f"not_seen:asset:{asset.id}" in world.open_keys


@dataclass(slots=True)
class _Tally:
    """What is usually seen at a site; of the silent, when and on which network each was last seen."""

    usual: int = 0
    silent: list[tuple[datetime, int]] = field(default_factory=list)

    def silent_site(self, site_id: int) -> SilentSite | None:
        if self.usual < MASS_LEAST or len(self.silent) <= MASS_SHARE * self.usual:
            return None
        last, network_id = max(self.silent)
        return SilentSite(site_id, len(self.silent), self.usual, last, network_id or None)


def _latest(devices: Iterable[KnownDevice]) -> KnownDevice | None:
    seen = [(d.last_seen, str(d.ref), d) for d in devices if d.last_seen is not None]
    return max(seen, key=lambda one: one[:2])[2] if seen else None


def _place(asset: KnownAsset, devices: Iterable[KnownDevice], world: Judged) -> int | None:
    """The site where the asset was last seen, else where the register has it: what is carried often has none there."""
    latest = _latest(devices)
    network = world.networks.get(latest.network_id or 0) if latest is not None else None
    return network.site_id if network is not None else asset.site_id


def _is_holiday(day: date) -> bool:
    return day.isocalendar().week in HOLIDAY_WEEKS


def silent_sites(world: Judged) -> dict[int, SilentSite]:
    """Sites where a large part of what is usually seen was missed by the last whole look.

    Fixed equipment counts from the first look that misses it; what people carry after a month, and not in the holidays. A unit
    whose own silence is told already counts neither way: what has been dead for long does not make a site silent.
    """
    devices = world.devices_of()
    sites = _sites_covered_at(world)
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    holiday = _is_holiday(world.today)
    carried_after = timedelta(days=world.patience.carried_days)
    for asset in world.assets:
        carried = asset.device_class in CARRIED
        latest = _latest(devices.get(asset.id, ()))
        if latest is None or not is_expected(asset) or is_told(asset, world) or (carried and holiday):
            continue
        site_id, last = _place(asset, [latest], world), latest.last_seen
        covered = _covered_at(asset, [latest], world, sites)
        if site_id is None or covered is None or last is None:
            continue
        tallies[site_id].usual += 1
        if covered - last > (carried_after if carried else SAME_LOOK):
            tallies[site_id].silent.append((last, latest.network_id or 0))
    found = {site_id: tally.silent_site(site_id) for site_id, tally in tallies.items()}
    return {site_id: site for site_id, site in found.items() if site is not None}


def mass_sites(gone: list[Missed], world: Judged) -> set[int | None]:
    """Sites of which so many units are missed at once that none of them is to blame."""
    devices = world.devices_of()
    expected: dict[int | None, int] = defaultdict(int)
    fresh: dict[int | None, int] = defaultdict(int)
    for asset in world.assets:
        if is_expected(asset):
            expected[_place(asset, devices.get(asset.id, ()), world)] += 1
    for one in gone:
        fresh[one.site_id] += one.last is not None and not is_told(one.asset, world)
    return {
        site
        for site, count in fresh.items()
        if expected[site] >= MASS_LEAST and count > MASS_SHARE * expected[site]
    }
