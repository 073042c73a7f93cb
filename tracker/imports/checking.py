"""One row's cells into checked values, or complaints that name the column. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from discovery.address import normalise_mac, normalise_serial
from discovery.sighting import DeviceClass
from tracker.errors import TrackerError
from tracker.facts import Identifier
from tracker.personal_numbers import holds_personal_number
from tracker.texts import text
from tracker.words import AssetStatus, IdentifierKind, Language

if TYPE_CHECKING:
    from tracker.imports.reading import Row

_Word = TypeVar("_Word", bound=StrEnum)
_TAG = re.compile(r"[\w.\-/]{1,40}")
_DATES = (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), re.compile(r"(\d{4})(\d{2})(\d{2})"))
_CURRENCY = re.compile(r"[\s']|kr\.?|sek|:-")
_PRICE = re.compile(r"(?P<kronor>\d{1,3}(?:[.,]\d{3}){1,2}|\d{1,7})(?:[.,](?P<rest>\d{1,2}))?")
"""Three figures behind a mark are thousands, one or two are öre."""
_SPLIT = re.compile(r"[\s,|]+")
_STATUS = {
    "i bruk": AssetStatus.IN_USE,
    "i lager": AssetStatus.IN_STOCK,
    "lager": AssetStatus.IN_STOCK,
    "utlämnad": AssetStatus.HANDED_OUT,
    "återlämnad": AssetStatus.RETURNED,
    "på reparation": AssetStatus.IN_REPAIR,
    "uttagen ur bruk": AssetStatus.RETIRED,
    "avvecklad": AssetStatus.DISPOSED,
    "stulen": AssetStatus.STOLEN,
    "förlorad": AssetStatus.LOST,
    "reserverad": AssetStatus.RESERVED,
    "beställd": AssetStatus.ORDERED,
}
_CLASSES = {
    "dator": DeviceClass.COMPUTER,
    "bärbar dator": DeviceClass.COMPUTER,
    "telefon": DeviceClass.PHONE,
    "surfplatta": DeviceClass.TABLET,
    "skrivare": DeviceClass.PRINTER,
    "kamera": DeviceClass.CAMERA,
    "nätverk": DeviceClass.NETWORK,
    "switch": DeviceClass.NETWORK,
    "lagring": DeviceClass.STORAGE,
    "passersystem": DeviceClass.ACCESS_CONTROL,
    "fastighetsautomation": DeviceClass.BUILDING_AUTOMATION,
    "ups": DeviceClass.POWER,
}


@dataclass(slots=True)
class Checked:
    """A row's values; `complaints` by column, empty when the row can be stored. What names another row is still as written."""

    number: int
    tag: str = ""
    identifiers: set[Identifier] = field(default_factory=set)
    vendor: str = ""
    model: str = ""
    device_class: str = ""
    status: str = ""
    unit: str = ""
    site: str = ""
    room: str = ""
    holder: str = ""
    name: str = ""
    note: str = ""
    purchased: date | None = None
    price: int | None = None
    """In öre."""
    warranty_ends: date | None = None
    support_ends: date | None = None
    model_support_ends: date | None = None
    support_basis: str = ""
    complaints: list[tuple[str, TrackerError]] = field(default_factory=list)

    def complain(self, column: str, code: str, **data: object) -> None:
        """Note what is wrong with a cell."""
        self.complaints.append((column, TrackerError(code, **data)))


def _date(checked: Checked, column: str, text: str) -> date | None:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            try:
                return date(*(int(part) for part in found.groups()))
            except ValueError:
                break
    if text:
        checked.complain(column, "imports.bad_date", value=text[:40])
    return None


def price_text(ore: int | None) -> str:
    """Öre as kronor: ``4995`` or ``4995,50``; nothing for none."""
    if ore is None:
        return ""
    kronor, rest = divmod(ore, 100)
    return f"{kronor},{rest:02d}" if rest else str(kronor)


def _price(checked: Checked, text: str) -> int | None:
    """Öre, of kronor as Swedish and English spreadsheets write them: ``4 995,50``, ``4,995.50 kr``."""
    said = _CURRENCY.sub("", text.casefold())
    found = _PRICE.fullmatch(said)
    if found:
        kronor = int(re.sub(r"\D", "", found["kronor"]))
        return kronor * 100 + int((found["rest"] or "0").ljust(2, "0"))
    if said:
        checked.complain("price", "imports.bad_price", value=text[:40])
    return None


def _identifiers(checked: Checked, cells: dict[str, str]) -> None:
    if serial := cells.get("serial", ""):
        good = normalise_serial(serial)
        if good is None:
            checked.complain("serial", "imports.junk_serial", value=serial[:40])
        else:
            checked.identifiers.add((IdentifierKind.SERIAL, good[:160]))
    for said in _SPLIT.split(cells.get("mac", "")):
        if said and (mac := normalise_mac(said)) is not None:
            checked.identifiers.add((IdentifierKind.MAC, mac))
        elif said:
            checked.complain("mac", "imports.bad_mac", value=said[:40])


@cache
def _labels(area: str, words: type[_Word]) -> dict[str, _Word]:
    """Each word by its own value and by what our pages and exports call it, in every language."""
    called = {
        text(f"words.{area}.{word.value.replace('-', '_')}", language).casefold(): word
        for language in Language
        for word in words
    }
    return called | {word.value: word for word in words}


def status_of(written: str) -> AssetStatus | None:
    """Our status for a word, ours or Swedish; None when it is unknown."""
    said = written.casefold()
    return _STATUS.get(said) or _labels("asset_status", AssetStatus).get(said)


def class_of(written: str) -> DeviceClass | None:
    """Our kind of device for a word, ours or Swedish; None when it is unknown."""
    said = written.casefold()
    return _CLASSES.get(said) or _labels("device_class", DeviceClass).get(said)


def check(row: Row) -> Checked:
    """The row's values and what is wrong with them."""
    cells = row.cells
    checked = Checked(row.number, tag=cells.get("tag", ""))
    if not _TAG.fullmatch(checked.tag):
        checked.complain(
            "tag", "imports.bad_tag" if checked.tag else "imports.no_tag", value=checked.tag[:40]
        )
    _identifiers(checked, cells)
    checked.device_class = cells.get("class", "")
    checked.price = _price(checked, cells.get("price", ""))
    for column in ("purchased", "warranty_ends", "support_ends", "model_support_ends"):
        setattr(checked, column, _date(checked, column, cells.get(column, "")))
    for column, most in (
        ("status", 80),
        ("vendor", 80),
        ("model", 120),
        ("unit", 120),
        ("site", 120),
        ("room", 80),
        ("holder", 120),
        ("name", 120),
        ("note", 1000),
        ("support_basis", 200),
    ):
        value = cells.get(column, "")
        if len(value) > most:
            checked.complain(column, "imports.too_long", most=most)
        setattr(checked, column, value[:most])
    for column in ("holder", "name", "note"):
        if holds_personal_number(cells.get(column, "")):
            checked.complain(column, "imports.personal_number")
    return checked
