"""Nobody reaches beyond the rights they have: accounts, grants and roles, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, viewer_of
from tracker.db import writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.movements.granting import GiveRole, TakeRole, give_role, take_role
from tracker.movements.roles import RemoveRole, SaveRole, remove_role, save_role
from tracker.movements.users import AddUser, SetActive, SetPassword, add_user, set_active, set_password
from tracker.passwords import verify
from tracker.tables import Grant, JournalEntry, LoginSession, Role, Unit, User
from tracker.users import check_password
from tracker.words import Permission, RoleName

if TYPE_CHECKING:
    from sqlalchemy import Engine

GOOD = "en lång och hemlig mening"


def _id(session: Session, table: Any, **values: object) -> int:
    return session.exec(select(table.id).filter_by(**values)).one()


@pytest.fixture
def register(migrated: Engine) -> Engine:
    """Eva is administrator over everything, Frida over Ekbackaskolan only."""
    with writing(migrated) as session:
        role_id = _id(session, Role, name=RoleName.ADMINISTRATOR.value)
        for login, unit in (("eva", "Ekbacka kommun"), ("frida", "Ekbackaskolan")):
            user = User(login=login, name=login.title(), created_at=NOW)
            session.add(user)
            session.flush()
            unit_id = _id(session, Unit, name=unit)
            session.add(Grant(user_id=user.id, role_id=role_id, unit_id=unit_id))
    return migrated


def _give(register: Engine, by: str, to: str, role: str, unit: str, **more: Any) -> None:
    with writing(register) as session:
        user = session.exec(select(User).where(User.login == to)).one()
        command = GiveRole(
            user_id=user.id,
            version=more.pop("version", user.version),
            role_id=_id(session, Role, name=role),
            unit_id=_id(session, Unit, name=unit),
            request_id=more.pop("request_id", f"give-{by}-{to}-{role}-{unit}"[:40]),
            **more,
        )
        give_role(session, command, by=viewer_of(register, by), now=NOW)


def _take(register: Engine, by: str, of: str, role: str) -> None:
    with writing(register) as session:
        user = session.exec(select(User).where(User.login == of)).one()
        grants = session.exec(select(Grant).where(Grant.user_id == user.id)).all()
        grant = next(one for one in grants if one.role_id == _id(session, Role, name=role))
        command = TakeRole(user_id=user.id, version=user.version, grant_id=grant.id, request_id=f"take-{by}")
        take_role(session, command, by=viewer_of(register, by), now=NOW)


def _grants(register: Engine, login: str) -> int:
    with Session(register) as session:
        user_id = _id(session, User, login=login)
        return len(session.exec(select(Grant).where(Grant.user_id == user_id)).all())


def _act(register: Engine, by: str, of: str, **more: Any) -> None:
    with writing(register) as session:
        user = session.exec(select(User).where(User.login == of)).one()
        values = {"version": user.version, "active": False, "request_id": f"{by}-{of}"} | more
        set_active(session, SetActive(user_id=user.id, **values), by=viewer_of(register, by), now=NOW)


def _password(register: Engine, by: str, of: str, password: str = "") -> str | None:
    with writing(register) as session:
        user = session.exec(select(User).where(User.login == of)).one()
        command = SetPassword(
            user_id=user.id, version=user.version, password=password, request_id=f"pw-{by}-{of}"
        )
        return set_password(session, command, by=viewer_of(register, by), now=NOW).made


def _role(register: Engine, by: str, name: str, *permissions: Permission, role_id: int | None = None) -> int:
    with writing(register) as session:
        version = session.get_one(Role, role_id).version if role_id else 0
        command = SaveRole(
            role_id=role_id,
            version=version,
            name=name,
            permissions=frozenset(permissions),
            request_id=f"{by}-{name}-{len(permissions)}-{role_id}",
        )
        return save_role(session, command, by=viewer_of(register, by), now=NOW)


def test_a_school_administrator_gives_roles_at_her_school_and_nowhere_else(register: Engine) -> None:
    _give(register, "frida", "bjorn", "chief", "Ekbackaskolan")
    assert _grants(register, "bjorn") == 2
    for unit in ("Kvarnskolan", "Utbildningsförvaltningen", "Ekbacka kommun"):
        with pytest.raises(NotFoundError):
            _give(register, "frida", "frida", "administrator", unit)
        with pytest.raises(NotFoundError):
            _give(register, "frida", "bjorn", "school_staff", unit)
    assert (_grants(register, "frida"), _grants(register, "bjorn")) == (1, 2)


def test_who_edits_users_but_nothing_more_cannot_give_or_take_more(register: Engine) -> None:
    clerk = _role(register, "eva", "Kontoläggare", Permission.USER_EDIT)
    with writing(register) as session:
        session.add(
            Grant(
                user_id=_id(session, User, login="david"),
                role_id=clerk,
                unit_id=_id(session, Unit, name="Ekbacka kommun"),
            )
        )
    for to in ("david", "bjorn"):
        with pytest.raises(RefusedError, match="not_yours_to_give"):
            _give(register, "david", to, "technician", "Ekbacka kommun")
    with pytest.raises(RefusedError, match="beyond_you"):
        _password(register, "david", "eva", GOOD)
    with pytest.raises(RefusedError, match="beyond_you"):
        _act(register, "david", "eva")
    with pytest.raises(RefusedError, match="not_yours_to_take"):
        _take(register, "david", "anna", "technician")
    with pytest.raises(RefusedError, match="not_yours_to_give"):
        _role(register, "david", "Allt", *Permission)
    with pytest.raises(RefusedError, match="not_yours_to_give"):
        _role(register, "david", "Kontoläggare", *RIGHTS, role_id=clerk)


RIGHTS = (Permission.USER_EDIT, Permission.ASSET_EDIT)


def test_a_school_administrator_cannot_take_over_an_account_with_rights_elsewhere(register: Engine) -> None:
    with pytest.raises(NotFoundError):
        _password(register, "frida", "anna", GOOD)
    _give(register, "eva", "anna", "school_staff", "Ekbackaskolan")
    with pytest.raises(RefusedError, match="beyond_you"):
        _password(register, "frida", "anna", GOOD)
    assert _password(register, "frida", "bjorn") is not None


def test_roles_are_the_whole_municipalitys(register: Engine) -> None:
    with pytest.raises(RefusedError, match="roles_for_all"):
        _role(register, "frida", "Min roll", Permission.ASSET_VIEW)
    own = _role(register, "eva", "Vaktmästare", Permission.ASSET_VIEW)
    with pytest.raises(RefusedError, match="roles_for_all"):
        _role(register, "frida", "Vaktmästare", *RIGHTS, role_id=own)
    with Session(register) as session:
        chief_id = _id(session, Role, name="chief")
    command = RemoveRole(role_id=chief_id, version=1, request_id="r")
    with writing(register) as session, pytest.raises(RefusedError, match="built_in"):
        remove_role(session, command, by=viewer_of(register, "eva"), now=NOW)


def test_a_role_in_use_stays_and_an_unused_one_goes(register: Engine) -> None:
    own = _role(register, "eva", "Vaktmästare", Permission.ASSET_VIEW)
    _give(register, "eva", "david", "Vaktmästare", "Kvarnskolan")

    def remove(request_id: str) -> None:
        with writing(register) as session:
            version = session.get_one(Role, own).version
            command = RemoveRole(role_id=own, version=version, request_id=request_id)
            remove_role(session, command, by=viewer_of(register, "eva"), now=NOW)

    with pytest.raises(RefusedError, match="role_in_use"):
        remove("r1")
    _take(register, "eva", "david", "Vaktmästare")
    remove("r2")
    with Session(register) as session:
        assert session.get(Role, own) is None


@pytest.mark.parametrize("name", ["Administratör", "technician", "CHEF", " "])
def test_a_role_may_not_look_like_a_built_in_one(register: Engine, name: str) -> None:
    with pytest.raises(InvalidError) as caught:
        _role(register, "eva", name, Permission.ASSET_VIEW)
    assert set(caught.value.fields) == {"name"}


def test_seeing_protected_persons_is_given_by_name_and_never_to_oneself(register: Engine) -> None:
    hidden = Permission.PERSON_VIEW_PROTECTED
    with pytest.raises(InvalidError):
        _role(register, "eva", "Blandad", hidden, Permission.ASSET_VIEW)
    role = _role(register, "eva", "Skyddade", hidden)
    with pytest.raises(InvalidError) as caught:
        _give(register, "eva", "david", "Skyddade", "Ekbackaskolan")
    assert set(caught.value.fields) == {"confirm"}
    with pytest.raises(RefusedError, match="not_to_yourself"):
        _give(register, "eva", "eva", "Skyddade", "Ekbackaskolan", confirm="eva")
    with pytest.raises(RefusedError, match="not_yours_to_give"):
        _give(register, "frida", "bjorn", "Skyddade", "Ekbackaskolan", confirm="bjorn")
    _give(register, "eva", "david", "Skyddade", "Ekbackaskolan", confirm="David", request_id="named")
    assert viewer_of(register, "david").may(hidden)
    # Nor does it slip into a role that people have already.
    plain = _role(register, "eva", "Vanlig", Permission.ASSET_VIEW)
    with pytest.raises(RefusedError, match="by_name_stays"):
        _role(register, "eva", "Vanlig", hidden, role_id=plain)
    with pytest.raises(RefusedError, match="by_name_stays"):
        _role(register, "eva", "Skyddade", Permission.ASSET_VIEW, role_id=role)


def test_the_last_administrator_stays_and_nobody_shuts_themselves_out(register: Engine) -> None:
    with pytest.raises(RefusedError, match="not_yourself"):
        _act(register, "eva", "eva")
    with pytest.raises(RefusedError, match="own_way_in"):
        _take(register, "eva", "eva", "administrator")
    _give(register, "eva", "anna", "administrator", "Ekbacka kommun")
    _act(register, "anna", "eva", request_id="off")
    with writing(register) as session:  # Eva's page is still open somewhere, with the rights it had
        eva = viewer_of(register, "eva")
        anna = session.exec(select(User).where(User.login == "anna")).one()
        command = SetActive(user_id=anna.id, version=anna.version, active=False, request_id="last")
        with pytest.raises(RefusedError, match="last_administrator"):
            set_active(session, command, by=eva, now=NOW)


def test_disabling_ends_every_session_at_once(register: Engine) -> None:
    with writing(register) as session:
        user_id = _id(session, User, login="bjorn")
        session.add(LoginSession(token_hash="t" * 64, user_id=user_id, created_at=NOW, seen_at=NOW))
    _act(register, "frida", "bjorn")
    with Session(register) as session:
        assert session.exec(select(LoginSession)).all() == []
    _act(register, "frida", "bjorn", active=True, request_id="on")
    with Session(register) as session:
        assert session.exec(select(User.is_active).where(User.login == "bjorn")).one()


def test_a_new_password_is_shown_once_ends_sessions_and_stands_in_no_record(register: Engine) -> None:
    made = _password(register, "eva", "anna")
    assert made is not None
    assert _password(register, "eva", "anna") is None, "a repetition neither changes nor tells"
    with Session(register) as session:
        assert check_password(session, "anna", made) is not None
        kept = [str((entry.facts, entry.what)) for entry in session.exec(select(JournalEntry))]
    assert made not in "".join(kept)
    with pytest.raises(RefusedError, match="own_password"):
        _password(register, "eva", "eva", GOOD)
    with pytest.raises(InvalidError):
        _password(register, "eva", "cecilia", "kort")


def _add(register: Engine, by: str, unit: str, **more: Any) -> int:
    with writing(register) as session:
        values = {
            "login": "Gun",
            "name": "Gun Berg",
            "role_id": _id(session, Role, name="school_staff"),
            "unit_id": _id(session, Unit, name=unit),
            "password": GOOD,
            "request_id": "add",
        }
        return add_user(session, AddUser(**(values | more)), by=viewer_of(register, by), now=NOW).user_id


def test_a_new_account_has_its_role_and_a_double_click_makes_one(register: Engine) -> None:
    assert len({_add(register, "frida", "Ekbackaskolan") for _ in range(2)}) == 1
    with Session(register) as session:
        gun = session.exec(select(User).where(User.login == "gun")).one()
        assert verify(GOOD, gun.password_hash)
    assert viewer_of(register, "gun").may(Permission.RETURN_MAKE)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"login": "anna"}, "login"),
        ({"login": "a b"}, "login"),
        ({"name": " "}, "name"),
        ({"password": "kort"}, "password"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_at_its_field(
    register: Engine, given: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        _add(register, "eva", "Ekbackaskolan", **given)
    assert set(caught.value.fields) == {field}


def test_an_account_cannot_be_made_over_another_school(register: Engine) -> None:
    with pytest.raises(NotFoundError):
        _add(register, "frida", "Kvarnskolan")


def test_a_stale_form_loses(register: Engine) -> None:
    _give(register, "eva", "bjorn", "chief", "Ekbackaskolan")
    with pytest.raises(StaleError) as caught:
        _give(register, "frida", "bjorn", "technician", "Ekbackaskolan", version=1)
    assert caught.value.data["who"] == "Eva"
    assert _grants(register, "bjorn") == 2
