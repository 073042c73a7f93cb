"""``findings``: what is wrong now."""

from __future__ import annotations

import json

import typer
from sqlmodel import Session, col, select

from tracker.cli.running import ConfigOption, JsonOption, language, opened, say
from tracker.cli.shown import safe
from tracker.db import reading
from tracker.findings_text import sentence
from tracker.tables import Asset, Finding, Network, User
from tracker.words import FindingState


def _as_json(session: Session, finding: Finding) -> dict[str, object]:
    asset = session.get(Asset, finding.asset_id) if finding.asset_id is not None else None
    network = session.get(Network, finding.network_id) if finding.network_id is not None else None
    user = session.get(User, finding.assigned_to_id) if finding.assigned_to_id is not None else None
    return {
        "v": 1,
        "type": "finding",
        "id": finding.id,
        "kind": finding.kind.value,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "asset": asset.tag if asset is not None else None,
        "device": finding.device_id,
        "network": network.name if network is not None else None,
        "since": finding.since.isoformat(),
        "state": finding.state.value,
        "owner": user.login if user is not None else None,
        "facts": finding.facts,
    }


def findings(*, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the open findings.  Example: enhetskoll findings --json"""  # noqa: D415 -- help text
    register = opened(config)
    zone = register.config.schedule.zone
    with reading(register.engine) as session:
        rows = session.exec(
            select(Finding).where(Finding.state == FindingState.OPEN).order_by(col(Finding.id))
        ).all()
        for finding in rows:
            if as_json:
                typer.echo(json.dumps(_as_json(session, finding)))
            else:
                # Two strangers at one site are told apart by their address.
                at = f" ({finding.facts['ip']})" if finding.facts.get("ip") else ""
                typer.echo(safe(f"{sentence(finding, language(), zone)}{at}"))
    if not rows and not as_json:
        say("cli.findings_none")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(findings)
