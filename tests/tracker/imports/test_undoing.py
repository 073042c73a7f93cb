"""Questions are answered, an import is taken back, and what has been touched since is left and told; on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, select

from tests.conftest import NOW, viewer_of
from tests.tracker.conftest import cluster, migrated, postgresql_url
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import NotFoundError, RefusedError
from tracker.imports.comparing import Comparison
from tracker.imports.questions import Answers, Do, Kind, as_json, from_json, from_words
from tracker.imports.storing import common, store
from tracker.imports.undoing import Undone, take_back
from tracker.movements.acting import change
from tracker.tables import (
    Asset,
    AssetIdentifier,
    DeviceModel,
    Finding,
    ImportRun,
    JournalEntry,
    Movement,
    Person,
    Room,
    Site,
    Unit,
)
from tracker.words import AssetStatus, FindingKind, FindingState, Language, MovementKind, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tracker.roles import Viewer

__all__ = ["cluster", "migrated", "postgresql_url"]

HEAD = "tag;serial;mac;vendor;model;status;unit;site;room;holder;note"
FIRST = (
    "EK-1;PF3ABC1;;Lenovo;100e;i lager;Ekbackaskolan;Ekbackaskolan;B1;;ny",
    "EK-2;PF3ABC2;;Lenovo;100e;i lager;Ekbackaskolan;Ekbackaskolan;B1;;ny",
)
MAKE = from_words(["rooms,models,sites"], [], [])


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "assets.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    return path


def _store(engine: Engine, path: Path, answers: Answers = MAKE, by: Viewer | None = None) -> int:
    with writing(engine) as session:
        return store(session, path, path.name, answers, by=by, now=NOW)[0]


def _undo(engine: Engine, number: int, by: Viewer | None = None) -> Undone:
    with writing(engine) as session:
        return take_back(session, number, by=by, now=NOW)


def _touch(engine: Engine, tag: str, **values: Any) -> None:
    with writing(engine) as session:
        change(session, session.exec(select(Asset).where(Asset.tag == tag)).one(), NOW, **values)


def _everything(engine: Engine) -> dict[str, Any]:
    """The register as it can be compared; versions and moments go on."""
    with reading(engine) as session:
        assets = {
            a.tag: (a.status, a.unit_id, a.site_id, a.room_id, a.holder_id, a.model_id, a.note, a.search_key)
            for a in session.exec(select(Asset))
        }
        identifiers = {(i.asset_id, i.kind, i.value) for i in session.exec(select(AssetIdentifier))}
        tables = (Room, DeviceModel, Site, Unit)
        return {
            "assets": assets,
            "identifiers": identifiers,
            **{t.__name__: set(session.exec(select(t.id))) for t in tables},
        }


def test_taking_back_leaves_the_register_as_it_was(migrated: Engine, tmp_path: Path) -> None:
    before = _everything(migrated)
    first = _store(migrated, _file(tmp_path, *FIRST))
    between = _everything(migrated)
    second = _store(
        migrated,
        _file(
            tmp_path,
            "EK-1;PF3XYZ9;9C-B6-D0-00-00-01;Dell;5400;utlämnad;Kvarnskolan;Kvarnen;B9;p-elsa |dman;ändrad",
            "EK-9;;;;;;Ekbackaskolan;;;;",
        ),
        from_words(["rooms,models,sites"], ["holders"], []),
    )
    assert _everything(migrated) != between
    done = _undo(migrated, second)
    assert (done.removed, done.restored, done.left) == (1, 1, [])
    assert _everything(migrated) == between
    assert _undo(migrated, first).removed == 2
    assert _everything(migrated) == before
    with reading(migrated) as session:
        whats = session.exec(select(JournalEntry.what).order_by(col(JournalEntry.id))).all()
        assert journal.verify(session) == []
    assert list(whats).count("asset:import:store") == list(whats).count("asset:import:undo") == 2


def test_an_asset_touched_since_is_left_and_named(migrated: Engine, tmp_path: Path) -> None:
    number = _store(migrated, _file(tmp_path, *FIRST))
    _touch(migrated, "EK-2", status=AssetStatus.STOLEN)
    done = _undo(migrated, number)
    assert (done.removed, done.left) == (1, ["EK-2"])
    with reading(migrated) as session:
        kept = session.exec(select(Asset)).one()
        run = session.get_one(ImportRun, number)
        assert session.get(DeviceModel, kept.model_id) is not None, "what a left asset uses stays"
    assert (kept.tag, kept.status) == ("EK-2", AssetStatus.STOLEN)
    assert (run.facts["left"], run.facts["left_count"]) == (["EK-2"], 1)


def test_a_movement_since_is_a_touch_though_the_version_is_the_same(migrated: Engine, tmp_path: Path) -> None:
    number = _store(migrated, _file(tmp_path, *FIRST))
    with writing(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        session.add(Movement(asset_id=asset.id, kind=MovementKind.RETURNED, at=NOW, unit_id=asset.unit_id))
    assert _undo(migrated, number).left == ["EK-1"]


def test_of_a_changed_asset_only_what_is_still_as_imported_goes_back(
    migrated: Engine, tmp_path: Path
) -> None:
    _store(migrated, _file(tmp_path, *FIRST))
    number = _store(migrated, _file(tmp_path, "EK-1;;;;;utlämnad;;;;;ändrad"))
    _touch(migrated, "EK-1", note="skriven sedan dess")
    done = _undo(migrated, number)
    assert (done.restored, done.left) == (1, ["EK-1"])
    with reading(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
    assert (asset.status, asset.note) == (AssetStatus.IN_STOCK, "skriven sedan dess")


def test_what_a_finding_speaks_of_stays_as_deleted(migrated: Engine, tmp_path: Path) -> None:
    number = _store(migrated, _file(tmp_path, *FIRST))
    with writing(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        finding = Finding(
            key=f"not_seen:asset:{asset.id}",
            kind=FindingKind.NOT_SEEN,
            rule="REG-04",
            severity=Severity.LOW,
            state=FindingState.OPEN,
            asset_id=asset.id,
            since=NOW,
            changed_at=NOW,
        )
        session.add(finding)
    assert _undo(migrated, number).removed == 2
    with reading(migrated) as session:
        assert session.exec(select(Asset.tag, Asset.status)).all() == [("EK-1", AssetStatus.DELETED)]
        assert session.exec(select(AssetIdentifier)).all() == []


def test_an_import_is_taken_back_once_and_by_those_who_may(migrated: Engine, tmp_path: Path) -> None:
    number = _store(migrated, _file(tmp_path, *FIRST))
    with pytest.raises(NotFoundError):
        _undo(migrated, number, viewer_of(migrated, "bjorn"))
    with pytest.raises(NotFoundError):
        _undo(migrated, 4711)
    _undo(migrated, number, viewer_of(migrated, "anna"))
    with pytest.raises(RefusedError, match="undone_before"):
        _undo(migrated, number)


def test_nothing_unknown_is_made_unless_it_is_told(migrated: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, "EK-1;;;Lenovo;100e;trasig;Ekbacka skolan;Kvarn skolan;B1;p-9;", *FIRST[1:])
    before = _everything(migrated)
    with reading(migrated) as session:
        asked = Comparison(session).whole(path).questions
    found = {(q.kind, q.value, q.rows, q.near) for q in asked}
    assert found >= {
        (Kind.UNIT, "Ekbacka skolan", 1, ("Ekbackaskolan", "Ekbacka kommun")),
        (Kind.SITE, "Kvarn skolan", 1, ("Kvarnskolan",)),
        (Kind.ROOM, "Ekbackaskolan / B1", 1, ()),
        (Kind.MODEL, "Lenovo 100e", 2, ()),
        (Kind.HOLDER, "p-9", 1, ()),
        (Kind.STATUS, "trasig", 1, ()),
    }
    with pytest.raises(RefusedError, match="has_questions"):
        _store(migrated, path, Answers())
    assert _everything(migrated) == before
    maps = ["Ekbacka skolan=Ekbackaskolan", "site:kvarn  SKOLAN=Kvarnskolan", "status:trasig=på reparation"]
    _store(migrated, path, from_words(["models"], ["holders", "rooms"], maps))
    with Session(migrated) as session:
        asset = session.exec(select(Asset).where(Asset.tag == "EK-1")).one()
        place = session.get_one(Site, asset.site_id).name, session.get_one(Unit, asset.unit_id).name
        assert session.exec(select(Room)).all() == []
    assert (place, asset.status, asset.holder_id) == (
        ("Kvarnskolan", "Ekbackaskolan"),
        AssetStatus.IN_REPAIR,
        None,
    )


def test_a_file_without_units_takes_the_sites_unit_or_one_answer(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "assets.csv"
    path.write_text("tag;site\nEK-1;Kvarnskolan\nEK-2;\nEK-3;\n", encoding="utf-8")
    with reading(engine) as session:
        (question,) = Comparison(session).whole(path).questions
    assert (question.kind, question.value, question.rows) == (Kind.UNIT, "", 2)
    _store(engine, path, from_words([], [], ["unit:=Ekbackaskolan"]))
    with reading(engine) as session:
        found = session.exec(select(Asset.tag, Unit.name).join(Unit, col(Unit.id) == Asset.unit_id)).all()
    assert dict(found) == {"EK-1": "Kvarnskolan", "EK-2": "Ekbackaskolan", "EK-3": "Ekbackaskolan"}


def test_a_holder_is_found_by_the_id_that_other_systems_know(engine: Engine, tmp_path: Path) -> None:
    with reading(engine) as session:
        person = session.exec(select(Person).where(Person.name == "Kim Kvarn")).one()
    _store(engine, _file(tmp_path, f"EK-1;;;;;;Kvarnskolan;;;{person.external_id};"))
    with reading(engine) as session:
        assert session.exec(select(Asset.holder_id)).one() == person.id


def test_answers_survive_being_kept(engine: Engine) -> None:
    answers = from_words(["sites"], ["holders"], ["unit:Å=Ö"])
    assert from_json(as_json(answers)) == answers
    assert answers.of(Kind.UNIT, " å ") is not None
    assert answers.every[Kind.SITE].do is Do.CREATE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((["holders"], [], []), "kan inte läggas upp"),
        ((["bananer"], [], []), "inget slag av värde"),
        (([], [], ["Kvarnskolan"]), "OKÄND=KÄND"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_said(words: tuple[list[str], ...], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        from_words(*words)
    assert said in caught.value.say(Language.SV)


@pytest.mark.parametrize(
    ("paths", "path"),
    [
        ({"/1/3/4/", "/1/3/5/"}, "/1/3/"),
        ({"/1/3/4/"}, "/1/3/4/"),
        ({"/1/3/", "/1/31/"}, "/1/"),
        ({"/1/", "/2/"}, "/"),
    ],
)
def test_an_import_is_seen_over_the_lowest_subtree_that_holds_it(paths: set[str], path: str) -> None:
    assert common(paths) == path
