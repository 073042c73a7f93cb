"""Tokens for programs: made by a user for part of what the user may do, shown once, ended by a day or a press."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from tracker import journal
from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.requests import once
from tracker.roles import GrantFact, Viewer
from tracker.tables import ApiToken, Unit, User
from tracker.users import viewer_of
from tracker.words import Permission

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PREFIX = "ek_"
"""Tells a token from other secrets when one turns up in a log or a repository."""
LONGEST = timedelta(days=366)
TOUCH = timedelta(minutes=1)
"""How exact `used_at` is: reading by a program must not cost a write each time."""


class MakeToken(BaseModel):
    """A token to make. `expires` is its last day; `unit_id` the unit below which it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=80)
    permissions: tuple[Permission, ...]
    unit_id: int
    expires: date | None
    request_id: str


def hash_of(token: str) -> str:
    """What the register keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _check(session: Session, command: MakeToken, by: Viewer, today: date) -> Unit:
    wrong: dict[str, TrackerError] = {}
    if not command.name.strip():
        wrong["name"] = TrackerError("tokens.no_name")
    if not command.permissions:
        wrong["permissions"] = TrackerError("tokens.no_permissions")
    if command.expires is None:
        wrong["expires"] = TrackerError("tokens.no_day")
    elif not today <= command.expires <= today + LONGEST:
        wrong["expires"] = TrackerError("tokens.bad_day", last=(today + LONGEST).isoformat())
    unit = session.get(Unit, command.unit_id)
    if unit is None or not all(by.may(permission, unit.path) for permission in command.permissions):
        wrong["unit_id"] = TrackerError("tokens.not_yours")
    if wrong or unit is None:
        raise InvalidError(wrong)
    return unit


def make(
    session: Session, command: MakeToken, *, by: Viewer, now: datetime, zone: ZoneInfo
) -> tuple[int, str | None]:
    """Make a token for the actor; its id and the token itself, which is told this once (None: told before).

    Raises:
        InvalidError: no name, no right, no day, or rights that the actor does not have there.
    """
    secret = PREFIX + secrets.token_urlsafe(32)

    def act() -> dict[str, Any]:
        today = now.astimezone(zone).date()
        unit = _check(session, command, by, today)
        last = datetime.combine(command.expires or today, time.max, zone)
        token = ApiToken(
            token_hash=hash_of(secret),
            user_id=by.user_id or 0,
            name=command.name.strip(),
            permissions=sorted(permission.value for permission in command.permissions),
            unit_path=unit.path,
            created_at=now,
            expires_at=last,
        )
        session.add(token)
        session.flush()
        facts = {"permissions": token.permissions, "unit": unit.id, "expires": str(command.expires)}
        journal.record(session, "token:made:record", f"token:{token.id}", by=by, now=now, facts=facts)
        return {"id": token.id}

    answer = once(session, command.request_id, by=by, what="token", now=now, act=act)
    number = int(answer["id"])
    is_new = session.get_one(ApiToken, number).token_hash == hash_of(secret)
    return number, secret if is_new else None


def revoke(session: Session, token_id: int, *, by: Viewer, now: datetime) -> None:
    """End a token at once: one's own, or anyone's with the right to.

    Raises:
        NotFoundError: it is not there for this actor.
    """
    token = session.get(ApiToken, token_id)
    if token is None or not (token.user_id == by.user_id or by.may(Permission.TOKEN_EDIT, token.unit_path)):
        raise NotFoundError
    if token.revoked_at is None:
        token.revoked_at = now
        session.add(token)
        journal.record(session, "token:revoked:record", f"token:{token.id}", by=by, now=now)


def _part(grant: GrantFact, permissions: frozenset[Permission], path: str) -> GrantFact | None:
    """What of a grant a token over `path` keeps. Pure."""
    kept = grant.permissions & permissions
    if not kept or not (grant.unit_path.startswith(path) or path.startswith(grant.unit_path)):
        return None
    return GrantFact(kept, max(grant.unit_path, path, key=len))


def narrowed(viewer: Viewer, permissions: frozenset[Permission], path: str, token_id: int) -> Viewer:
    """The viewer with no more than these permissions, below this unit. Pure."""
    parts = (_part(grant, permissions, path) for grant in viewer.grants)
    return replace(viewer, grants=tuple(part for part in parts if part is not None), token_id=token_id)


def viewer_by_token(session: Session, token: str, now: datetime) -> tuple[Viewer, User] | None:
    """Whom the token acts for, and what it may; None when it is none of ours, ended, or its owner's account is."""
    row = session.exec(select(ApiToken).where(col(ApiToken.token_hash) == hash_of(token))).first()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    user = session.get(User, row.user_id)
    if user is None or not user.is_active:
        return None
    known = set(Permission)
    permissions = frozenset(Permission(p) for p in row.permissions if p in known)
    return narrowed(viewer_of(session, user), permissions, row.unit_path, row.id or 0), user


def is_due_for_touch(session: Session, token_id: int, now: datetime) -> bool:
    """Whether the token's last use is worth writing down again."""
    used = session.get_one(ApiToken, token_id).used_at
    return used is None or now - used >= TOUCH


def touch(session: Session, token_id: int, now: datetime) -> None:
    """Write down that the token was used."""
    token = session.get_one(ApiToken, token_id)
    token.used_at = now
    session.add(token)
