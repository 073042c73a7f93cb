"""A site whose devices have fallen silent together: one finding, where each unit alone would be hundreds.

Duty 17 (LOG-01): "används teknisk loggning inom kommunen. Dessa loggar används för att upprätthålla systemens funktionalitet och
säkerhet samt för att hjälpa till med felsökning": a scan that sees nothing must not pass for an empty network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.facts import Judged, Wanted
from tracker.silence import silent_sites
from tracker.words import FindingKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(world: Judged) -> Iterator[Wanted]:
    """Each site that is silent."""
    for site_id, silent in sorted(silent_sites(world).items()):
        network = world.networks.get(silent.network_id or 0)
        names = [n for n in world.networks.values() if n.site_id == site_id]
        yield Wanted(
            kind=FindingKind.SITE_SILENT,
            topic="site_silent",
            rule="LOG-01",
            severity=Severity.HIGH,
            site_id=site_id,
            network_id=silent.network_id,
            unit_id=network.unit_id if network is not None else None,
            facts={
                "site": next((n.site for n in names if n.site), "-"),
                "silent": silent.silent,
                "usual": silent.usual,
                "seen": silent.last.isoformat(),
            },
        )
