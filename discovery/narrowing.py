"""Narrowing: less than the configuration allows, never more. Pure.

The configuration is the outer bound. The scanner reads it for itself and applies narrowings by this very function, so that
whatever a narrowing says, no packet is sent that the configuration alone would not have sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from discovery.settings import Cidr, DiscoverySettings, NetworkSettings, ScopeSettings, Settings
from discovery.sighting import DeviceClass

if TYPE_CHECKING:
    from collections.abc import Iterable

ProfileWord = Literal["full", "gentle", "harvest-only", "never"]
FROM_HARD_TO_GENTLE: tuple[ProfileWord, ...] = ("full", "gentle", "harvest-only", "never")


class Narrowing(Settings):
    """What is asked of one network beyond the configuration; what is left out is as configured.

    Attributes:
        never: further addresses that no packet goes to.
    """

    network: str = Field(min_length=1, max_length=80)
    profile: ProfileWord | None = None
    rate: int | None = Field(default=None, ge=1, le=100_000)
    never: tuple[Cidr, ...] = ()


FRAGILE = frozenset({DeviceClass.PRINTER, DeviceClass.BUILDING_AUTOMATION, DeviceClass.MEDICAL})
"""Classes of devices that are asked gently wherever they stand."""
MOST_FRAGILE = 20_000
"""Addresses of fragile devices that a document holds: some 400 kB of the megabyte that is read."""


class NarrowingDocument(Settings):
    """What the register hands the scanner, as JSON.

    Attributes:
        fragile: MACs and IP addresses of devices known to be of a class in `FRAGILE`. An address that has passed to
            another device since makes that one be asked gently, no worse.
    """

    narrowings: tuple[Narrowing, ...] = ()
    fragile: tuple[Annotated[str, Field(max_length=45)], ...] = Field(default=(), max_length=MOST_FRAGILE)


def gentler(one: ProfileWord, other: ProfileWord | None) -> ProfileWord:
    """The gentler of two profiles; the first where there is no other."""
    return one if other is None else max(one, other, key=FROM_HARD_TO_GENTLE.index)


def narrow(network: NetworkSettings, narrowing: Narrowing) -> NetworkSettings:
    """The network under the gentler profile and the lower rate of the two."""
    rates = [rate for rate in (network.rate, narrowing.rate) if rate is not None]
    profile = gentler(network.profile, narrowing.profile)
    return network.model_copy(update={"profile": profile, "rate": min(rates, default=None)})


def narrowed(settings: DiscoverySettings, narrowings: Iterable[Narrowing]) -> DiscoverySettings:
    """The settings with every narrowing applied; one of a network that is not configured changes nothing for others."""
    networks = {network.name: network for network in settings.networks}
    never = list(settings.scope.never)
    for one in narrowings:
        if one.network in networks:
            networks[one.network] = narrow(networks[one.network], one)
        never.extend(one.never)
    scope = ScopeSettings(never=tuple(dict.fromkeys(never)))
    return settings.model_copy(update={"networks": tuple(networks.values()), "scope": scope})


def to_document(narrowings: Iterable[Narrowing], fragile: Iterable[str] = ()) -> str:
    """The JSON that the scanner reads."""
    made = NarrowingDocument(narrowings=tuple(narrowings), fragile=tuple(fragile))
    return made.model_dump_json(exclude_defaults=True)


def from_document(text: str) -> NarrowingDocument:
    """The document out of its JSON.

    Raises:
        ValueError: it is none; an unread narrowing must stop a scan rather than widen it.
    """
    return NarrowingDocument.model_validate_json(text)
