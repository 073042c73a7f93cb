"""``python -m discovery survey|sweep|watch|plan|rights|identify``: JSON lines in and out; no register is needed.

Exit codes: 0 done, 1 failed, 2 bad usage or configuration. An operator's tool, so it speaks English.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pydantic import ValidationError

from discovery import lines, logs
from discovery.clock import utc_now
from discovery.dropping import drop
from discovery.errors import DiscoveryError, NotPermittedError
from discovery.narrowing import from_document, narrowed
from discovery.scope import Scope, complaints
from discovery.settings import MAX_CONFIG, DiscoverySettings, NetworkSettings, read_toml
from discovery.sweeps import Stop
from discovery.sweeps.figures import ports_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discovery.sweeps import Swept
    from discovery.wire import AsyncWire

MEGABYTE = 1024 * 1024


class UsageError(Exception):
    """The command line or the configuration cannot be used; the text says what, where and what to do."""


def _settings(path: Path | None, cidrs: Sequence[str]) -> DiscoverySettings:
    try:
        document = read_toml(path) if path else {}
        if cidrs:
            document["networks"] = [{"name": cidr, "cidr": cidr} for cidr in cidrs]
        settings = DiscoverySettings.from_document(document)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise UsageError("\n".join(found)) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error
    wrong = [f"{c.key}: {c.code} ({', '.join(f'{k} {v}' for k, v in c.data)})" for c in complaints(settings)]
    if wrong:
        raise UsageError("\n".join(wrong))
    return settings


def _narrowed(settings: DiscoverySettings, *, asked: bool) -> tuple[DiscoverySettings, frozenset[str]]:
    """The settings as the document on standard input narrows them, where one is announced; and who is fragile."""
    if not asked:
        return settings, frozenset()
    try:
        document = from_document(sys.stdin.read(MAX_CONFIG))
        return narrowed(settings, document.narrowings), frozenset(document.fragile)
    except ValueError as error:
        raise UsageError("standard input is no narrowing document; nothing is sent") from error


def _chosen(settings: DiscoverySettings, names: Sequence[str]) -> list[NetworkSettings]:
    unknown = set(names) - {network.name for network in settings.networks}
    if unknown:
        raise UsageError(f"no network is called {', '.join(sorted(unknown))}")
    chosen = [network for network in settings.networks if not names or network.name in names]
    if not chosen:
        raise UsageError("no network to look at: give a CIDR or a --config with [[networks]]")
    return chosen


def _limit(settings: DiscoverySettings) -> None:
    """Bound this process: a hostile device may cost a scan, never the machine, nor gain its rights."""
    drop()
    memory = settings.limits.memory_mb * MEGABYTE
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stop_on_signals(stop: Stop) -> None:
    def end(*_: object) -> None:
        stop.ask("stopped")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _survey(args: argparse.Namespace, out: TextIO) -> None:
    from discovery.survey import Run, survey  # noqa: PLC0415 -- probes are not needed to sweep or to complain

    settings, fragile = _narrowed(_settings(args.config, args.cidrs), asked=args.narrow)
    networks = _chosen(settings, args.network)
    _limit(settings)
    stop = Stop()
    _stop_on_signals(stop)

    def emit(line: lines.Line) -> None:
        print(lines.to_line(line), file=out, flush=True)

    run = Run(settings, args.survey or uuid.uuid4().hex, args.observer, utc_now, stop, emit, fragile)
    asyncio.run(survey(run, networks))


def _plan(args: argparse.Namespace, out: TextIO) -> None:
    from dataclasses import asdict  # noqa: PLC0415 -- this command only

    from discovery.foretelling import foretell  # noqa: PLC0415 -- this command only
    from discovery.interfaces import ethernet, links, on_link  # noqa: PLC0415 -- this command only
    from discovery.on_link import neighbourhood  # noqa: PLC0415 -- this command only
    from discovery.permitted import rights  # noqa: PLC0415 -- this command only
    from discovery.plan import Here, Lost, plan  # noqa: PLC0415 -- this command only
    from discovery.sweeps import neighbour  # noqa: PLC0415 -- this command only

    settings, _ = _narrowed(_settings(args.config, args.cidrs), asked=args.narrow)
    networks = _chosen(settings, args.network)
    interfaces = ethernet()
    linked = frozenset(cidr for n in networks for cidr in n.cidrs if on_link(cidr, interfaces))
    wide = links()
    around = {n.name: near for n in networks if (near := neighbourhood(settings, n, interfaces, wide))}
    here = Here(linked, rights(), around)
    for planned in plan(settings, networks, here):
        kind = "lost" if isinstance(planned, Lost) else "plan"
        print(lines.dump(kind, asdict(planned)), file=out)
    for network in networks:
        if (told := foretell(settings, network, here, neighbour.most())) is not None:
            print(lines.dump("duration", asdict(told)), file=out)


def _rights(_: argparse.Namespace, out: TextIO) -> None:
    from dataclasses import asdict  # noqa: PLC0415 -- this command only

    from discovery.permitted import rights  # noqa: PLC0415 -- this command only

    print(lines.dump("rights", asdict(rights())), file=out)


def _arp(args: argparse.Namespace, network: NetworkSettings, scope: Scope, rate: int, stop: Stop) -> Swept:
    from discovery.interfaces import ethernet, on_link  # noqa: PLC0415 -- this command only
    from discovery.sweeps import arp  # noqa: PLC0415 -- this command only

    candidates = [i for i in ethernet() if args.interface in {None, i.name}]
    interface = on_link(network.cidrs[0], candidates)
    if interface is None:
        raise UsageError(
            f"no interface of this machine is on the link of {network.cidrs[0]}; ARP does not pass routers"
        )
    return arp.sweep(scope.targets(network.cidrs), interface, rate, stop)  # type: ignore[arg-type]


async def _routed(
    method: str, network: NetworkSettings, wire: AsyncWire, targets: list[str], stop: Stop
) -> Swept:
    from discovery.sweeps import icmp, tcp  # noqa: PLC0415 -- this command only

    if method == "icmp":
        return await icmp.sweep(targets, wire, stop)
    return await tcp.sweep(targets, ports_for(network.ports), wire, stop)


def _sweep_one(
    args: argparse.Namespace, settings: DiscoverySettings, network: NetworkSettings, stop: Stop
) -> Swept:
    from discovery.pacing import Pacer  # noqa: PLC0415 -- this command only
    from discovery.wire import AsyncWire  # noqa: PLC0415 -- this command only

    scope = Scope(network.cidrs, settings.scope.never)
    rate = args.rate or settings.limits.rate
    if args.method == "arp":
        return _arp(args, network, scope, rate, stop)
    wire = AsyncWire(scope, Pacer(rate, settings.limits.host_rate))
    targets = [str(ip) for ip in scope.targets(network.cidrs)]
    return asyncio.run(_routed(args.method, network, wire, targets, stop))


def _sweep(args: argparse.Namespace, out: TextIO) -> None:
    from discovery.coverage import Coverage  # noqa: PLC0415 -- this command only

    settings = _settings(args.config, args.cidrs)
    _limit(settings)
    stop = Stop()
    _stop_on_signals(stop)
    for network in settings.networks:
        started = utc_now()
        swept = _sweep_one(args, settings, network, stop)
        for answer in swept.answers:
            ports = sorted(answer.open_ports)
            fields = {"ip": answer.ip, "mac": answer.mac, "method": args.method, "ports": ports}
            print(lines.dump("host", fields), file=out)
        methods = (swept.method,)
        covered = Coverage(
            "sweep", args.observer, network.name, None, started, utc_now(), methods, swept.packets
        )
        print(lines.to_line(covered), file=out)


def _watch(args: argparse.Namespace, out: TextIO) -> None:
    from discovery.interfaces import ethernet  # noqa: PLC0415 -- this command only
    from discovery.passive.listening import Listening  # noqa: PLC0415 -- this command only
    from discovery.passive.watch import tell, watch  # noqa: PLC0415 -- this command only

    settings, _ = _narrowed(_settings(args.config, args.cidrs), asked=args.narrow)
    networks = _chosen(settings, args.network)
    _limit(settings)
    stop = Stop()
    _stop_on_signals(stop)
    links = [one.ip.network for one in ethernet() if one.name == args.interface]
    listening = Listening(settings, networks, links)
    started = utc_now()
    watch(args.interface, args.seconds, listening, stop)
    survey = args.survey or uuid.uuid4().hex

    def emit(line: lines.Line) -> None:
        print(lines.to_line(line), file=out, flush=True)

    tell(listening, survey, args.observer, started, utc_now(), emit)


def _identify(_: argparse.Namespace, out: TextIO) -> None:
    from discovery.identifying import identify_line  # noqa: PLC0415 -- the knowledge is read for this command only

    for line in sys.stdin:
        if line.strip():
            print(json.dumps(identify_line(line), ensure_ascii=True, separators=(",", ":")), file=out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m discovery",
        description="Look at networks; JSON lines on standard output.",
        epilog="example: python -m discovery survey --config config.toml --network office",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, act, text in (
        ("survey", _survey, "sweep, harvest, probe: sightings, progress and coverage"),
        ("plan", _plan, "what a survey would send to whom; sends nothing"),
        ("watch", _watch, "listen for DHCP, ARP, mDNS and SSDP, then tell who was heard; sends nothing"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("cidrs", nargs="*", metavar="CIDR")
        one.add_argument(
            "--network", action="append", default=[], help="a configured network's name; may be repeated"
        )
        one.add_argument("--survey", help="the run's id")
        one.add_argument(
            "--narrow",
            action="store_true",
            help="read a document on standard input that narrows the networks",
        )
        one.set_defaults(act=act)
    sweep = commands.add_parser("sweep", help="who answers")
    sweep.add_argument("cidrs", nargs="+", metavar="CIDR")
    sweep.add_argument("--method", choices=("arp", "icmp", "tcp"), default="arp")
    sweep.add_argument("--interface")
    sweep.add_argument("--rate", type=int, help="packets per second")
    sweep.set_defaults(act=_sweep)
    commands.choices["watch"].add_argument("--interface", required=True)
    commands.choices["watch"].add_argument(
        "--seconds", type=float, default=900.0, help="how long to listen before telling"
    )
    identify = commands.add_parser("identify", help="evidence lines in, identity lines out")
    identify.set_defaults(act=_identify)
    commands.add_parser("rights", help="which sweeps this process may make").set_defaults(act=_rights)
    for one in commands.choices.values():
        one.add_argument("--config", type=Path)
        one.add_argument("--out", type=Path, help="write here instead of to standard output")
        one.add_argument("--observer", default="local", help="the name of this probe machine")
    return parser


def _complain(said: str, code: int) -> int:
    for line in said.splitlines():
        sys.stderr.write(f"python -m discovery: {line}\n")
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = _parser().parse_args(argv)
    logs.begin(sys.stderr)
    try:
        if args.out is None:
            args.act(args, sys.stdout)
        else:
            with args.out.open("w", encoding="utf-8") as out:
                args.act(args, out)
    except UsageError as error:
        return _complain(str(error), 2)
    except NotPermittedError as error:
        return _complain(f"the system does not permit this: {error.what} is missing", 1)
    except (DiscoveryError, OSError) as error:
        return _complain(str(error), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
