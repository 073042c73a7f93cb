"""Accounts: add, change, disable, set a password. Nobody reaches beyond what they hold (`tracker.governing`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, select

from tracker import journal, passwords
from tracker.errors import InvalidError, RefusedError, TrackerError
from tracker.movements.granting import guarding_administrators, role_over, user_to_govern
from tracker.movements.versions import change
from tracker.queries.reach import user_for
from tracker.requests import once
from tracker.tables import Grant, LoginSession, User
from tracker.words import Language

if TYPE_CHECKING:
    from datetime import datetime

    from tracker.roles import Viewer

_LOGIN = re.compile(r"[\w.@+-]{2,80}")


class AddUser(BaseModel):
    """A new account with its first role. `password` empty: one is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: str
    name: str
    role_id: int
    unit_id: int
    confirm: str = ""
    """The login once more, for a role that is given by name."""
    password: str = Field(default="", max_length=passwords.MOST + 1)
    language: Language = Language.SV
    request_id: str


class ChangeUser(BaseModel):
    """An account's name and language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: int
    version: int
    name: str
    language: Language
    request_id: str


class SetActive(BaseModel):
    """Let an account log in, or end its access at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: int
    version: int
    active: bool
    request_id: str


class SetPassword(BaseModel):
    """A new password for someone else's account. Empty: one is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: int
    version: int
    password: str = Field(default="", max_length=passwords.MOST + 1)
    request_id: str


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """Whose password was set; `made` is the one to show once, None when it was typed or the send was a repetition."""

    user_id: int
    made: str | None


def _name(name: str, wrong: dict[str, TrackerError]) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        wrong["name"] = TrackerError("users.no_name")
    elif len(tidy) > 160:  # noqa: PLR2004 -- the column's length
        wrong["name"] = TrackerError("imports.too_long", most=160)
    return tidy


def _login(session: Session, login: str, wrong: dict[str, TrackerError]) -> str:
    folded = login.strip().casefold()
    if not _LOGIN.fullmatch(folded):
        wrong["login"] = TrackerError("users.bad_login")
    elif session.exec(select(User.id).where(User.login == folded)).first() is not None:
        wrong["login"] = TrackerError("error.login_taken", login=folded)
    return folded


def add_user(session: Session, command: AddUser, *, by: Viewer, now: datetime) -> PasswordSet:
    """Add the account with its first role.

    Raises:
        InvalidError: the login is taken, something is missing, or the password cannot be used.
        NotFoundError, RefusedError: the role over that unit is not this actor's to give.
    """
    password = command.password or passwords.make()
    made: list[str] = []

    def act() -> dict[str, object]:
        wrong: dict[str, TrackerError] = {}
        login, name = _login(session, command.login, wrong), _name(command.name, wrong)
        if complaint := passwords.complaint(password):
            wrong["password"] = TrackerError(complaint)
        try:
            role, unit = role_over(session, command.role_id, command.unit_id, by, (login, command.confirm))
        except InvalidError as error:
            raise InvalidError({**wrong, **error.fields}) from error
        if wrong:
            raise InvalidError(wrong)
        user = User(
            login=login,
            name=name,
            password_hash=passwords.hash_password(password),
            language=command.language,
            created_at=now,
        )
        session.add(user)
        session.flush()
        session.add(Grant(user_id=user.id or 0, role_id=role.id or 0, unit_id=unit.id or 0))
        session.flush()
        facts = {"role": role.name, "unit": unit.id}
        personal = {"login": login, "name": name}
        journal.record(
            session, "user:account:add", f"user:{user.id}", by=by, now=now, facts=facts, personal=personal
        )
        if not command.password:
            made.append(password)
        return {"user": user.id}

    answer = once(session, command.request_id, by=by, what="user:add", now=now, act=act)
    return PasswordSet(int(answer["user"]), made[0] if made else None)


def change_user(session: Session, command: ChangeUser, *, by: Viewer, now: datetime) -> None:
    """Set the account's name and language.

    Raises:
        InvalidError, NotFoundError, RefusedError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        user = user_to_govern(session, command.user_id, by)
        wrong: dict[str, TrackerError] = {}
        name = _name(command.name, wrong)
        if wrong:
            raise InvalidError(wrong)
        before = user.name
        change(session, user, command.version, name=name, language=command.language)
        personal = {"before": before, "after": name}
        facts = {"language": command.language.value}
        journal.record(
            session, "user:account:change", f"user:{user.id}", by=by, now=now, facts=facts, personal=personal
        )
        return {}

    once(session, command.request_id, by=by, what="user:change", now=now, act=act)


def _end_sessions(session: Session, user: User) -> None:
    for own in session.exec(select(LoginSession).where(LoginSession.user_id == user.id)):
        session.delete(own)
    session.flush()


def set_active(session: Session, command: SetActive, *, by: Viewer, now: datetime) -> None:
    """Enable the account, or disable it and end its sessions.

    Raises:
        RefusedError: one's own account, or the last administrator.
        NotFoundError, StaleError: as they say.
    """

    def act() -> dict[str, object]:
        with guarding_administrators(session):
            user = user_to_govern(session, command.user_id, by)
            if user.id == by.user_id and not command.active:
                raise RefusedError("users.not_yourself")
            change(session, user, command.version, is_active=command.active)
            if not command.active:
                _end_sessions(session, user)
        what = "user:account:enable" if command.active else "user:account:disable"
        journal.record(session, what, f"user:{user.id}", by=by, now=now)
        return {}

    once(session, command.request_id, by=by, what="user:active", now=now, act=act)


def set_password(session: Session, command: SetPassword, *, by: Viewer, now: datetime) -> PasswordSet:
    """Give someone else's account a new password; its sessions end.

    Raises:
        RefusedError: one's own account (that page asks for the present password).
        InvalidError, NotFoundError, StaleError: as they say.
    """
    password = command.password or passwords.make()
    made: list[str] = []

    def act() -> dict[str, object]:
        user = user_to_govern(session, command.user_id, by)
        if user.id == by.user_id:
            raise RefusedError("users.own_password")
        if complaint := passwords.complaint(password):
            raise InvalidError({"password": TrackerError(complaint)})
        change(session, user, command.version, password_hash=passwords.hash_password(password))
        _end_sessions(session, user)
        journal.record(session, "user:password:set", f"user:{user.id}", by=by, now=now)
        if not command.password:
            made.append(password)
        return {}

    once(session, command.request_id, by=by, what="user:password", now=now, act=act)
    return PasswordSet(command.user_id, made[0] if made else None)


def change_own_password(session: Session, password: str, *, by: Viewer, now: datetime) -> User:
    """Set one's own password; every session of the account ends. The caller has checked the present one.

    Raises:
        InvalidError: the password cannot be used.
    """
    user = user_for(session, by.user_id or 0, by)
    if complaint := passwords.complaint(password):
        raise InvalidError({"password": TrackerError(complaint)})
    change(session, user, user.version, password_hash=passwords.hash_password(password))
    _end_sessions(session, user)
    journal.record(session, "user:password:change", f"user:{user.id}", by=by, now=now)
    return user
