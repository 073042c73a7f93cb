"""``units``: systemd units for this installation, the scheduler alone with the right to send raw frames."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.running import ConfigOption, say
from tracker.config import Config, load
from tracker.errors import RefusedError

TARGET = """\
[Unit]
Description=Enhetskoll: pages and nightly scans

[Install]
WantedBy=multi-user.target
"""

SERVICE = """\
[Unit]
Description=Enhetskoll: {what}
PartOf=enhetskoll.target
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
User={user}
Group={user}
WorkingDirectory={folder}
ExecStart={command}
Restart=on-failure
RestartSec=5
UMask=0027
MemoryMax={memory}
CPUQuota={cpu}
TasksMax=256
# The rest takes away what it never needs (systemd.exec(5)).
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
ReadWritePaths={writes}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallFilter=@system-service
SystemCallArchitectures=native
RestrictAddressFamilies={families}
CapabilityBoundingSet={capabilities}
AmbientCapabilities={capabilities}

[Install]
WantedBy=enhetskoll.target
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """One service.

    Attributes:
        memory: what it may hold: several times the most that was measured (docs/performance.md: pages 254 MB; the scan of
            a /16 98 MB, beside the scheduler that takes a night in).
        cpu: shares of a core, 100 % for each: a scan leaves the pages the rest of the machine.
    """

    what: str
    command: str
    families: str
    capabilities: str
    memory: str
    cpu: str


_PARTS = {
    "enhetskoll-web": _Part("pages", "serve", "AF_UNIX AF_INET AF_INET6", "", "1G", "400%"),
    "enhetskoll-schedule": _Part(
        "nightly scans",
        "schedule",
        "AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET",
        "CAP_NET_RAW",
        "2G",
        "150%",
    ),
}


def _escaped(words: list[str]) -> str:
    return " ".join(shlex.quote(word) for word in words).replace("%", "%%")


def _writes(config: Config) -> str:
    folders = [config.path.resolve().parent]
    if config.database_url.startswith("sqlite:///"):
        folders.append(Path(config.database_url.removeprefix("sqlite:///")).parent)
    if config.backup.folder is not None:
        folders.append(config.beside(config.backup.folder))
    return " ".join(dict.fromkeys(f'"{folder}"'.replace("%", "%%") for folder in folders))


def texts(config: Config, user: str) -> dict[str, str]:
    """The units by file name. Pure but for the path of this Python."""
    path = config.path.resolve()
    under_home = any(str(part).startswith(("/home/", "/root/")) for part in (path, Path(sys.executable)))
    found = {"enhetskoll.target": TARGET}
    for name, part in _PARTS.items():
        words = [sys.executable, "-m", "tracker", part.command, "--config", str(path)]
        found[f"{name}.service"] = SERVICE.format(
            what=part.what,
            user=user,
            folder=str(path.parent).replace("%", "%%"),
            command=_escaped(words),
            home="read-only" if under_home else "yes",
            writes=_writes(config),
            families=part.families,
            capabilities=part.capabilities,
            memory=part.memory,
            cpu=part.cpu,
        )
    return found


def units(
    *,
    user: Annotated[str, typer.Option("--user", help="The account the services run as.")] = "enhetskoll",
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Write them there; else they are printed.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Make systemd units for this installation.  Example: enhetskoll units --folder /etc/systemd/system"""  # noqa: D415 -- help text
    if not user.replace("-", "").replace("_", "").isalnum():
        raise RefusedError("cli.units_bad_user", user=user)
    made = texts(load(config), user)
    if folder is None:
        for name, text in made.items():
            typer.echo(f"# {name}\n{text}")
        return
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    say("cli.units_written", folder=str(folder), names=", ".join(made))


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(units)
