"""Nobody waits while a file is compared; what was compared is stored only where it still holds."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, func, select

from tests.conftest import NOW, statements, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tests.tracker.imports.people_files import ALL, EVERYTHING, TODAY, add_person, file_of, person_of
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import RefusedError, StaleError
from tracker.imports import comparing, drafts
from tracker.imports import preparing as assets
from tracker.imports.diff import Diff, Outcome
from tracker.imports.people import comparing as people_comparing
from tracker.imports.people import drafts as people_drafts
from tracker.imports.people import preparing as people
from tracker.imports.people.diff import Deed
from tracker.imports.people.diff import Outcome as Became
from tracker.imports.people.storing import store as store_people
from tracker.imports.questions import from_words
from tracker.imports.storing import store
from tracker.sqlite_driver import sqlite
from tracker.swedish import sort_key
from tracker.tables import Asset, AssetIdentifier, Person, Site, Unit
from tracker.words import AssetStatus, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from tracker.imports.preparing import Prepared

__all__ = ["cluster", "migrated", "postgresql_url"]

HEAD = "Inventarienummer;Serienummer;Status;Enhet;Plats;Rum;Modell;Innehavare"
ROWS = (
    "EK-1;PF000001;I bruk;Ekbackaskolan;Nya huset;B1;Modell 1;",
    "EK-2;PF000002;I lager;Ekbackaskolan;Nya huset;B1;Modell 1;",
)
MAKE = from_words(["sites,rooms,models"], [], [])


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "assets.csv"
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


def _ready(engine: Engine, path: Path) -> Prepared:
    with reading(engine) as session:
        return assets.prepare(session, path, MAKE, by=None)


def _store(engine: Engine, path: Path, ready: Prepared | None = None) -> Diff:
    with writing(engine) as session:
        return store(session, path, path.name, MAKE, by=None, now=NOW, ready=ready)[1]


def _asset(engine: Engine, tag: str) -> Asset:
    with reading(engine) as session:
        return session.exec(select(Asset).where(Asset.tag == tag)).one()


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One more number for each comparison of a file with the register."""
    seen: list[int] = []
    for module in (assets, people):
        made: Any = module.Comparison  # type: ignore[attr-defined]

        def noted(*args: Any, _made: Any = made, **more: Any) -> Any:
            seen.append(len(seen))
            return _made(*args, **more)

        monkeypatch.setattr(module, "Comparison", noted)
    return seen


def _impatient(engine: Engine, written: list[int]) -> Callable[[int], None]:
    """Writes at once, or fails: it waits for nobody."""
    own = sqlite.connect(str(engine.url.database), timeout=0, isolation_level=None, check_same_thread=False)

    def write(row: int) -> None:
        own.execute("BEGIN IMMEDIATE")
        own.execute("UPDATE role SET name = name")
        own.execute("COMMIT")
        written.append(row)

    return write


def test_others_write_while_a_draft_of_assets_is_compared_and_made_ready(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = viewer_of(engine, "anna")
    path = _file(tmp_path, *(f"EK-{n};PF{n:06};I lager;Ekbackaskolan;;;;" for n in range(1_200)))
    with writing(engine) as session, path.open("rb") as file:
        number = drafts.receive(session, file, path.name, by=anna, now=NOW)
    written: list[int] = []
    write, check = _impatient(engine, written), comparing.check

    def checked(row: Any) -> Any:
        if row.number % 100 == 0:
            write(row.number)
        return check(row)

    monkeypatch.setattr(comparing, "check", checked)
    drafts.compare(engine, number, anna)
    ready = drafts.ready_for(engine, number, anna)
    assert written == [*range(100, 1_300, 100)] * 2
    with writing(engine) as session:
        version = drafts.draft_for(session, number, anna).version
        drafts.confirm(session, number, version, by=anna, now=NOW, ready=ready)
        kept = session.exec(select(func.count(col(Asset.id))).where(col(Asset.tag).startswith("EK-"))).one()
    assert kept == 1_200
    assert len(written) == 24, "within the lock nothing is compared again"


def test_others_write_while_a_draft_of_people_is_compared_and_made_ready(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deed = Deed(viewer_of(engine, "anna"), NOW, TODAY)
    assert deed.by is not None
    path = file_of(tmp_path, *(f"u{n};Bo Ek;7B;Ekbackaskolan;elev;" for n in range(1_200)))
    with writing(engine) as session:
        number = people_drafts.receive(session, path, path.name, deed)
    written: list[int] = []
    write, check = _impatient(engine, written), people_comparing.check

    def checked(row: int, *rest: Any) -> Any:
        if row % 100 == 0:
            write(row)
        return check(row, *rest)

    monkeypatch.setattr(people_comparing, "check", checked)
    people_drafts.compare(engine, number, deed.by)
    ready = people_drafts.ready_for(engine, number, EVERYTHING, deed)
    assert written == [*range(100, 1_300, 100)] * 2
    with writing(engine) as session:
        version = drafts.draft_for(session, number, deed.by, people_drafts.PEOPLE).version
        diff = people_drafts.confirm(session, number, version, EVERYTHING, deed, ready)
        assert journal.verify(session) == []
    assert diff.counts[Became.NEW] == 1_200
    assert len(written) == 24, "within the lock nobody is compared again"


def test_what_is_done_beside_with_other_devices_costs_no_second_comparison(
    migrated: Engine, tmp_path: Path, compared: list[int]
) -> None:
    _store(migrated, _file(tmp_path, *ROWS))
    path = _file(tmp_path, ROWS[0].replace("I bruk", "I lager"))
    compared.clear()
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        other = session.exec(select(Asset).where(Asset.tag == "EK-2")).one()
        other.status, other.version = AssetStatus.HANDED_OUT, other.version + 1
    assert _store(migrated, path, ready).counts[Outcome.CHANGED] == 1
    assert len(compared) == 1
    assert _asset(migrated, "EK-1").status is AssetStatus.IN_STOCK
    assert _asset(migrated, "EK-2").status is AssetStatus.HANDED_OUT


def _new_asset(session: Session, tag: str) -> Asset:
    unit_id = session.exec(select(Unit.id).where(Unit.name == "Kvarnskolan")).one()
    asset = Asset(
        tag=tag, sort_key=sort_key(tag), search_key=tag.casefold(), status=AssetStatus.IN_USE, unit_id=unit_id or 0,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    session.add(asset)
    session.flush()
    return asset


def test_a_tag_that_somebody_took_meanwhile_is_not_made_twice(
    migrated: Engine, tmp_path: Path, compared: list[int]
) -> None:
    path = _file(tmp_path, *ROWS)
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        _new_asset(session, "ek-1")  # written otherwise: no constraint of the table would see it
    diff = _store(migrated, path, ready)
    assert (diff.counts[Outcome.NEW], diff.counts[Outcome.CHANGED], len(compared)) == (1, 1, 2)
    with reading(migrated) as session:
        assert sorted(session.exec(select(Asset.tag).where(col(Asset.tag).ilike("ek-%")))) == ["EK-2", "ek-1"]


def test_a_serial_that_somebody_took_meanwhile_stops_the_file(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ROWS)
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        other = _new_asset(session, "KV-9")
        session.add(AssetIdentifier(asset_id=other.id or 0, kind=IdentifierKind.SERIAL, value="PF000002"))
    with pytest.raises(RefusedError) as caught:
        _store(migrated, path, ready)
    assert caught.value.code == "imports.has_errors"
    with reading(migrated) as session:
        assert session.exec(select(Asset).where(Asset.tag == "EK-1")).first() is None


def test_what_somebody_did_meanwhile_with_a_device_of_the_file_is_not_written_over(
    migrated: Engine, tmp_path: Path, compared: list[int]
) -> None:
    _store(migrated, _file(tmp_path, *ROWS))
    path = _file(tmp_path, "EK-1;;I lager;;;;;")
    compared.clear()
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        mine = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        mine.note, mine.version = "sprucken skärm", mine.version + 1
    _store(migrated, path, ready)
    asset = _asset(migrated, "EK-1")
    assert (asset.note, asset.status, asset.version) == ("sprucken skärm", AssetStatus.IN_STOCK, 3)
    assert len(compared) == 2


def test_a_place_that_somebody_made_meanwhile_is_not_made_twice(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, *ROWS)
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        session.add(Site(name="Nya huset", sort_key="nya huset", unit_id=unit_id))
    _store(migrated, path, ready)
    with reading(migrated) as session:
        (site,) = session.exec(select(Site).where(Site.name == "Nya huset"))
    assert _asset(migrated, "EK-1").site_id == site.id


def test_a_holder_who_got_another_id_meanwhile_is_asked_for(migrated: Engine, tmp_path: Path) -> None:
    with reading(migrated) as session:
        holder = session.exec(select(Person).where(col(Person.external_id).is_not(None))).first()
    assert holder is not None
    path = _file(tmp_path, f"EK-1;;I bruk;Ekbackaskolan;;;;{holder.external_id}")
    ready = _ready(migrated, path)
    with writing(migrated) as session:
        session.get_one(Person, holder.id).external_id = "någon-annan"
    with pytest.raises(RefusedError) as caught:
        _store(migrated, path, ready)
    assert caught.value.code == "imports.has_questions"


def test_a_draft_that_was_made_ready_too_early_is_not_stored_as_something_else(
    migrated: Engine, tmp_path: Path
) -> None:
    anna = viewer_of(migrated, "anna")
    path = _file(tmp_path, *(row.replace("Nya huset;B1;Modell 1", ";;") for row in ROWS))
    with writing(migrated) as session:
        number = drafts.receive(session, BytesIO(path.read_bytes()), path.name, by=anna, now=NOW)
    drafts.compare(migrated, number, anna)
    ready = drafts.ready_for(migrated, number, anna)
    with writing(migrated) as session:
        _new_asset(session, "EK-2")
    with reading(migrated) as session:
        version = drafts.draft_for(session, number, anna).version
    with pytest.raises(StaleError), writing(migrated) as session:
        drafts.confirm(session, number, version, by=anna, now=NOW, ready=ready)
    with reading(migrated) as session:
        assert session.exec(select(Asset).where(Asset.tag == "EK-1")).first() is None


def test_a_draft_that_is_gone_is_not_made_ready(engine: Engine) -> None:
    anna = viewer_of(engine, "anna")
    assert drafts.ready_for(engine, 4711, anna) is None
    assert people_drafts.ready_for(engine, 4711, EVERYTHING, Deed(anna, NOW, TODAY)) is None


def _people_ready(engine: Engine, path: Path) -> people.Prepared:
    with reading(engine) as session:
        return people.prepare(session, path, EVERYTHING, Deed(None, NOW, TODAY))


@pytest.mark.parametrize("what", ["nothing of theirs", "somebody came", "a class was made"])
def test_people_are_compared_again_only_where_people_or_units_changed(
    migrated: Engine, tmp_path: Path, compared: list[int], what: str
) -> None:
    path = file_of(tmp_path, *ALL, "u1;Bo Ek;7B;Ekbackaskolan;elev;")
    ready = _people_ready(migrated, path)
    with writing(migrated) as session:
        if what == "somebody came":
            add_person(session, "u1", "Bo Ek", "7A", is_pupil=True)
        elif what == "a class was made":
            school = session.exec(select(Unit).where(Unit.name == "Ekbackaskolan")).one()
            session.add(_class_of(school, "7B"))
        else:
            _new_asset(session, "EK-77")
    with writing(migrated) as session:
        store_people(session, path, EVERYTHING, Deed(None, NOW, TODAY), ready=ready)
    assert len(compared) == (1 if what == "nothing of theirs" else 2)
    with reading(migrated) as session:
        (found,) = session.exec(select(Person).where(Person.external_id == "u1"))
        (unit,) = session.exec(select(Unit).where(Unit.name == "7B"))
        assert found.unit_id == unit.id
        assert journal.verify(session) == []


def _class_of(school: Unit, name: str) -> Unit:
    return Unit(
        name=name, kind="class", sort_key=name.casefold(), parent_id=school.id, path=f"{school.path}99/"
    )


def test_a_name_that_stays_is_not_sorted_anew(migrated: Engine, tmp_path: Path) -> None:
    before = person_of(migrated, "p-elsa }dman")
    path = file_of(tmp_path, "p-elsa }dman;;7B;Ekbackaskolan;elev;", *ALL[1:])
    ready = _people_ready(migrated, path)
    with statements(migrated) as said, writing(migrated) as session:
        store_people(session, path, EVERYTHING, Deed(None, NOW, TODAY), ready=ready)
    updates = [one for one in said if one.startswith("UPDATE person ")]
    assert len(updates) == 1, updates
    assert "unit_id" in updates[0]
    assert "search_key" not in updates[0]
    after = person_of(migrated, "p-elsa }dman")
    assert (after.name, after.search_key) == (before.name, before.search_key)
    assert (after.unit_id != before.unit_id, after.version) == (True, before.version + 1)
