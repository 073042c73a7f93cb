"""Change what the pages may set: the municipality's name and the register's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, StaleError, TrackerError
from tracker.movements.acting import faster, set_versioned
from tracker.requests import once
from tracker.settings import KEYS, RegisterSettings, read
from tracker.swedish import sort_key
from tracker.tables import JournalEntry, Setting, Unit, User
from tracker.tables.units import PLACE_KEY
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tracker.roles import Viewer


class ChangeSettings(BaseModel):
    """The settings as they should be.

    Attributes:
        municipality: the name of the root of the organisation; `was` as the page showed it.
        versions: of each setting's row, as the page showed them; 0 where there was none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    municipality: str = Field(max_length=120)
    was: str
    settings: RegisterSettings
    versions: dict[str, int]
    request_id: str


def root_for(session: Session, by: Viewer) -> Unit:
    """The root of the organisation, for whoever may change settings over all of it.

    Raises:
        NotFoundError: not for this actor.
    """
    root = session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()
    if root is None or not by.may(Permission.SETTING_EDIT, root.path):
        raise NotFoundError
    return root


def versions(session: Session) -> dict[str, int]:
    """The version of each setting, 0 for one that was never set."""
    rows = {row.key: row.version for row in session.exec(select(Setting))}
    return {key: rows.get(key, 0) for key in KEYS}


def _stale(session: Session, key: str) -> StaleError:
    row = session.get(Setting, key)
    return (
        faster(session, row.changed_by_id, row.changed_at) if row is not None else faster(session, None, None)
    )


def _set(session: Session, key: str, version: int, values: Mapping[str, Any]) -> None:
    if not set_versioned(session, col(Setting.key), key, version, values):
        raise _stale(session, key)


def _rename(session: Session, root: Unit, command: ChangeSettings) -> bool:
    name = command.municipality.strip()
    if name == command.was:
        return False
    if not name:
        raise InvalidError({"municipality": TrackerError("settings.name_missing")})
    made = session.connection().execute(
        update(Unit)
        .where(col(Unit.id) == root.id, col(Unit.name) == command.was)
        .values(name=name, sort_key=sort_key(name, PLACE_KEY))
    )
    if made.rowcount != 1:
        last = session.exec(
            select(JournalEntry)
            .where(col(JournalEntry.subject).in_(["register:0", f"unit:{root.id}"]))
            .order_by(col(JournalEntry.id).desc())
        ).first()
        user = session.get(User, last.user_id) if last is not None and last.user_id is not None else None
        when = last.at.isoformat() if last is not None else ""
        raise StaleError(who=user.name if user is not None else "?", when=when)
    return True


def change_settings(session: Session, command: ChangeSettings, *, by: Viewer, now: datetime) -> None:
    """Store what differs from what stands; one entry in the journal tells all of it.

    Raises:
        InvalidError: no name.
        NotFoundError, StaleError: not for this actor, or someone was faster.
    """

    def act() -> dict[str, Any]:
        root = root_for(session, by)
        facts: dict[str, Any] = {}
        if _rename(session, root, command):
            facts["municipality"] = {"before": command.was, "after": command.municipality.strip()}
        stand = read(session).model_dump(mode="json")
        for key, value in command.settings.model_dump(mode="json").items():
            if value != stand[key]:
                whose = {"changed_by_id": by.user_id, "changed_at": now}
                _set(session, key, command.versions.get(key, 0), {"value": value, **whose})
                facts[key] = {"before": stand[key], "after": value}
        if facts:
            journal.record(session, "setting:values:change", "register:0", by=by, now=now, facts=facts)
        return {}

    once(session, command.request_id, by=by, what="change-settings", now=now, act=act)
