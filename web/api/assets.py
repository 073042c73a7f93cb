"""Assets: the list, one, registering, changing, handing out, taking back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from discovery.address import normalise_mac, normalise_serial
from tracker.errors import InvalidError, NotFoundError, TrackerError, UnreadableError
from tracker.movements.asset_fields import EditAsset
from tracker.movements.editing import edit_asset
from tracker.movements.handovers import HandOut, hand_out
from tracker.movements.registrations import Register
from tracker.movements.registrations import register as register_asset
from tracker.movements.returns import OutcomeKind, TakeBack, take_back
from tracker.queries import assets as queries
from tracker.queries.asset_page import asset_page
from tracker.queries.reach import asset_for
from tracker.words import AssetStatus, IdentifierKind, Permission
from web import doors
from web.api import shapes
from web.api.calling import Call, following, operation


def _identifier(asked: shapes.AssetQuery) -> tuple[IdentifierKind, str] | None:
    if asked.serial is not None:
        return IdentifierKind.SERIAL, normalise_serial(asked.serial) or asked.serial
    if asked.mac is not None:
        return IdentifierKind.MAC, normalise_mac(asked.mac) or asked.mac
    return None


def _told(row: queries.AssetRow) -> dict[str, Any]:
    names = shapes.AssetTold.model_fields
    return {name: getattr(row, name) for name in names}


def _version(call: Call) -> int:
    """Which version the program read: of its content, or of If-Match.

    Raises:
        InvalidError: neither says it.
        UnreadableError: they say different ones.
    """
    said: int | None = call.content.version
    if said is None and call.if_match is None:
        raise InvalidError({"version": TrackerError("editing.no_version")})
    if None not in {said, call.if_match} and said != call.if_match:
        raise UnreadableError("editing.two_versions")
    return said if said is not None else call.if_match or 0


@operation("GET", "/assets", Permission.ASSET_VIEW, shapes.AssetPage, query=shapes.AssetQuery)
def list_assets(call: Call) -> shapes.AssetPage:
    """Assets by tag, a page at a time."""
    asked: shapes.AssetQuery = call.asked
    chosen = queries.AssetFilter(
        text=asked.q or "",
        status=asked.status,
        site=asked.site,
        device_class=asked.device_class,
        sort=asked.sort,
        cursor=asked.cursor,
        tag=asked.tag,
        identifier=_identifier(asked),
        unit=asked.unit,
        model=asked.model,
        changed_since=asked.changed_since,
        size=asked.limit,
        is_exact=True,
    )
    page = queries.list_assets(call.session, call.viewer, chosen, call.language)
    return shapes.AssetPage(
        rows=[shapes.AssetTold(**_told(row)) for row in page.rows],
        total=page.total,
        next=following(cursor=page.next_cursor) if page.next_cursor else None,
    )


@operation("GET", "/assets/<int:asset_id>", Permission.ASSET_VIEW, shapes.AssetWhole)
def show_asset(call: Call, asset_id: int) -> shapes.AssetWhole:
    """One asset with its identifiers."""
    page = asset_page(call.session, call.viewer, asset_id, call.language)
    return shapes.AssetWhole(
        **_told(page.row),
        version=page.version,
        name=page.name,
        note=page.note,
        room=page.room,
        site_id=page.site_id,
        room_id=page.room_id,
        purchased_on=page.purchased_on,
        price_ore=page.price_ore,
        warranty_ends=page.warranty_ends,
        own_support_ends=page.own_support_ends,
        expected_online=page.expected_online,
        created_at=page.created_at,
        identifiers=[shapes.Identified(kind=kind, value=value) for kind, value in page.identifiers],
    )


@operation("POST", "/assets", Permission.ASSET_EDIT, shapes.Made, content=shapes.AssetNew, status=201)
def register(call: Call) -> shapes.Made:
    """Register an asset."""
    new: shapes.AssetNew = call.content
    command = Register(
        tag=new.tag,
        vendor=new.vendor,
        model=new.model,
        device_class=new.device_class,
        status=AssetStatus(new.status),
        serial=new.serial,
        macs=" ".join(new.macs),
        unit_id=new.unit_id,
        site_id=new.site_id,
        name=new.name,
        request_id=call.key,
    )
    return shapes.Made(id=register_asset(call.session, command, by=call.viewer, now=call.now))


@operation(
    "PATCH",
    "/assets/<int:asset_id>",
    Permission.ASSET_EDIT,
    shapes.AssetEdited,
    content=shapes.AssetEdit,
    if_match=True,
)
def edit(call: Call, asset_id: int) -> shapes.AssetEdited:
    """Change an asset's own fields, if nobody has changed it since it was read."""
    given = call.content.model_dump(exclude_unset=True, exclude={"version"})
    command = EditAsset(**given, asset_id=asset_id, version=_version(call), request_id=call.key)
    done = edit_asset(call.session, command, by=call.viewer, now=call.now, zone=doors.doors().zone)
    return shapes.AssetEdited(**done)


@operation(
    "POST",
    "/assets/<int:asset_id>/handover",
    Permission.HANDOVER_MAKE,
    shapes.Receipt,
    content=shapes.HandoverNew,
)
def hand_asset_out(call: Call, asset_id: int) -> shapes.Receipt:
    """Hand the asset out to a person."""
    new: shapes.HandoverNew = call.content
    command = HandOut(
        asset_ids=(asset_id,), holder_id=new.holder_id, has_charger=new.has_charger, request_id=call.key
    )
    (receipt,) = hand_out(call.session, command, by=call.viewer, now=call.now)
    return shapes.Receipt(receipt=receipt)


@operation(
    "POST",
    "/assets/<int:asset_id>/return",
    Permission.RETURN_MAKE,
    shapes.ReturnTold,
    content=shapes.ReturnNew,
)
def take_asset_back(call: Call, asset_id: int) -> shapes.ReturnTold:
    """Take the asset back; of two that do, one makes the return and the other is told who was first."""
    new: shapes.ReturnNew = call.content
    asset = asset_for(call.session, asset_id, call.viewer, Permission.RETURN_MAKE)
    command = TakeBack(
        code=asset.tag, condition=new.condition, has_charger=new.has_charger, request_id=call.key
    )
    outcome = take_back(call.session, command, by=call.viewer, now=call.now)
    if outcome.kind not in {OutcomeKind.FINE, OutcomeKind.ALREADY}:
        raise NotFoundError
    return shapes.ReturnTold(
        outcome="fine" if outcome.kind is OutcomeKind.FINE else "already",
        receipt=outcome.receipt,
        who=outcome.who,
        when=datetime.fromisoformat(outcome.when) if outcome.when else None,
    )
