"""``rights``: what the scanner may send on this machine, and the one line that gives it the right."""

from __future__ import annotations

import json
import subprocess

import typer

from tracker import scanner
from tracker.cli.running import JsonOption, language, say
from tracker.errors import RefusedError
from tracker.texts import text

SWEEPS = ("arp", "icmp")


def held() -> dict[str, bool]:
    """Which sweeps the scanner may make, as the Python that would make them finds out.

    Raises:
        RefusedError: it does not run.
    """
    words = [scanner.executable(), "-m", "discovery", "rights"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- a fixed list
    if done.returncode != 0:
        raise RefusedError("scans.survey_failed", said=done.stderr.strip()[-400:])
    said = json.loads(done.stdout)
    return {name: bool(said[name]) for name in SWEEPS}


def rights(*, as_json: JsonOption = False) -> None:
    """Say what the scanner may send here, and how to give it the right.  Example: enhetskoll rights"""  # noqa: D415 -- help text
    found = held()
    if as_json:
        typer.echo(json.dumps({"v": 1, "type": "rights", **found}))
        return
    for name, is_held in found.items():
        method = text(f"scanpages.method.{name}", language())
        if is_held:
            say("cli.right_held", method=method)
        else:
            reason, cost = (
                text("scanpages.reason.not_permitted", language()),
                text(f"cli.lost.{name}", language()),
            )
            say("cli.right_missing", method=method, reason=reason, cost=cost)
    if not all(found.values()):
        say("cli.right_grant", command=scanner.grant())


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rights)
