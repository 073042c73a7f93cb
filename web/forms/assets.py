"""The form of an asset's own fields: as it is filled in, as a command, and what becomes of it when someone was faster."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.errors import TrackerError
from tracker.movements.asset_fields import EditAsset
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

    from tracker.queries.editing import EditPage

FIELDS = (
    "tag",
    "name",
    "vendor",
    "model",
    "serials",
    "macs",
    "dock_macs",
    "place",
    "expected_online",
    "purchased_on",
    "price",
    "warranty_ends",
    "support_ends",
    "note",
)
"""What the form holds of the asset, in its order."""
LONGEST = {"tag": 40, "vendor": 80, "model": 120, "serials": 400, "macs": 400, "dock_macs": 400}
DAYS = ("purchased_on", "warranty_ends", "support_ends")
_SPLIT = {
    "serials": re.compile(r"[,;\n]+"),
    "macs": re.compile(r"[\s,;]+"),
    "dock_macs": re.compile(r"[\s,;]+"),
}
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?(?:kr|:-)?")
ORE = 100


def price_text(ore: int | None) -> str:
    """Öre as kronor are written in a field: ``4995`` or ``4995,50``."""
    if ore is None:
        return ""
    kronor, rest = divmod(ore, ORE)
    return f"{kronor},{rest:02d}" if rest else str(kronor)


def place_value(site_id: int | None, room_id: int | None) -> str:
    """A site or a room as the one choice of the form: ``s3``, ``r7``, or nothing."""
    if room_id is not None:
        return f"r{room_id}"
    return f"s{site_id}" if site_id is not None else ""


def filled(page: EditPage) -> dict[str, str]:
    """The form as the asset stands."""
    asset, model = page.asset, page.model
    days = {name: getattr(asset, name) for name in DAYS}
    return {
        "tag": asset.tag,
        "name": asset.name or "",
        "vendor": model.vendor if model is not None else "",
        "model": model.name if model is not None else "",
        "serials": ", ".join(page.values("serials")),
        "macs": " ".join(page.values("macs")),
        "dock_macs": " ".join(page.values("dock_macs")),
        "place": place_value(asset.site_id, asset.room_id),
        "expected_online": "yes" if asset.expected_online else "",
        "price": price_text(asset.price_ore),
        "note": asset.note or "",
        **{name: day.isoformat() if day is not None else "" for name, day in days.items()},
    }


def sent(form: Mapping[str, str]) -> dict[str, str]:
    """What was written; a browser sends the lines of a text with carriage returns."""
    return {name: form.get(name, "").replace("\r\n", "\n") for name in FIELDS}


def was(form: Mapping[str, str]) -> dict[str, str]:
    """What the form showed when it was opened."""
    return {name: form.get(f"was_{name}", "").replace("\r\n", "\n") for name in FIELDS}


def merged(
    written: Mapping[str, str], opened: Mapping[str, str], now: Mapping[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    """What the form shows when someone was faster: their values where one wrote nothing, one's own where one did. Pure.

    Returns:
        the values, and the fields that both have changed, to different values.
    """
    values = {name: written[name] if written[name] != opened[name] else now[name] for name in FIELDS}
    both = {name for name in FIELDS if now[name] != opened[name] and values[name] != now[name]}
    return values, frozenset(both)


def _days(form: MultiDict[str, str], wrong: dict[str, TrackerError]) -> dict[str, date | None]:
    found: dict[str, date | None] = {}
    for name in DAYS:
        said = form.get(name, "").strip()
        try:
            found[name] = date.fromisoformat(said) if said else None
        except ValueError:
            wrong[name] = TrackerError("queue.bad_day", value=said[:20])
    return found


def _price(form: MultiDict[str, str], wrong: dict[str, TrackerError]) -> int | None:
    said = "".join(form.get("price", "").split()).casefold()
    read = _PRICE.fullmatch(said)
    if said and read is None:
        wrong["price"] = TrackerError("editing.bad_price")
    if read is None:
        return None
    return int(read[1]) * ORE + int((read[2] or "0").ljust(2, "0"))


def _place(form: MultiDict[str, str], wrong: dict[str, TrackerError]) -> dict[str, int | None]:
    """The site, or the room, which says its site."""
    said = form.get("place", "")
    if not said:
        return {"site_id": None, "room_id": None}
    kind, digits = said[:1], said[1:]
    if kind not in {"s", "r"} or not (digits.isascii() and digits.isdecimal() and len(digits) < 19):  # noqa: PLR2004 -- 64 bits
        wrong["place"] = TrackerError("editing.no_site")
        return {}
    return {"room_id": int(digits)} if kind == "r" else {"site_id": int(digits), "room_id": None}


def _list(form: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(one for one in _SPLIT[name].split(form.get(name, "")[: LONGEST[name]]) if one.strip())


def edit(form: MultiDict[str, str], asset_id: int) -> tuple[EditAsset, dict[str, TrackerError]]:
    """The asset as it should be, and what is wrong with a day, a price or a place that cannot be read.

    Cells that are too long are cut as the form's own fields cut them.
    """
    wrong: dict[str, TrackerError] = {}
    days, price, place = _days(form, wrong), _price(form, wrong), _place(form, wrong)
    kind = form.get("device_class", "")
    command = EditAsset(
        asset_id=asset_id,
        version=number(form, "version") or 0,
        tag=(line(form, "tag") or "")[: LONGEST["tag"]],
        relabelled="relabelled" in form,
        name=form.get("name"),
        vendor=(line(form, "vendor") or "")[: LONGEST["vendor"]],
        model=(line(form, "model") or "")[: LONGEST["model"]],
        new_model="new_model" in form,
        device_class=DeviceClass(kind) if kind in set(DeviceClass) else DeviceClass.UNKNOWN,
        serials=_list(form, "serials"),
        macs=_list(form, "macs"),
        dock_macs=_list(form, "dock_macs"),
        price_ore=price,
        expected_online="expected_online" in form,
        note=form.get("note", "").replace("\r\n", "\n"),
        request_id=request_id(form),
        **place,
        **days,
    )
    return command, wrong
