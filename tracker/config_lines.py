"""Which line of a TOML text holds a dotted key: so that a complaint can say where."""

from __future__ import annotations

import re

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def _parts(key: str) -> list[str | int]:
    return [name or int(number) for name, number in _PART.findall(key)]


def line_of(source: str, key: str) -> int | None:
    """The line (from 1) of ``networks[1].cidr``, else of the table it should stand in, else None. Pure.

    A key of ``cidrs[0]`` is looked for as ``cidr``, too: the file may say either.
    """
    parts = _parts(key)
    if not parts:
        return None
    section = [part for part in parts[:2] if isinstance(part, str)][:1]
    number = parts[1] if len(parts) > 1 and isinstance(parts[1], int) else 0
    names = {part for part in parts[1:] if isinstance(part, str)} or set(section)
    names |= {name.removesuffix("s") for name in names}
    seen, inside, start = -1, not section, None
    for at, line in enumerate(source.splitlines(), 1):
        if table := _TABLE.match(line):
            here = table.group(2).split(".")[0] == (section[0] if section else "")
            seen += here
            inside = here and (table.group(1) == "[" or seen == number)
            start = at if inside and start is None else start
        elif (inside and line.split("=")[0].strip().strip("\"'") in names) or (
            line.split("=")[0].strip().split(".")[0] in section and seen < 0
        ):
            return at
    return start
