"""Which Python runs the scanner, and how it alone is given the right to send raw frames.

A capability on the Python of everything would let every script of the machine open raw sockets. A copy in the virtual
environment, which only the service's group may run, carries it instead.
"""

from __future__ import annotations

import grp
import os
import shlex
import sys
from pathlib import Path

NAME = "enhetskoll-scanner"


def own() -> Path:
    """Where the scanner's own Python is, or would be: beside the one that runs now."""
    return Path(sys.executable).with_name(NAME)


def executable() -> str:
    """The Python that runs the scanner: its own where there is one that may be run, else this one."""
    return str(own()) if own().is_file() and os.access(own(), os.X_OK) else sys.executable


def grant() -> str:
    """The one line that gives CAP_NET_RAW (capabilities(7)) to the scanner alone."""
    python, scanner = shlex.quote(str(Path(sys.executable).resolve())), shlex.quote(str(own()))
    try:
        group = grp.getgrgid(os.getgid()).gr_name
    except KeyError:  # a group without a name, as containers have
        group = str(os.getgid())
    install = f"sudo install -o root -g {shlex.quote(group)} -m 0750 {python} {scanner}"
    return f"{install} && sudo setcap cap_net_raw+ep {scanner}"
