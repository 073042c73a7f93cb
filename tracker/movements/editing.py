"""Edit an asset's own fields, by the page and by programs alike."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlmodel import Session, col

from tracker import journal
from tracker.following import follow_asset
from tracker.movements.acting import change, told_apart, who_was_first
from tracker.movements.asset_fields import EditAsset, Meant, Reading
from tracker.movements.models import find_anew
from tracker.queries.editing import EDITABLE, identifiers_of
from tracker.queries.reach import asset_for
from tracker.requests import once
from tracker.tables import Asset, AssetIdentifier, Movement
from tracker.words import MovementKind, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tracker.errors import TrackerError
    from tracker.facts import Identifier
    from tracker.roles import Viewer

_FREE = frozenset({"name", "note"})
"""What people write as they like: it may name somebody, so it is kept where it can be erased."""
_TOLD_AS = {"site_id": "place", "room_id": "place", "model_id": "model", "price_ore": "price"}
"""Columns that the history calls something else."""

Changes = dict[str, list[Any]]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _changes(asset: Asset, columns: dict[str, Any]) -> Changes:
    """Each column that changes, with what it was and becomes."""
    return {
        name: [_plain(getattr(asset, name)), _plain(value)]
        for name, value in columns.items()
        if name != "sort_key" and getattr(asset, name) != value
    }


def _reidentify(session: Session, asset_id: int, meant: Meant) -> tuple[list[Identifier], list[Identifier]]:
    """Give the asset the identifiers it shall have; what was added and what taken away."""
    have = {one for one in identifiers_of(session, asset_id) if one[0] in meant.identifiers}
    wanted = {(kind, value) for kind, values in meant.identifiers.items() for value in values}
    added, removed = sorted(wanted - have), sorted(have - wanted)
    for kind, value in removed:
        mine = col(AssetIdentifier.asset_id) == asset_id
        gone = delete(AssetIdentifier).where(
            mine, col(AssetIdentifier.kind) == kind, col(AssetIdentifier.value) == value
        )
        session.connection().execute(gone)
    session.add_all(AssetIdentifier(asset_id=asset_id, kind=kind, value=value) for kind, value in added)
    return added, removed


def _told(changes: Changes, identifiers: Iterable[Identifier]) -> list[str]:
    """The fields that changed, as the history tells them."""
    kinds = {kind: name for name, kind in EDITABLE.items()}
    names = {_TOLD_AS.get(column, column) for column in changes}
    return sorted(names | {kinds[kind] for kind, _ in identifiers})


def _record(
    session: Session, asset: Asset, facts: dict[str, Any], free: Changes, by: Viewer, now: datetime
) -> None:
    """The step in the asset's history, and in the journal."""
    movement = Movement(
        asset_id=asset.id,
        kind=MovementKind.CHANGED,
        at=now,
        by_id=by.user_id,
        unit_id=asset.unit_id,
        holder_id=asset.holder_id,
        before=asset.status,
        after=asset.status,
        facts=facts,
    )
    session.add(movement)
    session.flush()
    said = {**facts, "tag": asset.tag, "movement": movement.id}
    about = f"asset:{asset.id}"
    journal.record(session, "asset:details:change", about, by=by, now=now, facts=said, personal=free or None)


def edit_asset(
    session: Session,
    command: EditAsset,
    *,
    by: Viewer,
    now: datetime,
    zone: ZoneInfo,
    unread: Mapping[str, TrackerError] | None = None,
) -> dict[str, Any]:
    """Change what is given; the findings that it decides follow at once.

    Args:
        session: inside `tracker.db.writing`.
        command: what to change.
        by: who changes it.
        now: when.
        zone: the municipality's, for the date.
        unread: fields of which the form could make nothing, so that all that is wrong is said at once.

    Returns:
        ``version`` as it stands now, and ``fields`` that changed; none where all was so already.

    Raises:
        NotFoundError, StaleError: the asset is not there for this actor, or someone was faster.
        InvalidError: fields that cannot be taken, each with why.
    """

    def act() -> dict[str, Any]:
        asset = asset_for(session, command.asset_id, by, Permission.ASSET_EDIT)
        if asset.version != command.version:
            raise who_was_first(session, command.asset_id)
        meant = Reading(session, asset, command, by, unread).read()
        if meant.new_model is not None:
            session.add(meant.new_model)
            session.flush()
            meant.columns["model_id"] = meant.new_model.id
        changes = _changes(asset, meant.columns)
        added, removed = _reidentify(session, command.asset_id, meant)
        fields = _told(changes, [*added, *removed])
        if not fields:
            return {"version": asset.version, "fields": []}
        change(session, asset, now, **meant.columns)
        session.flush()
        find_anew(session, [command.asset_id])
        free = {name: changes.pop(name) for name in _FREE & set(changes)}
        facts = {"fields": fields, "changes": changes, "added": added, "removed": removed}
        _record(session, asset, facts, free, by, now)
        follow_asset(session, command.asset_id, now, zone)
        return {"version": asset.version, "fields": fields}

    def settled() -> dict[str, Any]:
        return told_apart(session, act)

    return once(session, command.request_id, by=by, what="edit-asset", now=now, act=settled)
