"""Files of people, and the register they are read into, for the tests of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from tests.conftest import NOW, viewer_of
from tracker.db import reading, writing
from tracker.imports.people.comparing import Comparison
from tracker.imports.people.diff import Choices, Deed, Diff
from tracker.imports.people.storing import store
from tracker.imports.people.undoing import Undone, take_back
from tracker.roles import GrantFact, Viewer
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, Person, Unit
from tracker.words import AssetStatus, Language, Permission

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

HEAD = "Id;Namn;Klass;Skola;Typ;Skyddad"
ELSA, AKE, SHY = "p-elsa }dman", "p-{ke zetterlund", "p-skyddad elev"
KIM = "p-kim kvarn"
ALL = (
    f"{ELSA};Elsa Ödman;7A;Ekbackaskolan;elev;",
    f"{AKE};Åke Zetterlund;7A;Ekbackaskolan;elev;",
    f"{SHY};Skyddad Elev;7A;Ekbackaskolan;elev;ja",
)
TODAY = NOW.date()
EVERYTHING = Choices(make_classes=True, end_leavers=True, clear_protection=True)


def file_of(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "people.csv"
    path.write_text("\r\n".join([head, *rows]), encoding="utf-8-sig")
    return path


def diff_of(engine: Engine, path: Path, by: Viewer | None = None, **more: Any) -> Diff:
    with reading(engine) as session:
        return Comparison(session, by, **more).whole(path)


def store_file(
    engine: Engine, path: Path, choices: Choices = EVERYTHING, by: Viewer | None = None, **more: Any
) -> int:
    with writing(engine) as session:
        return store(session, path, choices, Deed(by, NOW, TODAY), **more)[0]


def undo_run(engine: Engine, number: int, by: Viewer | None = None) -> Undone:
    with writing(engine) as session:
        return take_back(session, number, Deed(by, NOW, TODAY))


def counts_of(diff: Diff) -> dict[str, int]:
    return {outcome.value: n for outcome, n in diff.counts.items() if n}


def errors_of(diff: Diff) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.error.say(Language.SV)) for one in diff.complaints]


def people_in(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """Everybody, as it can be compared; versions go on."""
    with reading(engine) as session:
        units = {unit.id: unit for unit in session.exec(select(Unit))}
        return {
            p.external_id or "": (
                p.name, units[p.unit_id].name, units[p.unit_id].parent_id, p.is_pupil, p.is_protected, p.is_active,
                p.left_on, p.sort_key, p.search_key,
            )
            for p in session.exec(select(Person))
        }  # fmt: skip


def person_of(engine: Engine, code: str) -> Person:
    with reading(engine) as session:
        return session.exec(select(Person).where(Person.external_id == code)).one()


def add_person(session: Session, code: str | None, name: str, unit: str, **more: Any) -> None:
    unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
    keys = {"sort_key": sort_key(name), "search_key": search_key(name)}
    session.add(Person(external_id=code, name=name, unit_id=unit_id or 0, **keys, **more))


def hand_out_to(engine: Engine, code: str, tag: str = "EK-1") -> None:
    with writing(engine) as session:
        person = session.exec(select(Person).where(Person.external_id == code)).one()
        moments = {"created_at": NOW, "changed_at": NOW}
        held = {"tag": tag, "sort_key": tag, "search_key": tag, "status": AssetStatus.HANDED_OUT}
        session.add(Asset(**held, **moments, unit_id=person.unit_id, holder_id=person.id))


def editor_over(engine: Engine, unit: str, *more: Permission) -> Viewer:
    """Somebody who edits the people of one unit and what is below it."""
    with reading(engine) as session:
        path = session.exec(select(Unit.path).where(Unit.name == unit)).one()
    permissions = frozenset({Permission.PERSON_EDIT, Permission.PERSON_VIEW, *more})
    return replace(viewer_of(engine, "bjorn"), grants=(GrantFact(permissions, path),))
