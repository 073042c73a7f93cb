"""``demo``: a municipality that does not exist, scanned, reconciled and served on this machine."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer
from sqlmodel import col, func, select

from tracker.cli.running import Opened, language, say
from tracker.cli.scans import scan_networks
from tracker.cli.serving import address, supervise
from tracker.clock import utc_now
from tracker.config import load
from tracker.db import reading
from tracker.errors import RefusedError
from tracker.tables import Device, Finding, Scan
from tracker.texts import text
from tracker.words import FindingKind, FindingState, ScanState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

PORT = 8080


class Summary(TypedDict):
    """What the demo's last line says."""

    devices: int
    matched: int
    findings: dict[str, int]


def summary(engine: Engine) -> Summary:
    """Devices seen, those of them in the register, and the open findings by kind."""
    with reading(engine) as session:
        devices = session.exec(select(func.count()).select_from(Device)).one()
        matched = session.exec(
            select(func.count()).select_from(Device).where(col(Device.asset_id).is_not(None))
        ).one()
        open_ = session.exec(
            select(Finding.kind, func.count())
            .where(Finding.state == FindingState.OPEN)
            .group_by(Finding.kind)
        ).all()
    counted = dict(open_)
    return {
        "devices": devices,
        "matched": matched,
        "findings": {kind.value: counted[kind] for kind in FindingKind if counted.get(kind)},
    }


def _is_scanned(engine: Engine) -> bool:
    with reading(engine) as session:
        done = select(Scan.id).where(col(Scan.state).in_([ScanState.DONE, ScanState.PARTIAL])).limit(1)
        return session.exec(done).first() is not None


@contextmanager
def _folder(*, fresh: bool) -> Iterator[Path]:
    if fresh:
        with tempfile.TemporaryDirectory(prefix="enhetskoll-demo-") as name:
            yield Path(name)
        return
    folder = Path(".demo")
    folder.mkdir(mode=0o700, exist_ok=True)
    yield folder.resolve()


def _say_summary(said: Summary) -> None:
    say("demo.summary", devices=said["devices"], matched=said["matched"])
    for kind, count in said["findings"].items():
        if count:
            say("demo.findings", n=count, kind=text(f"words.finding_kind.{kind}", language()))


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Scan, print the summary as JSON and end.")] = False,
    port: Annotated[int, typer.Option("--port", help="Where the pages are.")] = PORT,
) -> None:
    """Show the product on simulated devices.  Example: enhetskoll demo"""  # noqa: D415 -- help text
    # The simulated devices are nobody's concern but this command's.
    from tracker.demo.devices import DEVICES  # noqa: PLC0415
    from tracker.demo.speaking import PortsTakenError  # noqa: PLC0415
    from tracker.demo.standing import listen, register, write_files  # noqa: PLC0415

    with _folder(fresh=once) as folder:
        try:
            devices, ports = listen(DEVICES, folder)
        except PortsTakenError as error:
            raise RefusedError("demo.no_ports") from error
        try:
            config = load(write_files(folder, ports, port))
            say("demo.setting_up")
            engine, password = register(folder, utc_now())
            opened = Opened(config, engine)
            if once or not _is_scanned(engine):
                say("demo.scanning")
                scan_networks(opened, [], as_json=False)
            said = summary(engine)
            _say_summary(said)
            if once:
                typer.echo(json.dumps(said))
                return
            engine.dispose()
            supervise(config, lambda: _say_where(address(config), password))
        finally:
            devices.close()


def _say_where(url: str, password: str) -> None:
    from tracker.demo.municipality import LOGINS  # noqa: PLC0415 -- see above

    say("demo.where", url=url)
    for one in LOGINS:
        say("demo.login", login=one.login, name=one.name, password=password)
    say("demo.end")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
