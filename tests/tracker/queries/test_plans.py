"""What people wait for goes along indexes: no page reads the whole table of assets or of movements, whatever is in it."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from benchmarks import filling
from benchmarks.seeding import QUICK, Seeding
from tests.conftest import NOW
from tracker.db import open_engine, writing
from tracker.migrations import upgrade
from tracker.movements.returns import TakeBack, take_back
from tracker.queries.asset_page import asset_page
from tracker.queries.assets import AssetFilter, list_assets
from tracker.queries.finding_page import finding_page
from tracker.queries.findings import QueueFilter, queue
from tracker.queries.return_box import left, lines_since
from tracker.queries.search import search
from tracker.tables import Asset, Finding, User
from tracker.users import viewer_of
from tracker.words import AssetStatus, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tracker.roles import Viewer

SV = Language.SV
WHOLE = re.compile(r"^SCAN (asset|movement)$")
"""A table read from end to end; along an index it is ``SCAN … USING …``."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of two thousand assets and eight thousand movements, to copy."""
    path = tmp_path_factory.mktemp("plans") / "filled.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        filling.fill(session, Seeding(QUICK, NOW))
    engine.dispose()
    return path


@pytest.fixture
def register(filled: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy that a test may change."""
    engine = open_engine(f"sqlite:///{shutil.copyfile(filled, tmp_path / 'register.db')}")
    yield engine
    engine.dispose()


@contextmanager
def _asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def _whole(engine: Engine, statements: list[tuple[str, Any]]) -> list[str]:
    """The statements that read all of a large table."""
    found = []
    with engine.connect() as connection:
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found += [f"{row[3]}: {statement}" for row in rows if WHOLE.match(row[3])]
    return found


def _list(session: Session, by: Viewer) -> None:
    first = list_assets(session, by, AssetFilter(), SV)
    list_assets(session, by, AssetFilter(cursor=first.next_cursor), SV)
    list_assets(session, by, AssetFilter(status="handed_out"), SV)
    list_assets(session, by, AssetFilter(unit=3), SV)
    list_assets(session, by, AssetFilter(site="Ekbackaskolan 1"), SV)


def _changed(session: Session, by: Viewer) -> None:
    list_assets(session, by, AssetFilter(changed_since=NOW - timedelta(minutes=1)), SV)


def _search(session: Session, by: Viewer) -> None:
    for text in ("EK-1001", "PF0001", "a4:bb:6d:00:00:15", "Elsa Öd"):
        search(session, by, text, SV)


def _page(session: Session, by: Viewer) -> None:
    asset_page(session, by, list_assets(session, by, AssetFilter(), SV).rows[0].id, SV)


def _queue(session: Session, by: Viewer) -> None:
    queue(session, by, QueueFilter())
    finding_page(session, by, session.exec(select(Finding.id)).first() or 0)


def _return(session: Session, by: Viewer) -> None:
    out = select(Asset.tag).where(Asset.status == AssetStatus.HANDED_OUT, Asset.id < 100)  # type: ignore[operator]
    tag = session.exec(out).first() or ""
    take_back(session, TakeBack(code=tag, request_id="r1"), by=by, now=NOW)
    lines_since(session, NOW - timedelta(hours=1), by, SV)
    left(session, NOW - timedelta(hours=1), by)


HOT: dict[str, Callable[[Session, Viewer], None]] = {
    "list": _list,
    "changed": _changed,
    "search": _search,
    "page": _page,
    "queue": _queue,
    "return": _return,
}
TECHNICIAN, SCHOOL_STAFF = "user0", "user2"


def _read_whole(engine: Engine, login: str, do: Callable[[Session, Viewer], None]) -> list[str]:
    with writing(engine) as session:
        by = viewer_of(session, session.exec(select(User).where(User.login == login)).one())
        with _asked(engine) as statements:
            do(session, by)
    assert statements
    return _whole(engine, statements)


@pytest.mark.parametrize(
    ("path", "login"),
    [*((path, TECHNICIAN) for path in HOT), *((path, SCHOOL_STAFF) for path in HOT if path != "queue")],
)
def test_nobody_waits_for_a_whole_table(register: Engine, path: str, login: str) -> None:
    assert _read_whole(register, login, HOT[path]) == []


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("list", "ix_asset_sort_key"),
        ("changed", "ix_asset_changed_at"),
        ("page", "ix_movement_asset_id"),
    ],
)
def test_without_its_index_a_whole_table_is_read_and_seen_to_be(
    register: Engine, path: str, index: str
) -> None:
    with register.begin() as connection:
        connection.exec_driver_sql(f"DROP INDEX {index}")
    assert _read_whole(register, TECHNICIAN, HOT[path]) != []
