"""A network is only ever narrowed: each refusal beside its field, one step to undo, and a pause that works at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from tests.conftest import NOW
from tracker import journal
from tracker.db import reading, writing
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.movements.networks import NarrowNetwork, narrow_network, undo
from tracker.tables import JournalEntry, Network, NetworkNarrowing, Scan
from tracker.words import Profile, Purpose, ScanCause, ScanState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer

TODAY = date(2026, 11, 23)


@pytest.fixture
def lan(engine: Engine) -> int:
    with writing(engine) as session:
        network = Network(
            name="lan", cidrs="10.0.0.0/24 10.0.2.0/25", purpose=Purpose.CONTROL, profile=Profile.GENTLE
        )
        session.add(network)
        session.flush()
        return network.id or 0


def _narrow(engine: Engine, by: Viewer, lan: int, request_id: str = "r1", **values: Any) -> None:
    values = {"reason": "provas", **values}
    command = NarrowNetwork(network_id=lan, most_rate=100, request_id=request_id, **values)
    with writing(engine) as session:
        narrow_network(session, command, by=by, now=NOW, today=TODAY)


def _row(engine: Engine) -> NetworkNarrowing | None:
    with reading(engine) as session:
        return session.exec(select(NetworkNarrowing)).first()


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"profile": Profile.FULL}, "profile", "networks.wider_profile"),
        ({"rate": 101}, "rate", "networks.wider_rate"),
        ({"rate": 0}, "rate", "networks.wider_rate"),
        ({"never": "10.0.0.7 10.0.1.1"}, "never", "networks.not_inside"),
        ({"never": "10.0.0.0/16"}, "never", "networks.not_inside"),
        ({"never": "fe80::1"}, "never", "networks.not_inside"),
        ({"never": "skrivaren"}, "never", "networks.bad_address"),
        ({"never": " ".join(f"10.0.0.{n}" for n in range(201))}, "never", "networks.too_many"),
        ({"paused_until": TODAY - timedelta(days=1)}, "paused_until", "networks.pause_past"),
        ({"rate": 5, "reason": " "}, "reason", "movements.reason_missing"),
    ],
)
def test_what_is_wider_or_unreadable_is_refused_beside_its_field(
    engine: Engine, anna: Viewer, lan: int, values: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        _narrow(engine, anna, lan, **values)
    assert {name: error.code for name, error in caught.value.fields.items()} == {field: code}
    assert _row(engine) is None


def test_a_narrowing_is_kept_in_one_form_and_written_in_the_journal_without_its_reason(
    engine: Engine, anna: Viewer, lan: int
) -> None:
    written = "10.0.0.66,\n10.0.2.64/26; 10.0.0.66/32"
    _narrow(engine, anna, lan, rate=20, never=written, reason="Kalle byter switch")
    row = _row(engine)
    assert (row.version, row.rate, row.never, row.profile) == (1, 20, "10.0.0.66 10.0.2.64/26", None)
    with reading(engine) as session:
        (entry,) = session.exec(select(JournalEntry)).all()
        assert entry.what == "network:narrowing:change"
        assert entry.facts["after"]["never"] == "10.0.0.66 10.0.2.64/26"
        assert "Kalle" not in str(entry.facts)
        assert journal.verify(session) == []


def test_what_is_as_configured_is_no_narrowing_and_needs_no_reason(
    engine: Engine, anna: Viewer, lan: int
) -> None:
    _narrow(engine, anna, lan, profile=Profile.GENTLE, rate=100, reason="")
    row = _row(engine)
    assert (row.profile, row.rate, row.reason) == (None, None, "")


def test_a_change_is_undone_once(engine: Engine, anna: Viewer, lan: int) -> None:
    until = TODAY + timedelta(days=3)
    _narrow(engine, anna, lan, rate=20, paused_until=until, reason="ett")
    _narrow(engine, anna, lan, "r2", version=1, rate=10, reason="två")
    with writing(engine) as session:
        undo(session, lan, 2, "r3", by=anna, now=NOW, today=TODAY)
    row = _row(engine)
    assert (row.version, row.rate, row.paused_until, row.reason) == (3, 20, until, "ett")
    with writing(engine) as session, pytest.raises(RefusedError):
        undo(session, lan, 3, "r4", by=anna, now=NOW, today=TODAY)


def test_of_two_at_once_one_is_told_who_was_first(engine: Engine, anna: Viewer, lan: int) -> None:
    _narrow(engine, anna, lan, rate=20)
    for version in (0, 7):
        with pytest.raises(StaleError) as caught:
            _narrow(engine, anna, lan, f"r{version + 2}", version=version, rate=30)
        assert caught.value.data["who"] == "Anna Ek"
    assert _row(engine).rate == 20


def test_a_repeated_send_changes_once(engine: Engine, anna: Viewer, lan: int) -> None:
    _narrow(engine, anna, lan, rate=20)
    _narrow(engine, anna, lan, rate=20)
    assert _row(engine).version == 1


def test_a_pause_stops_what_runs_and_what_waits(engine: Engine, anna: Viewer, lan: int) -> None:
    with writing(engine) as session:
        for state in (ScanState.RUNNING, ScanState.WANTED, ScanState.DONE):
            session.add(Scan(network_id=lan, cause=ScanCause.ASKED, state=state, asked_at=NOW))
    _narrow(engine, anna, lan, rate=20)
    with reading(engine) as session:
        assert not any(scan.stop_asked for scan in session.exec(select(Scan)))
    _narrow(engine, anna, lan, "r2", version=1, paused_until=TODAY)
    with reading(engine) as session:
        found = [(scan.state, scan.stop_asked) for scan in session.exec(select(Scan).order_by(Scan.id))]
    assert found == [(ScanState.RUNNING, True), (ScanState.STOPPED, True), (ScanState.DONE, False)]


def test_who_may_not_narrow_finds_no_network(engine: Engine, cecilia: Viewer, anna: Viewer, lan: int) -> None:
    with pytest.raises(NotFoundError):
        _narrow(engine, cecilia, lan, rate=20)
    with writing(engine) as session:
        session.get_one(Network, lan).is_configured = False
    with pytest.raises(NotFoundError):
        _narrow(engine, anna, lan, rate=20)
