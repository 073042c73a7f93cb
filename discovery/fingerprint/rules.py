r"""The knowledge, read once: rules by (probe, key), enterprise numbers, makers, and what each class decides.

A rule in ``knowledge/*.toml``:

    [[rule]]
    probe = "http"
    key = "title"                  # a trailing * matches any ending: txt.*
    match = "^AXIS"                # a regular expression, case-insensitive, searched; or `prefix` for OIDs
    class = "camera"               # any of class, vendor, model, os, serial, sector; \\1 takes a group
    vendor = "Axis"
    weight = 0.8                   # how much it proves, 0 to 1
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FIELDS = ("class", "vendor", "model", "os", "serial", "sector")


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of knowledge. `says` maps fields to values or templates with groups."""

    name: str
    pattern: re.Pattern[str] | None
    prefix: str | None
    says: tuple[tuple[str, str], ...]
    weight: float

    def claims(self, value: str) -> dict[str, str] | None:
        """What the rule says of a value, None when it does not match."""
        if self.prefix is not None:
            bare = value.lstrip(".")
            return dict(self.says) if bare == self.prefix or bare.startswith(f"{self.prefix}.") else None
        found = self.pattern.search(value) if self.pattern else None
        if found is None:
            return None
        return {name: found.expand(template).strip() for name, template in self.says}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything known.

    Attributes:
        rules: by (probe, key).
        enterprises: IANA private enterprise number → maker.
        makers: beginning of a registry name, lower case → (maker, class or None); an empty maker means a chip or
            module maker, whose number says nothing about the device.
        classes: class → is_iot.
    """

    rules: dict[tuple[str, str], tuple[Rule, ...]]
    enterprises: dict[str, str]
    makers: tuple[tuple[str, str, str | None], ...]
    classes: dict[str, bool | None]


def _rule(source: str, number: int, fields: dict[str, Any]) -> Rule:
    says = tuple((name, str(fields[name])) for name in FIELDS if name in fields)
    pattern = re.compile(fields["match"], re.IGNORECASE) if "match" in fields else None
    return Rule(f"{source}#{number}", pattern, fields.get("prefix"), says, float(fields.get("weight", 0.7)))


@cache
def knowledge() -> Knowledge:
    """The packaged knowledge."""
    rules: dict[tuple[str, str], list[Rule]] = {}
    tables: dict[str, dict[str, Any]] = {"enterprise": {}, "class": {}}
    makers: list[tuple[str, str, str | None]] = []
    for path in sorted(files("discovery.fingerprint").joinpath("knowledge").iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".toml"):
            continue
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, fields in enumerate(document.get("rule", []), 1):
            made = _rule(path.name.removesuffix(".toml"), number, fields)
            rules.setdefault((fields["probe"], fields["key"]), []).append(made)
        for name, table in tables.items():
            table.update(document.get(name, {}))
        makers += [(m["starts"], m.get("vendor", ""), m.get("class")) for m in document.get("maker", [])]
    iot = {name: {"yes": True, "no": False}.get(word) for name, word in tables["class"].items()}
    return Knowledge(
        {place: tuple(found) for place, found in rules.items()}, tables["enterprise"], tuple(makers), iot
    )
