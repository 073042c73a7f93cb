"""What scripts ask for: only these, only what changed since, only if it is not what they have; and Snipe-IT's numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from discovery.sighting import DeviceClass
from tests.conftest import NOW, statements
from tests.rows import put_asset_into
from tracker.db import writing
from tracker.tables import Asset, AssetIdentifier, DeviceModel, ImportRun, Movement, Person, Unit
from tracker.words import AssetStatus, IdentifierKind, ImportState, MovementKind, Permission, UnitKind
from web.api.hardware import _CATEGORY_IDS, _STATUS_IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from tests.web.api.conftest import Program

Ids = dict[str, dict[str, Any]]
LATER = NOW + timedelta(days=1)
WRITTEN = "2026-11-24T09:00:00Z"


def _tags(program: Program, asked: str) -> list[str]:
    answer = program.get(f"/assets?{asked}")
    assert answer.status_code == 200, answer.text
    assert answer.json["total"] == len(answer.json["rows"])
    return [row["tag"] for row in answer.json["rows"]]


def _set(engine: Engine, number: int, **values: object) -> None:
    with writing(engine) as session:
        row = session.get_one(Asset, number)
        for name, value in values.items():
            setattr(row, name, value)


def test_assets_are_narrowed_by_unit_with_what_is_below_it(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, unit_id = program("anna"), two_schools["own"]["unit_id"]
    with writing(engine) as session:
        school = session.get_one(Unit, unit_id)
        below = Unit(name="9Z", sort_key="9z", kind=UnitKind.CLASS, parent_id=school.id)
        session.add(below)
        session.flush()
        below.path, below_id = f"{school.path}{below.id}/", below.id
        root_id = int(school.path.split("/")[1])
    _set(engine, two_schools["own"]["asset_id"], unit_id=below_id)
    assert _tags(own, f"unit={unit_id}") == ["10481"]
    assert _tags(own, f"unit={below_id}") == ["10481"]
    assert _tags(own, f"unit={two_schools['other']['unit_id']}") == ["20417"]
    assert _tags(own, f"unit={root_id}") == ["10481", "20417"]
    assert _tags(own, "unit=4711") == []
    assert _tags(program("bjorn"), f"unit={root_id}") == ["10481"]
    assert _tags(program("bjorn"), f"unit={two_schools['other']['unit_id']}") == []


def test_assets_are_narrowed_by_model_status_and_class(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, model_id = program("anna"), two_schools["own"]["model_id"]
    _set(engine, two_schools["own"]["asset_id"], model_id=model_id, status=AssetStatus.IN_REPAIR)
    assert _tags(own, f"model={model_id}") == ["10481"]
    assert _tags(own, f"model={two_schools['other']['model_id']}") == []
    assert _tags(own, "status=in_repair&class=camera") == ["10481"]
    assert own.get(f"/assets?model={model_id}").json["rows"][0]["model_id"] == model_id


@pytest.mark.parametrize("since", [WRITTEN, "2026-11-24T10:00:00.000%2B01:00", "2026-11-24t09:00:00z"])
def test_assets_that_changed_since_a_moment(
    since: str, program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own = program("anna")
    assert _tags(own, f"changed_since={since}") == []
    _set(engine, two_schools["own"]["asset_id"], changed_at=LATER)
    assert _tags(own, f"changed_since={since}") == ["10481"]
    assert _tags(own, "changed_since=2026-11-24T09:00:01Z") == []
    (row,) = own.get(f"/assets?changed_since={since}").json["rows"]
    assert row["changed_at"] == WRITTEN  # what a script goes on from


def test_a_change_through_the_api_is_a_change_since(program: Callable, clock: Any, two_schools: Ids) -> None:
    own = program("anna")
    clock.step(hours=24)
    assert _tags(own, f"changed_since={WRITTEN}") == []
    assert own.post(f"/assets/{two_schools['own']['asset_id']}/return").status_code == 200
    assert _tags(own, f"changed_since={WRITTEN}") == ["10481"]


def test_movements_since_a_moment(program: Callable, engine: Engine, two_schools: Ids) -> None:
    own, asset_id = program("anna"), two_schools["own"]["asset_id"]
    with writing(engine) as session:
        session.add(
            Movement(
                asset_id=asset_id,
                kind=MovementKind.RETURNED,
                at=LATER,
                unit_id=two_schools["own"]["unit_id"],
            )
        )
    assert [row["kind"] for row in own.get(f"/movements?since={WRITTEN}").json["rows"]] == ["returned"]
    assert len(own.get("/movements?since=2026-11-23T09:00:00Z").json["rows"]) == 3
    assert own.get("/movements?since=2026-11-24T09:00:01Z").json["rows"] == []
    assert own.get(f"/movements?since={WRITTEN}&kind=handed_out").json["rows"] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/assets?unit=x", "unit"),
        ("/assets?unit=-1", "unit"),
        ("/assets?unit=", "unit"),
        ("/assets?unit=1&unit=2", "unit"),
        ("/assets?model=1e3", "model"),
        ("/assets?model=99999999999999999999", "model"),
        ("/assets?changed_since=yesterday", "changed_since"),
        ("/assets?changed_since=1732400000", "changed_since"),
        ("/assets?changed_since=2026-11-24", "changed_since"),
        ("/assets?changed_since=2026-11-24T10:00:00", "changed_since"),
        ("/assets?changed_since=2026-02-31T10:00:00Z", "changed_since"),
        ("/assets?changed_since=2026-11-24T10:00:00+01:00", "changed_since"),  # a + in an address is a space
        ("/movements?since=now", "since"),
        ("/movements?since=2026-11-24T25:00:00Z", "since"),
        ("/imports/1?since=x", "since"),
    ],
)
def test_a_narrowing_that_cannot_be_read_is_named(path: str, name: str, program: Callable) -> None:
    answer = program("anna").get(path)
    assert answer.status_code == 400
    assert name in answer.json["detail"]


@pytest.mark.parametrize("edge", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00%2B23:59"])
def test_before_all_time_is_everything(edge: str, program: Callable, two_schools: Ids) -> None:
    assert len(_tags(program("anna"), f"changed_since={edge}")) == len(two_schools)


@pytest.mark.usefixtures("two_schools")
def test_after_all_time_is_nothing(program: Callable) -> None:
    assert _tags(program("anna"), "changed_since=9999-12-31T23:59:59-23:59") == []


def test_one_import_says_what_it_did_and_a_draft_is_nobodys(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, number = program("anna"), two_schools["own"]["import_id"]
    with writing(engine) as session:
        session.get_one(ImportRun, number).counts = {"new": 2, "same": 5}
    told = own.get(f"/imports/{number}").json
    assert (told["id"], told["file"], told["state"], told["undone_at"]) == (number, "a.csv", "stored", None)
    assert told["counts"] == {"new": 2, "same": 5}
    below = program("anna", {Permission.ASSET_IMPORT}, "Ekbackaskolan")
    assert below.get(f"/imports/{number}").status_code == 200
    assert below.get(f"/imports/{two_schools['other']['import_id']}").status_code == 404
    with writing(engine) as session:
        run = session.get_one(ImportRun, number)
        run.state, run.by_id = ImportState.DRAFT, 1
    assert own.get(f"/imports/{number}").status_code == 404
    assert own.get("/imports/4711").status_code == 404


def _get(program: Program, path: str, **headers: str) -> Any:
    every = {"Authorization": f"Bearer {program.token}", **headers}
    return program.client.get(f"/api/v1{path}", headers=every)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/{asset_id}",
        "/devices/{device_id}",
        "/findings/{finding_id}",
        "/scans/{scan_id}",
        "/imports/{import_id}",
        "/hardware/{asset_id}",
        "/hardware/bytag/{tag}",
    ],
)
def test_who_has_it_already_is_told_so(path: str, program: Callable, two_schools: Ids) -> None:
    own, where = program("anna"), path.format(**two_schools["own"])
    mark = _get(own, where).headers["ETag"]
    for said in (mark, f"W/{mark}", f'"other", {mark}', "*"):
        again = _get(own, where, **{"If-None-Match": said})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == mark
    assert _get(own, where, **{"If-None-Match": '"other"'}).status_code == 200
    lost = _get(program("david"), where, **{"If-None-Match": mark})
    assert lost.status_code == 403  # a mark opens nothing


def test_all_that_is_told_changes_the_mark(program: Callable, engine: Engine, two_schools: Ids) -> None:
    own, where = program("anna"), f"/assets/{two_schools['own']['asset_id']}"
    mark = _get(own, where).headers["ETag"]
    with writing(engine) as session:  # the asset's own row stays as it is
        session.exec(select(Unit).where(Unit.name == "Ekbackaskolan")).one().name = "Ekbacka skola"
    assert _get(own, where, **{"If-None-Match": mark}).status_code == 200
    masked = _get(program("cecilia"), where).headers["ETag"]
    assert masked not in {mark, _get(own, where).headers["ETag"]}
    assert "ETag" not in _get(own, "/assets").headers


def test_relations_in_snipe_its_shape_have_their_numbers(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, ids = program("anna"), two_schools["own"]
    with writing(engine) as session:
        session.get_one(DeviceModel, ids["model_id"]).device_class = DeviceClass.CHROMEBOOK
        for value in ("PF3B", "PF3A"):
            session.add(AssetIdentifier(asset_id=ids["asset_id"], kind=IdentifierKind.SERIAL, value=value))
    _set(engine, ids["asset_id"], model_id=ids["model_id"], site_id=ids["site_id"])
    row = own.get(f"/hardware/{ids['asset_id']}").json
    assert row["model"] == {"id": ids["model_id"], "name": "Axis P-10481"}
    assert row["category"] == {"id": 2, "name": "chromebook"}
    assert (row["status_label"]["id"], row["status_label"]["name"]) == (4, "handed_out")
    assert row["company"] == {"id": ids["unit_id"], "name": "Ekbackaskolan"}
    assert row["location"] == row["rtd_location"] == {"id": ids["site_id"], "name": "Ekbackaskolan"}
    assert row["assigned_to"] == {"id": ids["holder_id"], "name": "Elsa Ödman", "type": "user"}
    assert row["serial"] == "PF3A"
    assert own.get("/hardware/byserial/pf3b").json["rows"] == [row]
    assert own.get(f"/hardware/bytag/{ids['tag']}").json == row
    assert own.get("/hardware?search=10481").json == {"total": 1, "rows": [row]}


def test_a_masked_person_has_no_number_either(program: Callable, engine: Engine, two_schools: Ids) -> None:
    where, holder = f"/hardware/{two_schools['own']['asset_id']}", two_schools["own"]["holder_id"]
    without = program("anna", {Permission.ASSET_VIEW}).get(where).json["assigned_to"]
    assert without["id"] is None
    assert (without["type"], "Elsa" in without["name"]) == ("user", False)
    with writing(engine) as session:
        session.get_one(Person, holder).is_protected = True
    protected = (
        program("bjorn", {Permission.ASSET_VIEW, Permission.PERSON_VIEW}).get(where).json["assigned_to"]
    )
    assert (protected["id"], "Elsa" in protected["name"]) == (None, False)


def test_every_word_has_a_number_of_its_own() -> None:
    assert set(_STATUS_IDS) == set(AssetStatus)
    assert set(_CATEGORY_IDS) == set(DeviceClass)
    for numbers in (_STATUS_IDS, _CATEGORY_IDS):
        assert len(set(numbers.values())) == len(numbers)


def test_a_full_page_costs_no_more_statements_than_a_row(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, unit_id = program("anna"), two_schools["own"]["unit_id"]
    with writing(engine) as session:
        for number in range(300):
            put_asset_into(session, f"H-{number:04}")
        for person in session.exec(select(Person)).all():
            at = {"at": NOW, "unit_id": unit_id, "holder_id": person.id}
            session.add_all(Movement(kind=MovementKind.CHANGED, **at) for _ in range(20))

    def cost(path: str, limit: int) -> int:
        with statements(engine) as found:
            assert len(own.get(f"/{path}?limit={limit}").json["rows"]) == limit
        return len(found)

    cost("hardware", 1)
    assert cost("hardware", 300) == cost("hardware", 1) <= 10
    assert cost("movements", 40) == cost("movements", 1) <= 10
