"""What a call gets: the token's rights and no more, nothing twice, and errors that say what, where and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW
from tests.web.api.conftest import row_of
from tests.web.hostile.conftest import fingerprint, rows_of
from tracker.db import writing
from tracker.tables import ApiToken, Unit, User
from tracker.words import Permission
from web.api.calling import TABLE

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


def test_each_operation_needs_its_permission_and_another_schools_rows_are_not_there(
    program: Callable, two_schools: Ids
) -> None:
    wrong = []
    for operation in TABLE:
        with_it = program("anna", {operation.permission}, "Ekbackaskolan")
        without = program("anna", set(Permission) - {operation.permission, Permission.PERSON_VIEW_PROTECTED})
        path = _path(operation, two_schools["own"])
        if (got := _call(without, operation, path)) != 403:
            wrong.append(f"{operation.name} without its permission: {got}")
        if (got := _call(with_it, operation, path)) in {401, 403, 500}:
            wrong.append(f"{operation.name} with its permission: {got}")
        elsewhere = _path(operation, two_schools["other"])
        is_of_a_unit = (
            "asset_id" in operation.path or "finding_id" in operation.path or "tag" in operation.path
        )
        if is_of_a_unit and (got := _call(with_it, operation, elsewhere)) not in {404, 422}:
            wrong.append(f"{operation.name} of another unit: {got}")
    assert wrong == []


def test_a_call_without_a_token_is_told_how_and_a_cookie_opens_nothing(
    browser: Callable, stranger: Any
) -> None:
    for answer in (stranger.get("/api/v1/assets"), browser("anna").get("/api/v1/assets")):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.mimetype == "application/problem+json"
        assert answer.json["code"] == "api.no_token"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("scheme", ["Basic x", "Bearer", "Bearer ", "Bearer nonsense", "bearer x", "Token x"])
def test_what_is_no_token_opens_nothing(scheme: str, stranger: Any) -> None:
    assert stranger.get("/api/v1/assets", headers={"Authorization": scheme}).status_code == 401


def test_guesses_are_slowed_and_the_owner_of_a_token_is_not(
    program: Callable, stranger: Any, engine: Engine
) -> None:
    own = program("anna")
    statuses = [
        stranger.get("/api/v1/assets", headers={"Authorization": f"Bearer guess-{n}"}).status_code
        for n in range(8)
    ]
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    assert own.get("/assets").status_code == 200
    # A script with an old token must not keep a whole school's address from logging in.
    form = {"login": "nobody", "password": "fel lösenord helt"}
    stranger.get("/login")
    assert stranger.post("/login", data=form).status_code in {400, 401}
    assert {row[0].split(" ")[0] for row in rows_of(engine, without=frozenset())["throttle"]} <= {
        "login:api",
        "address:api",
        "login:nobody",
        "address:127.0.0.1",
    }
    assert [
        row for row in rows_of(engine, without=frozenset())["throttle"] if row[:2] == ("address:127.0.0.1", 8)
    ] == []


@pytest.mark.parametrize("ended", [{"revoked_at": NOW}, {"expires_at": NOW}])
def test_a_token_that_has_ended_is_worth_nothing_at_once(
    program: Callable, end: Callable, ended: dict
) -> None:
    own = program("anna")
    assert own.get("/assets").status_code == 200
    end(own.token_id, **ended)
    assert own.get("/assets").status_code == 401


def test_a_token_has_no_more_than_its_owner_has_now(program: Callable, engine: Engine) -> None:
    own = program("bjorn", set(Permission))
    assert own.get("/assets").status_code == 200
    assert own.get("/findings").status_code == 403
    with writing(engine) as session:
        session.exec(select(User).where(User.login == "bjorn")).one().is_active = False
    assert own.get("/assets").status_code == 401


def test_a_use_is_written_down_but_not_each_time(program: Callable, engine: Engine, clock: Any) -> None:
    own = program("anna")
    own.get("/assets")
    assert row_of(engine, ApiToken, own.token_id).used_at == NOW
    clock.step(seconds=30)
    own.get("/assets")
    assert row_of(engine, ApiToken, own.token_id).used_at == NOW
    clock.step(minutes=1)
    own.get("/assets")
    assert row_of(engine, ApiToken, own.token_id).used_at > NOW


def test_looking_changes_nothing_but_when_the_token_was_used(
    program: Callable, engine: Engine, two_schools: Ids
) -> None:
    own = program("anna")
    own.get("/assets")
    before = fingerprint(engine)
    for operation in TABLE:
        if operation.method == "GET":
            own.get(_path(operation, two_schools["own"]))
    assert fingerprint(engine) == before


def _new(engine: Engine, **more: object) -> dict[str, object]:
    with Session(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
    return {
        "tag": "30001",
        "unit_id": unit_id,
        "vendor": "Axis",
        "model": "P3245",
        "serial": "ACCC8E01",
        **more,
    }


def test_the_same_key_twice_does_nothing_twice(program: Callable, engine: Engine) -> None:
    own = program("anna")
    first = own.post("/assets", _new(engine), key="register-30001")
    again = own.post("/assets", _new(engine), key="register-30001")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert len([row for row in rows_of(engine)["asset"] if "30001" in row]) == 1
    other = own.post("/assets", _new(engine, tag="30002"), key="register-30001")
    assert (other.status_code, other.json["code"]) == (409, "api.other_body")
    others = program("bjorn", {Permission.RETURN_MAKE})
    assert others.post("/assets/4711/return", key="register-30001").status_code == 404  # a key is its owner's


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "ö" * 8])
def test_a_write_without_a_key_is_not_done(key: str, program: Callable, engine: Engine) -> None:
    own = program("anna")
    own.get("/assets")
    before = fingerprint(engine)
    headers = {"Authorization": f"Bearer {own.token}"} | (
        {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}
    )
    answer = own.client.post("/api/v1/assets", headers=headers, json=_new(engine))
    assert (answer.status_code, answer.json["code"]) == (400, "api.no_key")
    assert fingerprint(engine) == before


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"id": 7}, "id"),
        ({"version": 9}, "version"),
        ({"created_at": "2020-01-01"}, "created_at"),
        ({"holder_id": 1}, "holder_id"),
        ({"unit_id": "1"}, "unit_id"),
        ({"status": "retired"}, "status"),
        ({"tag": ""}, "tag"),
        ({"macs": "aa"}, "macs"),
        ({"serial": "0000"}, "serial"),
        ({"unit_id": 4711}, "unit_id"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named_and_nothing_is_stored(
    more: dict, field: str, program: Callable, engine: Engine
) -> None:
    own = program("anna")
    answer = own.post("/assets", _new(engine, **more))
    assert answer.status_code in {404, 422}
    if answer.status_code == 422:
        assert any(name.startswith(field) for name in answer.json["fields"])
    assert rows_of(engine)["asset"] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/assets?holder__password=x", "holder__password"),
        ("/assets?status=lost&status=stolen", "status"),
        ("/assets?sort=password_hash", "sort"),
        ("/assets?limit=501", "limit"),
        ("/assets?limit=1_0", "limit"),
        ("/assets?cursor=after:'", "cursor"),
        ("/devices?network[like]=x", "network[like]"),
        ("/findings?order=1", "order"),
        ("/movements?asset=1e3", "asset"),
        ("/hardware?sort=id;drop", "sort"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(path: str, name: str, program: Callable) -> None:
    answer = program("anna").get(path)
    assert answer.status_code == 400
    assert name in answer.json["detail"]


def test_other_kinds_of_content_and_methods_are_refused(program: Callable, engine: Engine) -> None:
    own = program("anna")
    headers = {"Authorization": f"Bearer {own.token}", "Idempotency-Key": "key-of-a-call"}
    form = own.client.post("/api/v1/assets", headers=headers, data={"tag": "1"})
    assert (form.status_code, form.json["code"]) == (415, "api.not_json")
    broken = own.client.post(
        "/api/v1/assets", headers={**headers, "Content-Type": "application/json"}, data=b"{"
    )
    assert broken.status_code == 422
    put = own.client.put("/api/v1/assets", headers=headers, json=_new(engine))
    assert put.status_code == 405
    assert "POST" in put.headers["Allow"]
    assert own.get("/nothing").json["code"] == "api.no_such_page"
    assert own.get(f"/assets/{10**30}").status_code == 404


def test_the_sentence_is_in_the_callers_language_and_the_code_is_not(program: Callable) -> None:
    own = program("anna")
    said = {}
    for language in ("sv", "en"):
        headers = {"Authorization": f"Bearer {own.token}", "Accept-Language": language}
        said[language] = own.client.get("/api/v1/assets?x=1", headers=headers).json
    assert said["sv"]["code"] == said["en"]["code"] == "api.unknown_parameter"
    assert said["sv"]["detail"] == "Parametern x finns inte."
    assert said["en"]["detail"] == "There is no parameter x."


def test_pages_follow_one_another_to_the_end(program: Callable, engine: Engine) -> None:
    own = program("anna")
    for number in range(7):
        assert own.post("/assets", _new(engine, tag=f"4000{number}", serial="")).status_code == 201
    seen, path = [], "/assets?limit=3"
    while path:
        page = own.get(path).json
        assert page["total"] == 7
        seen += [row["tag"] for row in page["rows"]]
        path = (page["next"] or "").removeprefix("/api/v1")
    assert seen == [f"4000{number}" for number in range(7)]
    movements = own.get("/movements?limit=4").json
    more = own.get(movements["next"].removeprefix("/api/v1")).json
    ids = [row["id"] for row in (*movements["rows"], *more["rows"])]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 7


def test_a_token_stands_in_no_log_and_no_answer(program: Callable, caplog: pytest.LogCaptureFixture) -> None:
    own = program("anna")
    caplog.set_level("DEBUG")
    shown = "".join(own.get(path).text for path in ("/assets", "/assets?x=1", "/nothing"))
    assert own.token not in caplog.text + shown
