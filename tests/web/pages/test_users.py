"""The pages about users and roles, one's own password, and the organisation's pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW
from tracker.db import writing
from tracker.passwords import hash_password
from tracker.tables import Grant, LoginSession, Role, Room, Site, Unit, User
from tracker.users import check_password
from tracker.words import Permission, RoleName

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

PASSWORD = "en lång och hemlig mening"


@pytest.fixture
def eva(engine: Engine, browser: Callable) -> Any:
    """Administrator over everything."""
    with writing(engine) as session:
        user = User(login="eva", name="Eva Lund", created_at=NOW)
        session.add(user)
        session.flush()
        role_id = session.exec(select(Role.id).where(Role.name == RoleName.ADMINISTRATOR.value)).one()
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbacka kommun")).one()
        session.add(Grant(user_id=user.id, role_id=role_id, unit_id=unit_id))
    return browser("eva")


def _new(ids: Callable, **more: object) -> dict[str, object]:
    form = {
        "login": "gun",
        "name": "Gun Berg",
        "role": ids(Role, name="school_staff"),
        "unit": ids(Unit, name="Ekbackaskolan"),
        "request_id": "new-1",
    }
    return form | more


def test_the_made_password_is_on_the_page_once(eva: Any, ids: Callable, engine: Engine) -> None:
    assert eva.get("/administration/users/new").status_code == 200
    answer = eva.post("/administration/users/new", _new(ids))
    made = re.search(r"<code>([a-z0-9-]+)</code>", answer.text)
    assert made is not None
    assert answer.headers["Cache-Control"] == "no-store"
    with Session(engine) as session:
        assert check_password(session, "gun", made[1]) is not None
    again = eva.post("/administration/users/new", _new(ids))
    assert again.status_code == 303
    assert made[1] not in eva.get(again.headers["Location"]).text


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(eva: Any, ids: Callable) -> None:
    answer = eva.post("/administration/users/new", _new(ids, login="anna", password="kort"))
    assert answer.status_code == 422
    assert 'href="#login"' in answer.text
    assert 'href="#password"' in answer.text
    assert 'value="Gun Berg"' in answer.text
    assert "kort" not in answer.text


def test_lists_and_pages_show_who_has_what(eva: Any, ids: Callable) -> None:
    page = eva.get("/administration/users?q=björn").text
    assert "Björn Åkesson" in page
    assert "Skolpersonal" in page
    assert "Anna Ek" not in page
    own = eva.get(f"/administration/users/{ids(User, login='eva')}").text
    assert "/administration/users/{}/active".format(ids(User, login="eva")) not in own
    roles = eva.get("/administration/roles").text
    assert "Administratör" in roles
    assert eva.get("/administration/roles/new").status_code == 200
    assert eva.get(f"/administration/roles/{ids(Role, name='chief')}").status_code == 404


def test_a_role_of_ones_own_is_made_given_and_taken(eva: Any, ids: Callable) -> None:
    form = {"name": "Vaktmästare", "permissions": ["asset.view", "root"], "request_id": "r1"}
    assert eva.post("/administration/roles/new", form).status_code == 303
    role_id = ids(Role, name="Vaktmästare")
    assert "checked" in eva.get(f"/administration/roles/{role_id}").text
    david = ids(User, login="david")
    give = {"version": 1, "role": role_id, "unit": ids(Unit, name="Kvarnskolan"), "request_id": "g1"}
    assert eva.post(f"/administration/users/{david}/roles", give).status_code == 303
    assert "Vaktmästare" in eva.get(f"/administration/users/{david}").text
    stale = give | {"request_id": "g2", "role": ids(Role, name="chief")}
    assert eva.post(f"/administration/users/{david}/roles", stale).status_code == 409
    kept = eva.post(f"/administration/roles/{role_id}/remove", {"version": 1, "request_id": "rm"})
    assert kept.status_code == 409


def test_fields_that_a_form_does_not_have_are_not_read(eva: Any, ids: Callable, engine: Engine) -> None:
    anna = ids(User, login="anna")
    form = {"version": 1, "name": "Anna Ek", "language": "en", "request_id": "c1"}
    more = {"login": "root", "password_hash": "x", "is_active": "", "role": ids(Role, name="administrator")}
    assert eva.post(f"/administration/users/{anna}", form | more).status_code == 303
    with Session(engine) as session:
        user = session.get_one(User, anna)
        assert (user.login, user.password_hash, user.is_active, user.language) == ("anna", None, True, "en")
        assert len(session.exec(select(Grant).where(Grant.user_id == anna)).all()) == 1


def test_disabling_logs_out_at_once(eva: Any, ids: Callable, browser: Callable) -> None:
    bjorn = browser("bjorn")
    assert bjorn.get("/account/alive").status_code == 200
    path = f"/administration/users/{ids(User, login='bjorn')}/active"
    assert eva.post(path, {"version": 1, "active": "no", "request_id": "off"}).status_code == 303
    assert bjorn.get("/account/alive").status_code == 303


@pytest.mark.usefixtures("frida")
def test_a_school_administrator_cannot_reach_past_her_school(
    browser: Callable, ids: Callable, engine: Engine
) -> None:
    with writing(engine) as session:
        grant = session.exec(select(Grant).join(User).where(User.login == "frida")).one()
        grant.role_id = session.exec(select(Role.id).where(Role.name == "administrator")).one()
    frida = browser("frida")
    assert "Anna Ek" not in frida.get("/administration/users").text
    assert frida.get(f"/administration/users/{ids(User, login='anna')}").status_code == 404
    own = ids(User, login="frida")
    more = {"version": 1, "role": ids(Role, name="administrator"), "unit": ids(Unit, name="Ekbacka kommun")}
    assert frida.post(f"/administration/users/{own}/roles", more | {"request_id": "x"}).status_code == 404
    role = {"name": "Allt", "permissions": [one.value for one in Permission], "request_id": "y"}
    assert frida.post("/administration/roles/new", role).status_code in {403, 409}
    with Session(engine) as session:
        assert len(session.exec(select(Grant).where(Grant.user_id == own)).all()) == 1
        assert session.exec(select(Role).where(Role.name == "Allt")).first() is None


@pytest.fixture
def with_password(engine: Engine) -> None:
    """Anna's account has a password."""
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "anna")).one().password_hash = hash_password(PASSWORD)


@pytest.mark.usefixtures("with_password")
def test_ones_own_password_needs_the_present_one_and_ends_other_sessions(
    browser: Callable, engine: Engine
) -> None:
    here, elsewhere = browser("anna"), browser("anna")
    form = {"present": "fel", "password": "en helt ny mening", "repeat": "en helt ny mening"}
    assert here.post("/account/password", form).status_code == 422
    differing = form | {"present": PASSWORD, "repeat": "en annan ny mening"}
    assert here.post("/account/password", differing).status_code == 422
    assert here.post("/account/password", form | {"present": PASSWORD}).status_code == 303
    assert here.get("/account/alive").status_code == 200
    assert elsewhere.get("/account/alive").status_code == 303
    with Session(engine) as session:
        assert check_password(session, "anna", "en helt ny mening") is not None
        assert len(session.exec(select(LoginSession)).all()) == 1


@pytest.mark.usefixtures("with_password")
def test_guessing_at_the_present_password_is_slowed(browser: Callable) -> None:
    anna = browser("anna")
    form = {"present": "fel", "password": "en helt ny mening", "repeat": "en helt ny mening"}
    assert [anna.post("/account/password", form).status_code for _ in range(6)] == [422] * 5 + [429]


def test_the_tree_shows_what_matches_and_what_is_above(browser: Callable) -> None:
    anna = browser("anna")
    page = anna.get("/administration/units?q=7a").text
    assert "7A" in page
    assert "Ekbackaskolan" in page
    assert "Kvarnskolan" not in page
    assert anna.get("/administration/units?q=saknas").status_code == 200


def test_a_unit_is_added_changed_and_removed_with_an_undo(browser: Callable, ids: Callable) -> None:
    anna, school = browser("anna"), ids(Unit, name="Kvarnskolan")
    form = {"name": "9C", "kind": "class", "request_id": "a1"}
    assert anna.post(f"/administration/units/{school}/units", form).status_code == 303
    again = anna.post(f"/administration/units/{school}/units", form | {"request_id": "a2"})
    assert again.status_code == 422
    assert 'href="#add-name"' in again.text
    unit = ids(Unit, name="9C")
    gone = anna.post(f"/administration/units/{unit}/remove", {"version": 1, "request_id": "d1"})
    assert gone.status_code == 303
    page = anna.get(gone.headers["Location"]).text
    assert 'name="removed" value="d1"' in page
    back = anna.post("/administration/units/restore", {"removed": "d1", "request_id": "u1"})
    assert back.status_code == 303
    assert ids(Unit, name="9C")
    kept = anna.get(f"/administration/units/{school}").text
    assert "en plats" in kept


def test_a_site_gets_secured_rooms(browser: Callable, ids: Callable, engine: Engine) -> None:
    anna, site = browser("anna"), ids(Site, name="Stadshuset")
    form = {"name": "Serverhall", "secured": "yes", "request_id": "s1"}
    assert anna.post(f"/administration/sites/{site}/rooms", form).status_code == 303
    assert "Säkrat utrymme" in anna.get(f"/administration/sites/{site}").text
    room = ids(Room, name="Serverhall")
    change = {"name": "Serverhall 1", "version": 1, "request_id": "s2"}
    assert anna.post(f"/administration/rooms/{room}", change).status_code == 303
    with Session(engine) as session:
        assert session.get_one(Room, room).is_secured is False
    removal = anna.post(f"/administration/rooms/{room}/remove", {"version": 2, "request_id": "s3"})
    assert "removed=s3" in removal.headers["Location"]


def test_all_that_is_wrong_with_a_new_account_is_said_at_once(eva: Any, ids: Callable) -> None:
    form = _new(ids, login="?", name="", role="", unit="", password="kort")
    answer = eva.post("/administration/users/new", form)
    assert answer.status_code == 422
    for name in ("login", "name", "role", "unit", "password"):
        assert f'<li><a href="#{name}">' in answer.text
