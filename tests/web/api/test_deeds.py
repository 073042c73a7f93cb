"""What programs do through the API: hand out, take back, decide, scan, read files in, change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.web.api.conftest import row_of
from tests.web.hostile.conftest import rows_of
from tracker.tables import Asset, Finding, JournalEntry, Movement, Person
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from tests.web.api.conftest import Program

Ids = dict[str, dict[str, object]]


def _path(operation: Any, ids: dict[str, object]) -> str:
    return re.sub(r"<(?:int:)?(\w+)>", lambda found: str(ids[found.group(1)]), operation.path)


def _call(program: Program, operation: Any, path: str) -> int:
    if operation.method == "GET":
        return program.get(path).status_code
    if operation.method == "PATCH":
        return program.patch(path, {"version": 1}).status_code
    more = {"data": b"tag\n"} if operation.media == "text/csv" else {}
    return program.post(path, **more).status_code


def test_hand_out_and_take_back_once_and_the_second_is_told(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, asset_id = program("bjorn"), two_schools["own"]["asset_id"]
    back = own.post(f"/assets/{asset_id}/return", {"condition": "worn", "has_charger": False})
    assert (back.status_code, back.json["outcome"]) == (200, "fine")
    again = program("anna").post(f"/assets/{asset_id}/return")
    assert (again.json["outcome"], again.json["who"]) == ("already", "Björn Åkesson")
    with Session(engine) as session:
        returned = session.exec(select(Movement).where(Movement.receipt == back.json["receipt"])).one()
        assert (returned.condition, returned.has_charger) == ("worn", False)
        holder = session.exec(select(Person.id).where(Person.name == "Elsa Ödman")).one()
        entry = session.exec(select(JournalEntry).where(JournalEntry.what == "asset:return:record")).first()
        assert entry.facts["token"] == own.token_id
    out = own.post(f"/assets/{asset_id}/handover", {"holder_id": holder})
    assert out.status_code == 200
    assert row_of(engine, Asset, asset_id).status is AssetStatus.HANDED_OUT
    wrong = own.post(f"/assets/{asset_id}/handover", {"holder_id": holder})
    assert (wrong.status_code, wrong.json["code"]) == (409, "movements.cannot_hand_out")


def test_a_finding_is_decided_once_and_the_decision_taken_back(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, number = program("anna"), two_schools["own"]["finding_id"]
    shown = own.get(f"/findings/{number}").json
    assert shown["said"].startswith("Oregistrerad kamera på Ekbackaskolan")
    decision = {"kind": "not_ours", "version": shown["version"], "asked": "vaktmästaren"}
    made = own.post(f"/findings/{number}/decide", decision)
    assert made.status_code == 200
    assert own.post(f"/findings/{number}/decide", decision).status_code == 409
    assert own.post(f"/findings/{number}/decide", {"kind": "ignored", "version": 2}).status_code == 422
    assert [f["id"] for f in own.get("/findings?state=decided").json["rows"]] == [number]
    undone = own.post("/decisions/undo", {"batch": made.json["batch"]})
    assert undone.json == {"findings": [number]}
    assert row_of(engine, Finding, number).state == "open"


def test_a_scan_is_asked_for_and_stopped(program: Callable, two_schools: Ids) -> None:
    own = program("anna")
    asked = own.post("/scans", {"network_id": two_schools["own"]["network_id"]})
    assert asked.status_code == 202
    shown = own.get(f"/scans/{asked.json['id']}").json
    assert (shown["state"], shown["network"]) == ("wanted", "NET-10481")
    assert own.post(f"/scans/{asked.json['id']}/stop").status_code == 202
    assert own.get(f"/scans/{asked.json['id']}").json["state"] == "stopped"


FILE = "Märkning;Serienummer;Enhet\n{tag};PF3ABC01;{unit}\n"


def test_a_file_is_compared_then_stored_or_refused_with_its_rows(program: Callable, engine: Engine) -> None:
    own = program("anna")
    good = FILE.format(tag="50001", unit="Ekbackaskolan").encode()
    compared = own.post("/imports", data=good)
    assert compared.status_code == 200, compared.text
    assert (compared.json["stored"], compared.json["counts"]["new"]) == (False, 1), compared.json
    assert rows_of(engine)["asset"] == []
    stored = own.post("/imports?dry_run=false", data=good)
    assert (stored.status_code, stored.json["stored"]) == (200, True)
    assert [row["id"] for row in own.get("/imports").json["rows"]] == [stored.json["id"]]
    unknown = own.post("/imports?dry_run=false", data=FILE.format(tag="50002", unit="Okända skolan").encode())
    assert unknown.status_code == 422
    assert unknown.json["fields"]
    assert len(rows_of(engine)["asset"]) == 1


def test_scripts_written_for_snipe_it_read_what_they_know(program: Callable, two_schools: Ids) -> None:
    own = program("anna")
    page = own.get("/hardware?limit=1&offset=1&search=&order=asc").json
    assert (page["total"], [row["asset_tag"] for row in page["rows"]]) == (2, ["20417"])
    row = own.get("/hardware/bytag/10481").json
    assert row["id"] == two_schools["own"]["asset_id"]
    assert row["status_label"]["status_meta"] == "deployed"
    assert row["assigned_to"]["name"] == "Elsa Ödman"
    assert set(row["created_at"]) == {"datetime", "formatted"}
    chief = program("cecilia").get("/hardware/bytag/10481").json
    assert "Elsa" not in str(chief)
    assert own.get("/hardware/byserial/PF3NONE").json == {"total": 0, "rows": []}


def test_an_asset_is_changed_by_the_version_that_was_read(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own, number = program("anna"), two_schools["own"]["asset_id"]
    read = own.get(f"/assets/{number}")
    assert re.fullmatch('"1-[0-9a-f]{32}"', read.headers["ETag"])
    mark = read.headers["ETag"]
    made = own.patch(
        f"/assets/{number}", {"name": "Kassan", "price_ore": 499_550}, match=mark, key="edit-0001"
    )
    assert made.json == {"version": 2, "fields": ["name", "price"]}
    assert made.headers["ETag"] == '"2"'
    again = own.patch(
        f"/assets/{number}", {"name": "Kassan", "price_ore": 499_550}, match=mark, key="edit-0001"
    )
    assert again.json == made.json
    stale = own.patch(f"/assets/{number}", {"version": 1, "name": "Köket"})
    assert (stale.status_code, stale.json["code"]) == (409, "error.stale")
    assert "Anna Ek" in stale.json["detail"]
    told = own.get(f"/assets/{number}").json
    assert (told["name"], told["price_ore"], told["version"]) == ("Kassan", 499_550, 2)
    assert own.patch(f"/assets/{number}", {"version": 2, "name": None}).status_code == 200
    assert row_of(engine, Asset, int(str(number))).name is None


@pytest.mark.parametrize(
    ("content", "match", "status", "code"),
    [
        ({"name": "A"}, None, 422, "error.invalid"),
        ({"name": "A"}, "1", 400, "editing.bad_match"),
        ({"name": "A", "version": 1}, '"2"', 400, "editing.two_versions"),
        ({"version": 1, "tag": "20417", "relabelled": True}, None, 422, "error.invalid"),
        ({"version": 1, "holder_id": 1}, None, 422, "error.invalid"),
    ],
)
def test_a_change_that_cannot_be_taken_is_told_why(
    program: Callable, two_schools: Ids, content: dict[str, Any], match: str | None, status: int, code: str
) -> None:
    answer = program("anna").patch(f"/assets/{two_schools['own']['asset_id']}", content, match=match)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_same_key_for_another_version_is_another_call(program: Callable, two_schools: Ids) -> None:
    own, number = program("anna"), two_schools["own"]["asset_id"]
    assert own.patch(f"/assets/{number}", {"name": "A"}, match='"1"', key="edit-0001").status_code == 200
    other = own.patch(f"/assets/{number}", {"name": "A"}, match='"2"', key="edit-0001")
    assert (other.status_code, other.json["code"]) == (409, "api.other_body")
