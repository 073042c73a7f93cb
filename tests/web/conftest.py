"""The app over the small municipality, and browsers in which its people are already logged in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session, select

from discovery.sighting import DeviceClass
from tests.rows import put_asset_into
from tracker.config import load
from tracker.db import writing
from tracker.swedish import sort_key
from tracker.tables import (
    Device,
    DeviceModel,
    Finding,
    Grant,
    ImportRun,
    LoginSession,
    Movement,
    Network,
    Role,
    Room,
    Scan,
    Site,
    Unit,
    User,
)
from tracker.words import (
    AssetStatus,
    FindingKind,
    FindingState,
    ImportState,
    ImportWhat,
    MovementKind,
    Profile,
    Purpose,
    RoleName,
    ScanCause,
    ScanState,
    Severity,
)
from web import create_app
from web.login import password_mark
from web.sessions import LOOPBACK_COOKIE, token_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tracker.config import Config

CONFIG = """
[[networks]]
name = "admin-lan"
cidr = "10.77.1.0/24"
site = "Stadshuset"
[database]
url = "sqlite:///unused.db"
"""
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RAW_TOKEN = "5f" * 20
JSON = {"Accept": "application/json"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return load(path)


@pytest.fixture
def app(config: Config, engine: Engine, clock: Callable[[], Any]) -> Flask:
    app = create_app(config, engine, clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return app.test_client()


@dataclass
class Browser:
    """A browser with a login; posts carry the session's token as the pages' forms do."""

    client: FlaskClient
    csrf: str
    token: str

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.csrf, **(data or {})}, **more)

    def fetch(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """A script's send."""
        return self.post(path, data, headers=JSON)


@pytest.fixture
def browser(app: Flask, engine: Engine, clock: Callable[[], Any]) -> Callable[[str], Browser]:
    """A browser in which the person with this login is logged in."""

    def open_one(login: str) -> Browser:
        token = f"token-of-{login}-{len(opened)}"
        opened.append(token)
        with writing(engine) as session:
            user = session.exec(select(User).where(User.login == login)).one()
            data = {
                "_user_id": str(user.id),
                "_fresh": True,
                "password_mark": password_mark(user),
                "csrf_token": RAW_TOKEN,
            }
            session.add(
                LoginSession(
                    token_hash=token_hash(token),
                    user_id=user.id,
                    data=json.dumps(data),
                    created_at=clock(),
                    seen_at=clock(),
                ),
            )
        client = app.test_client()
        client.set_cookie(LOOPBACK_COOKIE, token)
        return Browser(client, _signed(app), token)

    opened: list[str] = []
    return open_one


def _signed(app: Flask) -> str:
    with app.test_request_context("/static/none"):
        from flask import session

        session["csrf_token"] = RAW_TOKEN
        return generate_csrf()


@pytest.fixture
def ids(engine: Engine) -> Callable[..., int]:
    """The id of the row of a table with these values."""

    def find(table: type, **values: object) -> int:
        with Session(engine) as session:
            return session.exec(select(table.id).filter_by(**values)).one()

    return find


@pytest.fixture
def frida(engine: Engine) -> None:
    """A technician too, but over Ekbackaskolan only: to her another school's findings are not there."""
    with writing(engine) as session:
        user = User(login="frida", name="Frida Ström", created_at=NOW)
        session.add(user)
        session.flush()
        role_id = session.exec(select(Role.id).where(Role.name == RoleName.TECHNICIAN.value)).one()
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        session.add(Grant(user_id=user.id, role_id=role_id, unit_id=unit_id))


@pytest.fixture
def two_schools(engine: Engine) -> dict[str, dict[str, object]]:
    """For Björn's own school and another's: one of everything that a route names, by the route's argument."""
    made: dict[str, dict[str, object]] = {}
    schools = (
        ("own", "Ekbackaskolan", "Elsa Ödman", "10481"),
        ("other", "Kvarnskolan", "Kim Kvarn", "20417"),
    )
    with writing(engine) as session:
        for unit, school, holder, tag in schools:
            asset = put_asset_into(session, tag, school, holder=holder, status=AssetStatus.HANDED_OUT)
            site_id = session.exec(select(Site.id).where(Site.name == school)).one()
            network = Network(
                name=f"NET-{tag}",
                site_id=site_id,
                cidrs="10.0.0.0/24",
                purpose=Purpose.SCHOOL,
                profile=Profile.FULL,
            )
            session.add(network)
            session.flush()
            room = Room(site_id=site_id, name="B12", sort_key=sort_key("B12"))
            session.add(room)
            session.flush()
            number = f"K-{tag:0>10}"
            rows = (
                Movement(
                    asset_id=asset.id,
                    kind=MovementKind.HANDED_OUT,
                    at=NOW,
                    unit_id=asset.unit_id,
                    holder_id=asset.holder_id,
                    receipt=number,
                ),
                Device(
                    network_id=network.id,
                    device_class=DeviceClass.CAMERA,
                    first_seen=NOW,
                    last_seen=NOW,
                    name=f"cam-{tag}",
                ),
                Scan(
                    network_id=network.id,
                    cause=ScanCause.ASKED,
                    state=ScanState.DONE,
                    asked_at=NOW,
                    ended_at=NOW,
                ),
            )
            session.add_all(rows)
            session.flush()
            _, device, scan = rows
            finding = Finding(
                key=f"unregistered:device:{device.id}",
                kind=FindingKind.UNREGISTERED_IOT,
                rule="REG-01",
                severity=Severity.HIGH,
                state=FindingState.OPEN,
                device_id=device.id,
                network_id=network.id,
                unit_id=asset.unit_id,
                facts={"class": "camera", "site": school, "since": NOW.isoformat()},
                since=NOW,
                changed_at=NOW,
            )
            session.add(finding)
            session.flush()
            model = DeviceModel(
                vendor="Axis", name=f"P-{tag}", sort_key=f"axis p-{tag}", device_class=DeviceClass.CAMERA
            )
            session.add(model)
            session.flush()
            path = session.exec(select(Unit.path).where(Unit.name == school)).one()
            run = ImportRun(state=ImportState.STORED, file="a.csv", at=NOW, stored_at=NOW, unit_path=path)
            people_run = ImportRun(
                what=ImportWhat.PEOPLE,
                state=ImportState.STORED,
                file="p.csv",
                at=NOW,
                stored_at=NOW,
                unit_path=path,
            )
            session.add_all([run, people_run])
            session.flush()
            made[unit] = {
                "import_id": run.id,
                "run_id": people_run.id,
                "model_id": model.id,
                "asset_id": asset.id,
                "tag": tag,
                "number": number,
                "device_id": device.id,
                "scan_id": scan.id,
                "network_id": network.id,
                "finding_id": finding.id,
                "holder_id": asset.holder_id,
                "person_id": asset.holder_id,
                "unit_id": asset.unit_id,
                "site_id": site_id,
                "room_id": room.id,
                "user_id": session.exec(select(User.id).where(User.login == "bjorn")).one(),
                "role_id": session.exec(select(Role.id).where(Role.name == RoleName.CHIEF.value)).one(),
                "serial": "none",
                "token_id": 4711,
            }
    return made
