"""``init`` and ``upgrade``: from nothing to a register, and to its newest version."""

from __future__ import annotations

import os
import re
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import ifaddr
import typer
from sqlmodel import func, select

from tracker import passwords, scanner
from tracker.cli.running import ConfigOption, language, say
from tracker.clock import utc_now
from tracker.config import chosen_path, load, parse
from tracker.db import open_engine, writing
from tracker.errors import RefusedError
from tracker.migrations import upgrade as migrate
from tracker.scanning import sync_networks
from tracker.setup import seed
from tracker.tables import User
from tracker.texts import text
from tracker.users import create_user
from tracker.words import RoleName

LARGEST = 16
"""Prefix length of the largest network that may be scanned (`discovery.scope`)."""
_VIRTUAL = re.compile(r"docker|veth|br-|virbr|lxc|lxdbr|cni|flannel|cali|tun|tap|wg")
"""Interfaces of containers, virtual machines and tunnels: not the municipality's network."""


def own_networks() -> list[str]:
    """The private networks this machine is on, without those of containers and tunnels."""
    found = []
    for adapter in ifaddr.get_adapters():
        if _VIRTUAL.match(adapter.name):
            continue
        for address in adapter.ips:
            network = (
                ip_network(f"{address.ip}/{address.network_prefix}", strict=False)
                if address.is_IPv4
                else None
            )
            if network is not None and network.is_private and not network.is_loopback:
                found.append(network)
    return [str(one) for one in dict.fromkeys(found) if LARGEST <= one.prefixlen <= one.max_prefixlen - 2]


def _block(given: str) -> str:
    """One ``[[networks]]`` block out of ``name=CIDR@site``; name and site may be left out."""
    named, _, site = given.partition("@")
    name, equals, cidr = named.rpartition("=")
    try:
        network = ip_network(cidr.strip())
    except ValueError as error:
        raise RefusedError("cli.init_bad_network", value=given) from error
    quoted = [f'name = "{name.strip() if equals else network}"', f'cidr = "{network}"']
    if site.strip():
        quoted.append(f'site = "{site.strip()}"')
    if '"' in given or "\\" in given or not given.isprintable():
        raise RefusedError("cli.init_bad_network", value=given)
    return "[[networks]]\n" + "\n".join(quoted) + "\n"


def _document(networks: list[str], database: str | None) -> str:
    head = "# Enhetskoll. Every key is explained in config.example.toml.\n\n"
    url = database or "sqlite:///enhetskoll.db"
    return head + "\n".join([*(_block(one) for one in networks), f'[database]\nurl = "{url}"\n'])


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _ask_networks() -> list[str]:
    """Each network of this machine by a yes, then those that only a person knows of."""
    chosen = []
    for network in own_networks():
        if typer.confirm(text("cli.init_ask_own", language(), network=network), default=True):
            site = typer.prompt(text("cli.init_ask_site", language()), default="", show_default=False)
            chosen.append(f"{network}@{site}")
    say("cli.init_ask_network")
    while answer := typer.prompt("", default="", show_default=False, prompt_suffix="> ").strip():
        try:
            _block(answer)
        except RefusedError as error:
            typer.echo(error.say(language()))
        else:
            chosen.append(answer)
    return chosen


def _ask(networks: list[str], admin: str | None) -> tuple[list[str], str]:
    """What was not given, asked for on a terminal."""
    if not _has_terminal():
        return networks, admin or "admin"
    login = text("cli.init_ask_login", language())
    return networks or _ask_networks(), admin or typer.prompt(login, default="admin")


def init(
    *,
    network: Annotated[
        list[str] | None, typer.Option("--network", help="name=CIDR@site; may be repeated.")
    ] = None,
    admin: Annotated[str | None, typer.Option("--admin", help="The first administrator's login.")] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="Where the password is.")
    ] = None,
    database: Annotated[str | None, typer.Option("--database", help="The register's URL.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write config.toml, make the register and its first administrator.  Example: enhetskoll init --network kontor=10.20.0.0/24@Stadshuset"""  # noqa: D415 -- help text
    path = chosen_path(config)
    if path.exists():
        raise RefusedError("cli.init_exists", path=str(path))
    networks, login = _ask(network or [], admin)
    if not login.strip():
        raise RefusedError("cli.init_bad_login")
    source = _document(networks, database)
    settings = parse(source, path)
    given = password_file.read_text(encoding="utf-8").strip() if password_file else None
    password = given or passwords.make()
    if wrong := passwords.complaint(password):
        raise RefusedError(wrong)
    engine = open_engine(settings.database_url)
    usual = os.umask(0o027)  # a register holds names: it is made for its owner and group alone
    try:
        migrate(engine)
    finally:
        os.umask(usual)
    with writing(engine) as session:
        root = seed(session)
        if session.exec(select(func.count()).select_from(User)).one() == 0:
            create_user(
                session,
                login=login,
                name=login,
                password=password,
                role=RoleName.ADMINISTRATOR,
                unit_id=root.id or 0,
                now=utc_now(),
            )
        sync_networks(session, settings.networks, utc_now())
    path.write_text(source, encoding="utf-8")
    path.chmod(0o640)
    say("cli.init_done", path=str(path))
    say("cli.init_login", login=login) if given else say("cli.init_password", login=login, password=password)
    say("cli.init_rights", command=scanner.grant())
    say("cli.init_next")


def upgrade(*, config: ConfigOption = None) -> None:
    """Bring the register to this version.  Example: enhetskoll upgrade"""  # noqa: D415 -- help text
    settings = load(config)
    engine = open_engine(settings.database_url)
    migrate(engine)
    with writing(engine) as session:
        seed(session)
    say("cli.upgraded")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(upgrade)
