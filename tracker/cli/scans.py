"""``scan``, ``reconcile`` and ``resolve``: look now, replay a captured survey, or only say which sightings are one device."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlmodel import Session, col, select

from discovery.coverage import Coverage
from discovery.narrowing import to_document
from discovery.sighting import Sighting
from tracker import logs, scanner
from tracker.cli.running import ConfigOption, JsonOption, Opened, language, opened, say
from tracker.clock import local_date, utc_now
from tracker.config import load
from tracker.db import open_engine, reading, writing
from tracker.errors import RefusedError, TrackerError
from tracker.facts import THIS_MACHINE
from tracker.looking import GRACE_S, Child, replay
from tracker.migrations import is_current
from tracker.narrowings import document, handed, standings
from tracker.scanning import covered_networks, digest, run_scan, sync_networks
from tracker.scans_asked import ask_for_scan
from tracker.tables import Device, Network, Scan, ScanMethod
from tracker.texts import has_text, text
from tracker.words import ScanState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.lines import Progress as Told
    from discovery.narrowing import Narrowing
    from tracker.config import Config

NOT_PERMITTED = "not-permitted"
"""What `discovery.coverage` says of a way of looking that this process has no right to."""


def _chosen(register: Opened, names: list[str]) -> list[Network]:
    with writing(register.engine) as session:
        sync_networks(session, register.config.networks, utc_now())
    with reading(register.engine) as session:
        networks = [n for n in session.exec(select(Network)) if n.is_configured]
        stand = standings(session, local_date(utc_now(), register.config.schedule.zone))
    if not networks:
        raise RefusedError("scans.none", path=str(register.config.path))
    known = {network.name for network in networks}
    for name in names:
        if name not in known:
            raise RefusedError("scans.unknown_network", name=name, names=", ".join(sorted(known)))
    # One that is to be left alone is refused when asked for by name, and passed over when all are meant.
    chosen = [n for n in networks if n.name in names or (not names and not stand[n.id or 0].is_left_alone)]
    return sorted(chosen, key=lambda network: network.name)


def _say_lost(code: str, name: str, **more: object) -> None:
    """One way of looking that there is no right to: what that costs, and what would give the right."""
    method = f"scanpages.method.{name}"
    cost = f"cli.lost.{name}"
    say(
        code,
        method=text(method, language()) if has_text(method, language()) else name,
        reason=text("scanpages.reason.not_permitted", language()),
        cost=text(cost, language()) if has_text(cost, language()) else "",
        **more,
    )


def _lost(methods: Sequence[ScanMethod]) -> None:
    """Say what was not looked for, for want of a right: silence would read as "nothing there"."""
    for one in methods:
        if one.reason == NOT_PERMITTED:
            _say_lost("cli.scan_skipped", one.name)


def _summary(scan: Scan, network: Network, methods: Sequence[ScanMethod], *, as_json: bool) -> None:
    data = {
        "network": network.name,
        "devices": scan.devices,
        "matched": scan.matched,
        "opened": scan.opened,
        "closed": scan.closed,
        "packets": scan.packets,
    }
    if as_json:
        typer.echo(json.dumps({"v": 1, "type": "scan", "scan": scan.id, "state": scan.state.value, **data}))
        return
    say("cli.scan_line", **data, state=text(f"words.scan_state.{scan.state.value}", language()))
    _lost(methods)


def _own(session: Session, scan: Scan) -> None:
    """Say which of the strangers is this machine: the first that a technician would go and look for."""
    if scan.started_at is None:
        return
    fresh = col(Device.last_seen) >= scan.started_at
    here = (Device.network_id == scan.network_id, col(Device.asset_id).is_(None), fresh)
    for device in session.exec(select(Device).where(*here)):
        if THIS_MACHINE in device.flags:
            say("cli.scan_own", ip=device.ip or "?")


def _run_one(register: Opened, network: Network, bar: Progress) -> Scan:
    with writing(register.engine) as session:
        scan_id = ask_for_scan(session, network.id or 0, None, utc_now(), register.config.schedule.zone)
    task = bar.add_task(network.name, total=None)

    def told(progress: Told) -> None:
        code = f"cli.step.{progress.step}"
        step = text(code, language()) if has_text(code, language()) else progress.step
        line = text("cli.scan_step", language(), network=progress.network, step=step)
        bar.update(task, description=line, total=progress.total or None, completed=progress.done)

    zone = register.config.schedule.zone
    narrowing = document(register.engine, utc_now, zone)
    look = Child(register.config.path, register.config.limits.deadline_s + GRACE_S, narrowing)
    run_scan(register.engine, scan_id, look=look, clock=utc_now, zone=zone, told=told)
    bar.remove_task(task)
    with reading(register.engine) as session:
        scan = session.get(Scan, scan_id)
    if scan is None:  # pragma: no cover -- it was just made
        raise TrackerError
    return scan


def _narrowings(settings: Config) -> tuple[Narrowing, ...]:
    """What the pages narrowed; nothing where there is no register yet, for a plan needs none."""
    engine = open_engine(settings.database_url)
    file = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
    if (file is not None and not Path(file).is_file()) or not is_current(engine):
        return ()
    with reading(engine) as session:
        return handed(session, local_date(utc_now(), settings.schedule.zone))


def _print_plan(config: ConfigOption, names: list[str]) -> None:
    settings = load(config)
    narrowed = _narrowings(settings)
    # By the Python that would scan: its rights are the ones that count.
    words = [scanner.executable(), "-m", "discovery", "plan", "--narrow", "--config", str(settings.path)]
    chosen = [word for name in names for word in ("--network", name)]
    done = subprocess.run(  # noqa: S603 -- a fixed list
        [*words, *chosen], input=to_document(narrowed), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RefusedError("scans.survey_failed", said=done.stderr.strip()[-400:])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if narrowed:
        say("networks.plan_narrowed", names=", ".join(sorted(one.network for one in narrowed)))
    if not lines:
        say("cli.plan_nothing")
        return
    say("cli.plan_head")
    for line in lines:
        if line["type"] == "lost":
            _say_lost("cli.plan_skipped", line["method"], network=line["network"])
            continue
        if line["type"] == "duration":
            minutes = max(1, round(line["seconds"] / 60))
            say("cli.plan_time", network=line["network"], minutes=minutes, live=line["live"])
            continue
        ports = ", ".join(str(port) for port in line["ports"])
        shown = text("cli.plan_ports", language(), ports=ports) if ports else ""
        method = line["method"] if line["stage"] == "sweep" else f"{line['method']} ({line['transport']})"
        say(
            "cli.plan_line",
            network=line["network"],
            method=method,
            targets=line["targets"],
            ports=shown,
            packets=line["packets"],
        )
    say("cli.plan_never", rate=settings.limits.rate, host_rate=settings.limits.host_rate)


def scan(
    networks: Annotated[
        list[str] | None, typer.Argument(help="Names of networks; all when none is given.")
    ] = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be sent to whom; send nothing.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at the networks now and compare with the register.  Example: enhetskoll scan office"""  # noqa: D415 -- help text
    logs.begin(level=logging.WARNING)
    if plan:
        _print_plan(config, networks or [])
        return
    if scan_networks(opened(config), networks or [], as_json=as_json):
        raise typer.Exit(1)


def scan_networks(register: Opened, names: list[str], *, as_json: bool) -> bool:
    """Scan the named networks, or all, one after the other with a progress bar; whether one failed."""
    console = Console(stderr=True)
    failed = False
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        for network in _chosen(register, names):
            ended = _run_one(register, network, bar)
            failed = failed or ended.state in {ScanState.FAILED, ScanState.INTERRUPTED}
            with reading(register.engine) as session:
                methods = session.exec(select(ScanMethod).where(ScanMethod.scan_id == ended.id)).all()
                _summary(ended, network, methods, as_json=as_json)
                if not as_json:
                    _own(session, ended)
    return failed


def reconcile(file: Path, *, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Replay a captured survey against the register.  Example: enhetskoll reconcile night.jsonl"""  # noqa: D415 -- help text
    logs.begin(level=logging.WARNING)
    register = opened(config)
    if not file.is_file():
        raise RefusedError("cli.no_file", path=str(file))
    with writing(register.engine) as session:
        sync_networks(session, register.config.networks, utc_now())
    lines = list(replay(file))
    seen = [line for line in lines if isinstance(line, Sighting)]
    zone = register.config.schedule.zone
    looked = covered_networks(register.engine, [line for line in lines if isinstance(line, Coverage)])
    applied = digest(register.engine, seen, scan_id=None, now=utc_now(), zone=zone, looked=looked)
    data = {
        "devices": applied.devices,
        "matched": applied.matched,
        "opened": applied.opened,
        "closed": applied.closed,
    }
    if as_json:
        typer.echo(json.dumps({"v": 1, "type": "reconciled", **data}))
    else:
        say("cli.reconciled", **data)


def resolve(
    file: Path,
    *,
    assets: Annotated[Path | None, typer.Option("--assets", help="Known assets, a JSON line each.")] = None,
) -> None:
    """Say which sightings are one device; no register.  Example: enhetskoll resolve night.jsonl"""  # noqa: D415 -- help text
    from tracker.resolving import known_assets, resolve_lines  # noqa: PLC0415 -- this command only

    for path in (file, assets):
        if path is not None and not path.is_file():
            raise RefusedError("cli.no_file", path=str(path))
    seen = [line for line in replay(file) if isinstance(line, Sighting)]
    answers: list[dict[str, Any]] = resolve_lines(seen, known_assets(assets) if assets else [])
    for answer in answers:
        typer.echo(json.dumps(answer))


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(scan)
    app.command()(reconcile)
    app.command()(resolve)
