"""The forms about accounts and roles as commands. Only what a form names is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker import passwords
from tracker.movements.granting import GiveRole, TakeRole
from tracker.movements.roles import RemoveRole, SaveRole
from tracker.movements.users import AddUser, ChangeUser, SetActive, SetPassword
from tracker.words import Language, Permission
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Form = MultiDict[str, str]


def _language(form: Form) -> Language:
    said = form.get("language", "")
    return Language(said) if said in set(Language) else Language.SV


def _password(form: Form) -> str:
    # Not stripped: a blank may be part of it. What is too long stays too long and is refused.
    return form.get("password", "")[: passwords.MOST + 1]


def add(form: Form) -> AddUser:
    """A new account."""
    return AddUser(
        login=line(form, "login") or "",
        name=line(form, "name") or "",
        role_id=number(form, "role") or 0,
        unit_id=number(form, "unit") or 0,
        confirm=line(form, "confirm") or "",
        password=_password(form),
        language=_language(form),
        request_id=request_id(form),
    )


def change(form: Form, user_id: int) -> ChangeUser:
    """Name and language."""
    return ChangeUser(
        user_id=user_id,
        version=number(form, "version") or 0,
        name=line(form, "name") or "",
        language=_language(form),
        request_id=request_id(form),
    )


def active(form: Form, user_id: int) -> SetActive:
    """Enable or disable; anything but "yes" disables."""
    return SetActive(
        user_id=user_id,
        version=number(form, "version") or 0,
        active=form.get("active") == "yes",
        request_id=request_id(form),
    )


def password(form: Form, user_id: int) -> SetPassword:
    """A new password, typed or made."""
    return SetPassword(
        user_id=user_id,
        version=number(form, "version") or 0,
        password=_password(form),
        request_id=request_id(form),
    )


def give(form: Form, user_id: int) -> GiveRole:
    """A role over a unit."""
    return GiveRole(
        user_id=user_id,
        version=number(form, "version") or 0,
        role_id=number(form, "role") or 0,
        unit_id=number(form, "unit") or 0,
        confirm=line(form, "confirm") or "",
        request_id=request_id(form),
    )


def take(form: Form, user_id: int) -> TakeRole:
    """A grant to take away."""
    return TakeRole(
        user_id=user_id,
        version=number(form, "version") or 0,
        grant_id=number(form, "grant") or 0,
        request_id=request_id(form),
    )


def role(form: Form, role_id: int | None) -> SaveRole:
    """A role as it shall be; words that are no permission are not read."""
    said = form.getlist("permissions")
    return SaveRole(
        role_id=role_id,
        version=number(form, "version") or 0,
        name=line(form, "name") or "",
        permissions=frozenset(Permission(one) for one in said if one in set(Permission)),
        request_id=request_id(form),
    )


def remove_role(form: Form, role_id: int) -> RemoveRole:
    """A role to take away."""
    return RemoveRole(role_id=role_id, version=number(form, "version") or 0, request_id=request_id(form))
