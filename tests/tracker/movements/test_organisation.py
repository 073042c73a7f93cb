"""The tree of units, its sites and rooms, on both databases: who may change what, and that paths stay true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, viewer_of
from tracker.db import writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.movements.places import Remove, SaveRoom, SaveSite, remove_room, save_room, save_site
from tracker.movements.restoring import restore
from tracker.movements.units import (
    AddUnit,
    ChangeUnit,
    MoveUnit,
    RemoveUnit,
    add_unit,
    change_unit,
    move_unit,
    remove_unit,
)
from tracker.queries.hanging import hanging_on
from tracker.roles import GrantFact, Viewer
from tracker.tables import Grant, Role, Room, Site, Unit, User
from tracker.words import Permission, RoleName, UnitKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.tracker.movements.conftest import Put


def _unit(engine: Engine, name: str) -> Unit:
    with Session(engine) as session:
        return session.exec(select(Unit).where(Unit.name == name)).one()


def _viewer(engine: Engine, *over: tuple[str, set[Permission]]) -> Viewer:
    """Anna's account with these permissions over these units."""
    grants = tuple(GrantFact(frozenset(held), _unit(engine, unit).path) for unit, held in over)
    return Viewer(viewer_of(engine, "anna").user_id, "Anna Ek", grants)


def _add(engine: Engine, by: Viewer, parent: str, name: str, **more: Any) -> int:
    values = {"kind": UnitKind.CLASS, "request_id": f"add-{parent}-{name}"[-40:]} | more
    with writing(engine) as session:
        command = AddUnit(parent_id=_unit(engine, parent).id, name=name, **values)
        return add_unit(session, command, by=by, now=NOW)


def _move(engine: Engine, by: Viewer, name: str, to: str, version: int | None = None) -> None:
    unit = _unit(engine, name)
    with writing(engine) as session:
        command = MoveUnit(
            unit_id=unit.id,
            version=unit.version if version is None else version,
            parent_id=_unit(engine, to).id,
            request_id=f"{version}-{name[:18]}-{to[:18]}",
        )
        move_unit(session, command, by=by, now=NOW)


def _remove(engine: Engine, by: Viewer, name: str) -> None:
    unit = _unit(engine, name)
    with writing(engine) as session:
        command = RemoveUnit(unit_id=unit.id, version=unit.version, request_id=f"remove-{name}")
        remove_unit(session, command, by=by, now=NOW)


def _change(engine: Engine, by: Viewer, of: str, **more: Any) -> None:
    unit = _unit(engine, of)
    values = {
        "name": of,
        "kind": unit.kind,
        "version": unit.version,
        "request_id": f"{of}-{len(more)}"[-40:],
    } | more
    with writing(engine) as session:
        change_unit(session, ChangeUnit(unit_id=unit.id, **values), by=by, now=NOW)


def test_moving_a_unit_moves_the_paths_of_everything_below(migrated: Engine, technician: Viewer) -> None:
    it, school = _unit(migrated, "IT- och digitaliseringsavdelningen"), _unit(migrated, "Ekbackaskolan")
    _move(migrated, technician, "Ekbackaskolan", it.name)
    moved, below = _unit(migrated, "Ekbackaskolan"), _unit(migrated, "7A")
    assert (moved.parent_id, moved.path) == (it.id, f"{it.path}{school.id}/")
    assert below.path == f"{moved.path}{below.id}/"
    with Session(migrated) as session:
        for unit in session.exec(select(Unit)):
            above = session.get(Unit, unit.parent_id) if unit.parent_id else None
            assert unit.path == f"{above.path if above else '/'}{unit.id}/"


def test_nothing_is_moved_below_itself_a_class_or_away_from_the_top(
    migrated: Engine, technician: Viewer
) -> None:
    with pytest.raises(RefusedError, match="under_itself"):
        _move(migrated, technician, "Utbildningsförvaltningen", "Ekbackaskolan")
    with pytest.raises(RefusedError, match="under_itself"):
        _move(migrated, technician, "Ekbackaskolan", "Ekbackaskolan")
    with pytest.raises(RefusedError, match="under_class"):
        _move(migrated, technician, "Kvarnskolan", "7A")
    with pytest.raises(RefusedError, match="root_stays"):
        _move(migrated, technician, "Ekbacka kommun", "Ekbackaskolan")


def test_a_move_needs_the_right_over_both_places(migrated: Engine) -> None:
    edit = {Permission.UNIT_EDIT}
    school_only = _viewer(migrated, ("Ekbackaskolan", edit))
    with pytest.raises(NotFoundError):
        _move(migrated, school_only, "7A", "Kvarnskolan")
    with pytest.raises(NotFoundError):
        _move(migrated, school_only, "Ekbackaskolan", "Ekbacka kommun")
    both = _viewer(migrated, ("Ekbackaskolan", edit), ("Kvarnskolan", edit))
    _move(migrated, both, "7A", "Kvarnskolan")
    assert _unit(migrated, "7A").path.startswith(_unit(migrated, "Kvarnskolan").path)


def test_nobody_gains_rights_by_moving_a_unit_to_where_they_have_more(migrated: Engine) -> None:
    little, much = {Permission.UNIT_EDIT}, {Permission.UNIT_EDIT, Permission.PERSON_VIEW}
    by = _viewer(migrated, ("Ekbackaskolan", little), ("Kvarnskolan", much))
    with pytest.raises(RefusedError, match="move_widens"):
        _move(migrated, by, "7A", "Kvarnskolan")
    assert _unit(migrated, "7A").path.startswith(_unit(migrated, "Ekbackaskolan").path)


def test_a_viewer_over_a_school_changes_that_school_only(migrated: Engine) -> None:
    by = _viewer(migrated, ("Ekbackaskolan", {Permission.UNIT_EDIT}))
    _add(migrated, by, "Ekbackaskolan", "7B")
    _change(migrated, by, "Ekbackaskolan", code="SK-1")
    for parent in ("Kvarnskolan", "Utbildningsförvaltningen"):
        with pytest.raises(NotFoundError):
            _add(migrated, by, parent, "9Z")
        with pytest.raises(NotFoundError):
            _change(migrated, by, parent, name="Min")
    with pytest.raises(NotFoundError):
        _remove(migrated, by, "Kvarnskolan")


def test_names_and_codes_are_taken_once(migrated: Engine, technician: Viewer) -> None:
    with pytest.raises(InvalidError) as caught:
        _add(migrated, technician, "Ekbackaskolan", "7a")
    assert set(caught.value.fields) == {"name"}
    _add(migrated, technician, "Kvarnskolan", "7A", code="K7A")
    with pytest.raises(InvalidError) as caught:
        _add(migrated, technician, "Kvarnskolan", "7B", code="k7a")
    assert set(caught.value.fields) == {"code"}
    with pytest.raises(InvalidError) as caught:
        _add(migrated, technician, "Kvarnskolan", "", kind=UnitKind.MUNICIPALITY)
    assert set(caught.value.fields) == {"name", "kind"}


def test_a_class_owns_nothing(migrated: Engine, technician: Viewer, put: Put) -> None:
    put("10481", unit="Kvarnskolan")
    with pytest.raises(InvalidError):
        _change(migrated, technician, "Kvarnskolan", kind=UnitKind.CLASS)
    with pytest.raises(InvalidError):
        _change(migrated, technician, "Ekbacka kommun", kind=UnitKind.SCHOOL)
    with pytest.raises(RefusedError, match="under_class"):
        _add(migrated, technician, "7A", "7A1")
    command = SaveSite(unit_id=_unit(migrated, "7A").id, name="Hus", request_id="s")
    with pytest.raises(InvalidError), writing(migrated) as session:
        save_site(session, command, by=technician, now=NOW)


def test_the_tree_has_a_depth_that_its_paths_can_hold(migrated: Engine, technician: Viewer) -> None:
    name = "Ekbackaskolan"
    with pytest.raises(RefusedError, match="too_deep"):  # noqa: PT012 -- it comes at a depth, not at a line
        for level in range(20):
            _add(migrated, technician, name, f"Nivå {level}", kind=UnitKind.OPERATION)
            name = f"Nivå {level}"
    with Session(migrated) as session:
        assert max(len(path) for path in session.exec(select(Unit.path))) < 200


def test_what_hangs_on_a_unit_keeps_it_and_is_counted(migrated: Engine, technician: Viewer, put: Put) -> None:
    put("10481", unit="Kvarnskolan")
    put("10482", unit="Kvarnskolan")
    with Session(migrated) as session:
        kvarn = session.exec(select(Unit).where(Unit.name == "Kvarnskolan")).one()
        counts = {one.what: one.count for one in hanging_on(session, kvarn)}
    assert counts == {"asset": 2, "person": 1, "site": 1}
    with pytest.raises(RefusedError, match="holds"):
        _remove(migrated, technician, "Kvarnskolan")


def test_a_unit_that_carries_somebodys_role_stays(migrated: Engine, technician: Viewer) -> None:
    unit_id = _add(migrated, technician, "Kvarnskolan", "9C")
    with writing(migrated) as session:
        user_id = session.exec(select(User.id).where(User.login == "david")).one()
        role_id = session.exec(select(Role.id).where(Role.name == RoleName.CHIEF.value)).one()
        session.add(Grant(user_id=user_id, role_id=role_id, unit_id=unit_id))
    with pytest.raises(RefusedError, match="holds"):
        _remove(migrated, technician, "9C")


def test_an_empty_unit_goes_and_comes_back(migrated: Engine, technician: Viewer) -> None:
    _add(migrated, technician, "Kvarnskolan", "9C", code="K9C")
    _remove(migrated, technician, "9C")
    with Session(migrated) as session:
        assert session.exec(select(Unit).where(Unit.name == "9C")).first() is None
    with pytest.raises(NotFoundError), writing(migrated) as session:
        restore(session, "remove-9C", "undo-1", by=viewer_of(migrated, "bjorn"), now=NOW)
    with writing(migrated) as session:
        restore(session, "remove-9C", "undo-1", by=technician, now=NOW)
    back = _unit(migrated, "9C")
    assert (back.code, back.kind, back.parent_id) == (
        "K9C",
        UnitKind.CLASS,
        _unit(migrated, "Kvarnskolan").id,
    )


def test_a_stale_form_loses_and_hears_who_was_first(migrated: Engine, technician: Viewer) -> None:
    _change(migrated, technician, "Kvarnskolan", code="SK-2")
    with pytest.raises(StaleError) as caught:
        _change(migrated, technician, "Kvarnskolan", name="Kvarn", version=1, request_id="second")
    assert caught.value.data["who"] == "Anna Ek"
    with pytest.raises(StaleError):
        _move(migrated, technician, "Kvarnskolan", "Ekbacka kommun", version=1)
    assert _unit(migrated, "Kvarnskolan").parent_id == _unit(migrated, "Utbildningsförvaltningen").id


def test_rooms_are_secured_named_once_a_site_and_come_back(migrated: Engine, technician: Viewer) -> None:
    with Session(migrated) as session:
        site = session.exec(select(Site).where(Site.name == "Stadshuset")).one()

    def save(name: str, request_id: str, **more: Any) -> int:
        with writing(migrated) as session:
            command = SaveRoom(site_id=site.id, name=name, request_id=request_id, **more)
            return save_room(session, command, by=technician, now=NOW)

    room_id = save("Serverhall", "r1", is_secured=True)
    with pytest.raises(InvalidError):
        save("serverhall", "r2")
    with writing(migrated) as session:
        remove_room(session, Remove(row_id=room_id, version=1, request_id="gone"), by=technician, now=NOW)
    with writing(migrated) as session:
        restore(session, "gone", "undo", by=technician, now=NOW)
    with Session(migrated) as session:
        assert session.exec(select(Room.is_secured).where(Room.name == "Serverhall")).one()
    other = _viewer(migrated, ("Kvarnskolan", {Permission.UNIT_EDIT}))
    command = SaveRoom(site_id=site.id, name="Mitt", request_id="r3")
    with pytest.raises(NotFoundError), writing(migrated) as session:
        save_room(session, command, by=other, now=NOW)


def test_a_site_moves_only_between_units_of_ones_own(migrated: Engine) -> None:
    by = _viewer(migrated, ("Ekbackaskolan", {Permission.UNIT_EDIT}))
    with Session(migrated) as session:
        site = session.exec(select(Site).where(Site.name == "Ekbackaskolan")).one()
        other = session.exec(select(Site).where(Site.name == "Kvarnskolan")).one()
    for site_id, unit in ((site.id, "Kvarnskolan"), (other.id, "Ekbackaskolan")):
        command = SaveSite(
            site_id=site_id,
            version=1,
            unit_id=_unit(migrated, unit).id,
            name=f"Hus {site_id}",
            request_id=f"s{site_id}",
        )
        with pytest.raises(NotFoundError), writing(migrated) as session:
            save_site(session, command, by=by, now=NOW)


def test_a_name_of_many_numbers_has_its_place_in_the_order(migrated: Engine, technician: Viewer) -> None:
    numbers = "1a" * 40
    unit = _add(migrated, technician, "Ekbackaskolan", numbers, kind=UnitKind.SCHOOL)
    _change(migrated, technician, "Kvarnskolan", name="2b" * 40)
    with writing(migrated) as session:
        command = SaveSite(name=numbers, unit_id=unit, request_id="site")
        site = save_site(session, command, by=technician, now=NOW)
        save_room(session, SaveRoom(site_id=site, name=numbers, request_id="room"), by=technician, now=NOW)
    assert len(_unit(migrated, numbers).sort_key) == 240
