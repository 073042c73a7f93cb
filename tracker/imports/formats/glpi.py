"""GLPI's list of computers, printers or whatever was shown, exported as CSV: names in English or Swedish, ``;`` between.

The headers are GLPI's search options (``locales/en_GB.po``, ``sv_SE.po``); entities and places come as paths, ``Root > School``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracker.imports.formats.shape import Format

if TYPE_CHECKING:
    from tracker.imports.formats.shape import Cells

COLUMNS: dict[str, tuple[str, ...]] = {
    "tag": ("inventory number", "inventarienummer"),
    "serial": ("serial number", "serienummer"),
    "name": ("namn",),
    "vendor": ("manufacturer", "tillverkare"),
    "model": ("modell",),
    "class": ("item type", "objekttyp", "type", "typ"),
    "status": (),
    "unit": ("entity", "enhet"),
    "site": ("location", "plats", "placering"),
    "holder": ("alternate username number", "alternativt användarnummer"),
    "purchased": ("date of purchase", "inköpsdatum"),
    "note": ("comments", "kommentarer"),
}
_CLASSES = {
    "computer": "computer",
    "laptop": "computer",
    "desktop": "computer",
    "notebook": "computer",
    "tower": "computer",
    "monitor": "av",
    "bildskärm": "av",
    "network device": "network",
    "nätverksenhet": "network",
    "printer": "printer",
    "phone": "phone",
    "server": "server",
}
_DAY_FIRST = re.compile(r"(\d{1,2})[-.](\d{1,2})[-.](\d{4})(?:\s.*)?")
_YEAR_FIRST = re.compile(r"(\d{4}-\d{2}-\d{2})\s.*")
_STEP = re.compile(r"\s*>\s*")


def iso_date(text: str) -> str:
    """``15-08-2024`` and ``2024-08-15 10:00`` as ISO: GLPI writes days as its user has chosen."""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
        return f"{year:04}-{month:02}-{day:02}"
    if found := _YEAR_FIRST.fullmatch(text):
        return found[1]
    return text


def adapt(cells: Cells) -> Cells:
    """A row in our own words: the last step of an entity's path is the unit; a place below a place is a room."""
    kept = dict(cells)
    if unit := kept.get("unit"):
        kept["unit"] = _STEP.split(unit)[-1]
    if place := kept.get("site"):
        steps = _STEP.split(place)
        kept["site"] = steps[0]
        if len(steps) > 1:
            kept["room"] = " ".join(steps[1:])
    if kind := kept.get("class"):
        kept["class"] = _CLASSES.get(kind.casefold(), kind)
    if bought := kept.get("purchased"):
        kept["purchased"] = iso_date(bought)
    return kept


FORMAT = Format(
    "glpi",
    COLUMNS,
    tag=frozenset({"inventory number", "inventarienummer"}),
    marks=frozenset(
        {
            "entity", "last update", "senaste uppdatering", "update source", "alternate username", "alternativt användarnamn",
            "alternate username number", "alternativt användarnummer", "technician in charge", "group in charge",
            "immobilization number", "date of last physical inventory", "comments",
        }
    ),
    adapt=adapt,
    comes_from={"room": ("site",)},
)  # fmt: skip
