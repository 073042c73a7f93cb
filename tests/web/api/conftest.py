"""Programs that call: each with a token of a person's, for all or some of what the person may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from tests.conftest import NOW
from tracker import tokens
from tracker.db import writing
from tracker.tables import ApiToken, Unit, User
from tracker.users import viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tracker.words import Permission

API = "/api/v1"


@dataclass
class Program:
    """Calls with one token."""

    client: FlaskClient
    token: str
    token_id: int
    keys: list[str] = field(default_factory=list)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(API + path, headers={"Authorization": f"Bearer {self.token}"}, **more)

    def post(self, path: str, content: object = None, *, key: str | None = None, **more: Any) -> TestResponse:
        self.keys.append(key or f"key-of-a-call-{len(self.keys):04d}")
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.keys[-1]}
        if "data" in more:
            return self.client.post(API + path, headers={**headers, "Content-Type": "text/csv"}, **more)
        return self.client.post(API + path, headers=headers, json={} if content is None else content, **more)

    def patch(
        self, path: str, content: object, *, key: str | None = None, match: str | None = None
    ) -> TestResponse:
        self.keys.append(key or f"key-of-a-call-{len(self.keys):04d}")
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.keys[-1]}
        headers |= {"If-Match": match} if match is not None else {}
        return self.client.patch(API + path, headers=headers, json=content)


@pytest.fixture
def program(app: Flask, engine: Engine) -> Callable[..., Program]:
    """A program with a token of this person's, for these permissions (all that the person has) below this unit."""
    made: list[int] = []

    def open_one(login: str, permissions: set[Permission] | None = None, unit: str | None = None) -> Program:
        secret = f"ek_secret-of-{login}-{len(made)}"
        with writing(engine) as session:
            user = session.exec(select(User).where(User.login == login)).one()
            viewer = viewer_of(session, user)
            every = {p for grant in viewer.grants for p in grant.permissions}
            row = ApiToken(
                token_hash=tokens.hash_of(secret),
                user_id=user.id,
                name="Ärendesystemet",
                permissions=sorted(p.value for p in (every if permissions is None else permissions)),
                unit_path=session.exec(select(Unit.path).where(Unit.name == unit)).one() if unit else "/",
                created_at=NOW,
                expires_at=NOW + timedelta(days=30),
            )
            session.add(row)
            session.flush()
            made.append(row.id or 0)
        return Program(app.test_client(), secret, made[-1])

    return open_one


@pytest.fixture
def end(engine: Engine) -> Callable[..., None]:
    """Change a token's row."""

    def change(token_id: int, **values: object) -> None:
        with writing(engine) as session:
            row = session.get_one(ApiToken, token_id)
            for name, value in values.items():
                setattr(row, name, value)

    return change


def row_of(engine: Engine, table: type, number: int) -> Any:
    with Session(engine) as session:
        return session.get_one(table, number)
