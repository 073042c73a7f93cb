"""What Snipe-IT's three files share: their words for status and kind, and whose a unit is. Pure.

Headers and words from Snipe-IT's own language files, en-US and sv-SE of several years (``AssetPresenter``,
``ReportsController``, ``Importer``); sv-SE calls the asset's name *Företagsnamn* and once called its tag a *märkning*.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.imports.formats.shape import Cells

TAG = frozenset({"asset tag", "tillgångstagg", "märkning av tillgångar", "asset_tag"})
SHARED: dict[str, tuple[str, ...]] = {
    "tag": (*TAG, "assettag"),
    "serial": ("serienummer", "serie", "serial number", "serial no.", "serial_number"),
    "vendor": ("manufacturer", "tillverkare"),
    "model": ("modell", "model name", "modellnamn", "asset_model", "model_name"),
    "class": ("category", "kategori"),
    "status": ("status label",),
    "company": ("företag",),
    "department": ("avdelning",),
    "site": ("location", "plats"),
    "note": ("notes", "anteckningar", "asset notes", "asset_notes", "tillgång noteringar"),
    "name": ("asset name", "företagsnamn", "item name", "item_name", "tillgång namn", "objektnamn"),
}
"""Columns of more than one of the files."""

COMES_FROM = {"unit": ("company", "department")}

_META = re.compile(
    r"[\s(]+(deployed|deployable|pending|undeployable|archived|används|utplacerad|arkiverad|väntande)\)?$"
)
_DEPLOYED = frozenset({"deployed", "används", "utplacerad", "utlämnad"})
_STATUS = {
    "ready to deploy": "in_stock",
    "redo att distribuera": "in_stock",
    "deployable": "in_stock",
    "archived": "retired",
    "arkiverad": "retired",
    "out for diagnostics": "in_repair",
    "out for repair": "in_repair",
    "broken - not fixable": "retired",
    "lost": "lost",
    "stolen": "stolen",
}
"""The labels that Snipe-IT is delivered with; a municipality's own are asked about, and so is Lost/Stolen, which is two."""
_CLASSES = {
    "laptops": "computer",
    "laptop": "computer",
    "desktops": "computer",
    "desktop": "computer",
    "bärbara datorer": "computer",
    "chromebooks": "chromebook",
    "tablets": "tablet",
    "surfplattor": "tablet",
    "mobile phones": "phone",
    "mobiltelefoner": "phone",
    "displays": "av",
    "skärmar": "av",
    "voip phones": "voip",
    "conference phones": "voip",
    "printers": "printer",
    "skrivare": "printer",
    "servers": "server",
    "cameras": "camera",
    "kameror": "camera",
}
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:\s.*)?")
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T].*")
_CENTURY = 2000
_FOREIGN = re.compile(r"[$€£]|USD|EUR|GBP")
"""A price in another currency, or in Snipe-IT's default one that nobody changed: which of them it is cannot be told, so it is left out."""


def iso_date(text: str) -> str:
    """A date as Snipe-IT may have written it: ISO with a time behind it, or the American ``1/23/23``."""
    if found := _US_DATE.fullmatch(text):
        month, day, year = (int(part) for part in found.groups())
        return f"{year if year > _CENTURY // 2 else _CENTURY + year:04}-{month:02}-{day:02}"
    if found := _DATE_TIME.fullmatch(text):
        return found[1]
    return text


def status_word(text: str, *, is_out: bool) -> str:
    """Our word for a status label; one that only the municipality knows comes back as it is.

    Args:
        text: the label, perhaps with what it means in brackets or behind a space.
        is_out: whether the row says that somebody has it.
    """
    said = " ".join(text.casefold().replace("\u2013", "-").split())
    meta = _META.search(said)
    label = said[: meta.start()].strip() if meta else said
    if (meta and meta[1] in _DEPLOYED) or label in _DEPLOYED or (is_out and _STATUS.get(label) == "in_stock"):
        return "handed_out" if is_out else "in_use"
    return _STATUS.get(label, _STATUS.get(meta[1], label) if meta else text)


def adapt(cells: Cells) -> Cells:
    """A row in our own words: the company owns it, else the department; an employee number is whose it is."""
    kept = {name: text for name, text in cells.items() if name not in {"company", "department", "type"}}
    if unit := cells.get("company") or cells.get("department"):
        kept["unit"] = unit
    if status := cells.get("status"):
        kept["status"] = status_word(status, is_out=bool(cells.get("holder")))
    if kind := cells.get("class"):
        kept["class"] = _CLASSES.get(kind.casefold(), kind)
    if _FOREIGN.search(kept.get("price", "")):
        del kept["price"]
    for column in ("purchased", "warranty_ends", "support_ends"):
        if column in kept:
            kept[column] = iso_date(kept[column])
    return kept
