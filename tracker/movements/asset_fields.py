"""What an edit of an asset means: each field that it gives checked against the register, with its complaint beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from discovery.address import AddressQuality, normalise_mac, normalise_serial, quality
from discovery.sighting import DeviceClass
from tracker.errors import InvalidError, TrackerError
from tracker.personal_numbers import holds_personal_number
from tracker.queries.editing import EDITABLE, identifiers_of
from tracker.queries.reach import unit_path
from tracker.swedish import sort_key
from tracker.tables import Asset, AssetIdentifier, DeviceModel, Room, Site
from tracker.tables.assets import ASSET_KEY
from tracker.words import IdentifierKind, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tracker.roles import Viewer

TAG = re.compile(r"[\w.\-/]{1,40}")
MOST = {"name": 120, "note": 1000, "vendor": 80, "model": 120}
"""Characters of each text."""
MOST_PRICE = 1_000_000_000
"""Öre: ten million kronor; a column holds no more than twice that."""
_PLAIN = ("purchased_on", "warranty_ends", "support_ends", "expected_online")


class EditAsset(BaseModel):
    """An asset's own fields as they shall be. A field that is not given is left as it is; None takes its value away.

    Whose it is and how it stands are not among them: they change by transfer, handover and return.

    Attributes:
        version: as the page showed it.
        relabelled: the tag stands on a label on the thing itself; a new one is taken only with this word that it is put on.
        new_model: a model that the register does not know is added; without it an unknown one is taken for a slip.
        device_class: of the model that is added.
        room_id: with it the site is the room's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset_id: int
    version: int
    tag: str = ""
    relabelled: bool = False
    name: str | None = None
    vendor: str = ""
    model: str = ""
    new_model: bool = False
    device_class: DeviceClass = DeviceClass.UNKNOWN
    serials: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    dock_macs: tuple[str, ...] = ()
    site_id: int | None = None
    room_id: int | None = None
    purchased_on: date | None = None
    price_ore: int | None = None
    warranty_ends: date | None = None
    support_ends: date | None = None
    expected_online: bool = True
    note: str | None = None
    request_id: str


@dataclass(slots=True)
class Meant:
    """What the asset shall be: its columns, and its identifiers of the kinds given; the model to be made, if any."""

    columns: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[IdentifierKind, set[str]] = field(default_factory=dict)
    new_model: DeviceModel | None = None


class Reading:
    """Reads one edit of one asset.

    Args:
        by: whose reach decides what may be told of the asset that has a value already.
        unread: fields of which the form could make nothing; refused together with the rest.
    """

    def __init__(
        self,
        session: Session,
        asset: Asset,
        command: EditAsset,
        by: Viewer,
        unread: Mapping[str, TrackerError] | None = None,
    ) -> None:
        self._session = session
        self._asset = asset
        self._command = command
        self._given = command.model_fields_set
        self._by = by
        self._wrong: dict[str, TrackerError] = dict(unread or {})
        self.meant = Meant()

    def read(self) -> Meant:
        """Everything that is given.

        Raises:
            InvalidError: fields that cannot be taken, each with why.
        """
        for name in sorted(self._given & set(_PLAIN)):
            self.meant.columns[name] = getattr(self._command, name)
        for name in sorted(self._given & {"name", "note"}):
            self._text(name)
        for name in sorted(self._given & set(EDITABLE)):
            self._identifiers(name)
        for names, read in (
            ({"tag"}, self._tag),
            ({"price_ore"}, self._price),
            ({"vendor", "model"}, self._model),
            ({"site_id", "room_id"}, self._place),
        ):
            if self._given & names:
                read()
        if self._wrong:
            raise InvalidError(self._wrong)
        return self.meant

    def _taken(self, owner: Asset, value: str, code: str) -> TrackerError:
        """That another asset has it; which one, where the actor may know."""
        is_seen = self._by.may(Permission.ASSET_VIEW, unit_path(self._session, owner.unit_id))
        return TrackerError(code if is_seen else "editing.taken_elsewhere", value=value, tag=owner.tag)

    def _tag(self) -> None:
        tag = self._command.tag.strip()
        if tag == self._asset.tag:
            return
        twin = self._session.exec(select(Asset).where(Asset.tag == tag, Asset.id != self._asset.id)).first()
        if not TAG.fullmatch(tag):
            self._wrong["tag"] = TrackerError("movements.bad_tag")
        elif twin is not None:
            self._wrong["tag"] = self._taken(twin, tag, "movements.tag_taken")
        elif not self._command.relabelled:
            self._wrong["relabelled"] = TrackerError("editing.relabel", tag=self._asset.tag)
        self.meant.columns |= {"tag": tag, "sort_key": sort_key(tag, ASSET_KEY)}

    def _price(self) -> None:
        price = self._command.price_ore
        if price is not None and not 0 <= price <= MOST_PRICE:
            self._wrong["price_ore"] = TrackerError("editing.bad_price")
        self.meant.columns["price_ore"] = price

    def _text(self, name: str) -> None:
        said = (getattr(self._command, name) or "").strip()
        if len(said) > MOST[name]:
            self._wrong[name] = TrackerError("editing.too_long", most=MOST[name])
        elif holds_personal_number(said):
            self._wrong[name] = TrackerError("editing.personal_number")
        elif any(not c.isprintable() and c not in "\r\n\t" for c in said):
            self._wrong[name] = TrackerError("editing.bad_character")
        self.meant.columns[name] = said or None

    def _model(self) -> None:
        now = (
            self._session.get(DeviceModel, self._asset.model_id) if self._asset.model_id is not None else None
        )
        vendor = self._command.vendor if "vendor" in self._given else now.vendor if now else ""
        name = self._command.model if "model" in self._given else now.name if now else ""
        vendor, name = " ".join(vendor.split()), " ".join(name.split())
        if now is not None and (vendor, name) == (now.vendor, now.name):
            return
        if not name:
            if vendor:
                self._wrong["model"] = TrackerError("editing.vendor_alone")
            self.meant.columns["model_id"] = None
            return
        known = self._known_model(vendor, name)
        if known is None and not self._command.new_model:
            self._wrong["model"] = TrackerError("editing.no_model", name=f"{vendor} {name}".strip())
        elif known is None:
            self._new_model(vendor, name)
        self.meant.columns["model_id"] = known.id if known is not None else None

    def _known_model(self, vendor: str, name: str) -> DeviceModel | None:
        """The model of this maker and name, however it is spelt in capitals; as it is written goes before."""
        key = sort_key(f"{vendor} {name}".strip())
        found = self._session.exec(select(DeviceModel).where(DeviceModel.sort_key == key)).all()
        same = [one for one in found if (one.vendor, one.name) == (vendor, name)]
        return next(iter([*same, *found]), None)

    def _new_model(self, vendor: str, name: str) -> None:
        for given, text in (("vendor", vendor), ("model", name)):
            if len(text) > MOST[given] or not text.isprintable():
                self._wrong[given] = TrackerError("editing.too_long", most=MOST[given])
        self.meant.new_model = DeviceModel(
            vendor=vendor,
            name=name,
            sort_key=sort_key(f"{vendor} {name}".strip()),
            device_class=self._command.device_class,
        )

    def _place(self) -> None:
        command = self._command
        site_id = command.site_id if "site_id" in self._given else self._asset.site_id
        room_id: int | None = None
        if command.room_id is not None:
            room = self._session.get(Room, command.room_id)
            if room is None:
                self._wrong["room_id"] = TrackerError("editing.no_room")
            elif command.site_id is not None and room.site_id != command.site_id:
                self._wrong["room_id"] = TrackerError("editing.other_room")
            else:
                site_id, room_id = room.site_id, room.id
        elif "room_id" not in self._given and site_id == self._asset.site_id:
            room_id = self._asset.room_id  # only what is given changes, and a room is at its site
        if site_id is not None and self._session.get(Site, site_id) is None:
            self._wrong["site_id"] = TrackerError("editing.no_site")
        self.meant.columns |= {"site_id": site_id, "room_id": room_id}

    def _identifiers(self, name: str) -> None:
        kind = EDITABLE[name]
        found: set[str] = set()
        have = {value for one, value in identifiers_of(self._session, self._asset.id or 0) if one is kind}
        for said in filter(None, map(str.strip, getattr(self._command, name))):
            value = normalise_serial(said) if kind is IdentifierKind.SERIAL else _mac(said)
            value = said if value is None and said in have else value  # what stands may stand
            if value is None or len(value) > 160:  # noqa: PLR2004 -- the column's own width
                code = "junk_serial" if kind is IdentifierKind.SERIAL else "bad_mac"
                self._wrong[name] = TrackerError(f"movements.{code}", value=said[:40])
            else:
                found.add(value)
        for owner, value in self._owners(kind, found):
            self._wrong[name] = self._taken(owner, value, "movements.taken")
        self.meant.identifiers[kind] = found

    def _owners(self, kind: IdentifierKind, values: set[str]) -> Iterable[tuple[Asset, str]]:
        """Other assets that have any of these already."""
        return self._session.exec(
            select(Asset, AssetIdentifier.value)
            .join(AssetIdentifier, col(AssetIdentifier.asset_id) == col(Asset.id))
            .where(
                AssetIdentifier.kind == kind,
                col(AssetIdentifier.value).in_(values),
                Asset.id != self._asset.id,
            )
        )


def _mac(said: str) -> str | None:
    """The address as the register writes it; None for one that is none or names nothing."""
    mac = normalise_mac(said)
    return mac if mac is not None and quality(mac) is not AddressQuality.JUNK else None
