"""The door to nmap: one host at a time, a fixed set of options, an outer clock and bounds on memory and output.

What is measured of nmap 7.93 stands behind each bound: a string among the targets becomes an option, one endless HTTP stream
kept ``-sV`` going past its own ``--host-timeout`` (1,075 s, 2.1 GB), and its version probes do not heed ``--max-rate``. So a
target is an address object and goes to standard input, and the whole process group ends by our clock.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING

from discovery.errors import OutOfScopeError, ToolMissingError
from discovery.nmap_report import MAX_REPORT
from discovery.scope import FORBIDDEN_TCP, HIGHEST_PORT

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence

MEGABYTE = 1024 * 1024
ENDING_S = 5.0
"""Seconds for a killed process to be gone."""
DATA = Path(__file__).parent / "nmap_data"
"""An own folder of nmap's data with an empty list of scripts: ``-sV`` alone would run those of the category "version"."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may cost.

    Attributes:
        host_s: seconds nmap gives the host by itself; `outer_s` seconds after which it is ended.
        memory: bytes of address space.
    """

    host_s: int = 40
    outer_s: float = 50.0
    memory: int = 512 * MEGABYTE


def find(program: str) -> str:
    """The program's path.

    Raises:
        ToolMissingError: there is none, or the list that keeps its scripts out is gone.
    """
    found = shutil.which(program)
    if found is None or not (DATA / "scripts" / "script.db").is_file():
        raise ToolMissingError(program)
    return found


def arguments(program: str, ports: Sequence[int], rate: int, host_s: int) -> list[str]:
    """The words nmap is started with; no target is among them.

    Raises:
        OutOfScopeError: a port on which a printer prints, or none at all.
        ValueError: no port is given, which nmap would take for a thousand.
    """
    if not ports:
        raise ValueError("no port")
    for port in ports:
        if port in FORBIDDEN_TCP or not 0 < port <= HIGHEST_PORT:
            raise OutOfScopeError(str(port), "forbidden-port")
    return [
        program,
        *("-n", "-Pn", "--unprivileged", "-sT", "-sV", "--version-intensity", "2"),
        *("-p", "T:" + ",".join(str(port) for port in sorted(set(ports)))),
        *("--max-rate", str(rate), "--max-retries", "1", "--host-timeout", f"{host_s}s"),
        *("--noninteractive", "--no-stylesheet", "--datadir", str(DATA), "-oX", "-", "-iL", "-"),
    ]


async def _read(process: Process, address: IPv4Address | IPv6Address, into: bytearray) -> None:
    if process.stdin is None or process.stdout is None:  # pragma: no cover -- both are pipes
        return
    with suppress(OSError):
        process.stdin.write(f"{address}\n".encode("ascii"))
        await process.stdin.drain()
        process.stdin.close()
    while len(into) < MAX_REPORT:
        data = await process.stdout.read(65_536)
        if not data:
            await process.wait()
            return
        into += data


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        await asyncio.wait_for(_emptied(process), ENDING_S)


async def _emptied(process: Process) -> None:
    # asyncio tells of an end once the pipes are at theirs, and does not read on while its buffer is full.
    while process.stdout is not None and await process.stdout.read(65_536):
        pass
    await process.wait()


async def run(
    program: str,
    address: IPv4Address | IPv6Address,
    ports: Sequence[int],
    rate: int,
    bounds: Bounds,
) -> tuple[bytes, bool]:
    """Ask one host's open ports what they are; the report so far, and whether it was cut short.

    Raises:
        OutOfScopeError, ValueError: see `arguments`.
        OSError: the program cannot be started.
    """
    if not isinstance(address, IPv4Address | IPv6Address):
        raise TypeError(address)
    words = arguments(program, ports, rate, bounds.host_s)
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LC_ALL": "C", "PATH": os.defpath},
        start_new_session=True,
    )
    report = bytearray()
    try:
        # Lowered from outside: code between fork and exec is not safe beside threads.
        with suppress(OSError, ValueError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (bounds.memory, bounds.memory))
            # Also where we are killed ourselves and cannot end it.
            seconds = int(bounds.outer_s) + 1
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
        await asyncio.wait_for(_read(process, address, report), bounds.outer_s)
    except TimeoutError:
        return bytes(report), True
    finally:
        await _end(process)
    return bytes(report), process.returncode != 0
