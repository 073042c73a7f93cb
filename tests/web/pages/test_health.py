from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    import pytest
    from flask.testing import FlaskClient


def test_a_working_register_is_healthy(stranger: FlaskClient) -> None:
    assert stranger.get("/health").json == {"state": "ok"}


def test_a_register_that_does_not_answer_is_not(
    stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("sqlmodel.Session.execute", broken)
    answer = stranger.get("/health", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json["code"] == "error.register_unavailable"
