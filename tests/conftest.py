"""Fixtures every test may use: a fresh register, a fixed moment, and the people who are always the same."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import event
from sqlmodel import Session, select

from tracker.db import open_engine, writing
from tracker.roles import BUILT_IN, GrantFact, Viewer
from tracker.swedish import search_key, sort_key
from tracker.tables import Grant, Person, Role, Site, Unit, User, metadata
from tracker.words import RoleName, UnitKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser
    from sqlalchemy import Engine

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

# A busy machine is slow now and then: no test is judged by its own clock.
settings.register_profile("enhetskoll", deadline=None)
settings.load_profile("enhetskoll")


class SteppedClock:
    """A clock that stands still until told to step."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def step(self, **parts: float) -> datetime:
        """Go forward by a timedelta's keywords."""
        self.moment += timedelta(**parts)
        return self.moment


@pytest.fixture
def now() -> datetime:
    """Monday 23 November 2026, 10.00 in Stockholm."""
    return NOW


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOW)


def _unit(session: Session, name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    unit = Unit(name=name, kind=kind, sort_key=sort_key(name), parent_id=parent.id if parent else None)
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    return unit


def _user(session: Session, login: str, name: str) -> User:
    user = User(login=login, name=name, created_at=NOW)
    session.add(user)
    session.flush()
    return user


def _person(session: Session, name: str, unit: Unit, **more: object) -> Person:
    person = Person(
        name=name,
        unit_id=unit.id,
        sort_key=sort_key(name),
        search_key=search_key(name),
        external_id=f"p-{sort_key(name)}",
        **more,
    )
    session.add(person)
    session.flush()
    return person


def people_the_register(engine: Engine) -> None:
    """Units, sites, roles, users and a few persons: the same small municipality in every test."""
    with writing(engine) as session:
        root = _unit(session, "Ekbacka kommun", UnitKind.MUNICIPALITY)
        it = _unit(session, "IT- och digitaliseringsavdelningen", UnitKind.ADMINISTRATION, root)
        education = _unit(session, "Utbildningsförvaltningen", UnitKind.ADMINISTRATION, root)
        ekbacka = _unit(session, "Ekbackaskolan", UnitKind.SCHOOL, education)
        kvarn = _unit(session, "Kvarnskolan", UnitKind.SCHOOL, education)
        class_7a = _unit(session, "7A", UnitKind.CLASS, ekbacka)
        session.add(Site(name="Stadshuset", sort_key=sort_key("Stadshuset"), unit_id=it.id))
        session.add(Site(name="Ekbackaskolan", sort_key=sort_key("Ekbackaskolan"), unit_id=ekbacka.id))
        session.add(Site(name="Kvarnskolan", sort_key=sort_key("Kvarnskolan"), unit_id=kvarn.id))
        roles = {}
        for role_name, permissions in BUILT_IN.items():
            roles[role_name] = Role(name=role_name.value, permissions=sorted(p.value for p in permissions))
            session.add(roles[role_name])
        session.flush()
        anna = _user(session, "anna", "Anna Ek")
        bjorn = _user(session, "bjorn", "Björn Åkesson")
        cecilia = _user(session, "cecilia", "Cecilia Öberg")
        _user(session, "david", "David Lind")
        for user, role, unit in (
            (anna, RoleName.TECHNICIAN, root),
            (bjorn, RoleName.SCHOOL_STAFF, ekbacka),
            (cecilia, RoleName.CHIEF, root),
        ):
            session.add(Grant(user_id=user.id, role_id=roles[role].id, unit_id=unit.id))
        _person(session, "Elsa Ödman", class_7a, is_pupil=True)
        _person(session, "Åke Zetterlund", class_7a, is_pupil=True)
        _person(session, "Skyddad Elev", class_7a, is_pupil=True, is_protected=True)
        _person(session, "Kim Kvarn", kvarn, is_pupil=True)


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite register with the small municipality in it, to copy: making it anew for each test takes minutes of a run."""
    path = tmp_path_factory.mktemp("peopled") / "register.db"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    people_the_register(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(tmp_path: Path, peopled: Path) -> Iterator[Engine]:
    """A fresh SQLite register in a file, with units, roles, users and persons."""
    path = shutil.copyfile(peopled, tmp_path / "register.db")
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the register meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def viewer_of(engine: Engine, login: str) -> Viewer:
    with Session(engine) as session:
        user = session.exec(select(User).where(User.login == login)).one()
        rows = session.exec(
            select(Role.permissions, Unit.path)
            .join(Grant, Grant.role_id == Role.id)
            .join(Unit, Grant.unit_id == Unit.id)
            .where(Grant.user_id == user.id)
        ).all()
        grants = tuple(GrantFact(frozenset(permissions), path) for permissions, path in rows)
        return Viewer(user.id, user.name, grants)


@pytest.fixture
def anna(engine: Engine) -> Viewer:
    """Technician over everything."""
    return viewer_of(engine, "anna")


@pytest.fixture
def bjorn(engine: Engine) -> Viewer:
    """School staff at Ekbackaskolan."""
    return viewer_of(engine, "bjorn")


@pytest.fixture
def cecilia(engine: Engine) -> Viewer:
    """IT chief."""
    return viewer_of(engine, "cecilia")


@pytest.fixture
def david(engine: Engine) -> Viewer:
    """No rights."""
    return viewer_of(engine, "david")


@pytest.fixture
def unit_path(engine: Engine) -> Callable[[str], str]:
    """The path of a unit by its name."""

    def find(name: str) -> str:
        with Session(engine) as session:
            return session.exec(select(Unit.path).where(Unit.name == name)).one()

    return find


CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, for one module: while it is open, this thread cannot run an event loop of its own."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # in ms: what is waited for comes at once, but not on a busy machine
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield browser
        browser.close()


NEED_SOCKETS = frozenset({"wire", "lab", "browser", "demo"})
"""Marks of tests that open sockets; pytest-socket refuses them to all others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if NEED_SOCKETS & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.enable_socket)


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where CI says so, a skipped test is a failed one: a missing tool must not look like success."""
    if (
        os.environ.get("ENHETSKOLL_NO_SKIP")
        and call.excinfo is not None
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        message = f"skipped where nothing may be: {call.excinfo.value}"
        call.excinfo = pytest.ExceptionInfo.from_exception(AssertionError(message))
