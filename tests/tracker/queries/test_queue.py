from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from tests.conftest import NOW
from tracker.db import writing
from tracker.queries.findings import GROUP_FROM, SHOWN, QueueFilter, mark, members, queue
from tracker.tables import Finding
from tracker.words import FindingKind, FindingState, Severity

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer


def _open(engine: Engine, count: int, severity: Severity, group: str | None = None) -> None:
    with writing(engine) as session:
        for number in range(count):
            session.add(
                Finding(
                    key=f"unregistered:device:{severity.value}-{group}-{number}",
                    kind=FindingKind.UNREGISTERED_DEVICE,
                    rule="REG-01",
                    severity=severity,
                    state=FindingState.OPEN,
                    group_key=group,
                    facts={},
                    since=NOW - timedelta(hours=number),
                    changed_at=NOW,
                )
            )


def test_the_gravest_come_first_however_many_there_are(engine: Engine, anna: Viewer) -> None:
    _open(engine, SHOWN + 20, Severity.LOW)
    _open(engine, 1, Severity.HIGH)
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
    assert found.groups[0].first.severity is Severity.HIGH
    assert len(found.groups) == SHOWN
    assert found.is_cut
    assert found.total == found.whole == SHOWN + 21


def test_what_fits_is_shown_whole(engine: Engine, anna: Viewer) -> None:
    _open(engine, 5, Severity.LOW, "alike")
    _open(engine, 2, Severity.MEDIUM)
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
    assert [len(group.marks) for group in found.groups] == [1, 1, 5]
    assert not found.is_cut
    assert found.groups[2].key == "alike"


def test_a_group_knows_all_its_findings_but_reads_only_the_first(engine: Engine, anna: Viewer) -> None:
    _open(engine, 5, Severity.LOW, "alike")
    _open(engine, GROUP_FROM - 1, Severity.LOW, "two of a kind")
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
        group = next(one for one in found.groups if one.key == "alike")
        whole = members(session, anna, QueueFilter(), group.first.id or 0)[0]
    assert sorted(group.marks) == sorted(mark(one) for one in whole)
    assert whole[0] == group.first
    assert len(found.groups) == 1 + GROUP_FROM - 1, "too few for a group stand alone"
    assert found.total == 5 + GROUP_FROM - 1


def test_a_group_is_made_of_what_the_filter_leaves(engine: Engine, anna: Viewer) -> None:
    _open(engine, GROUP_FROM, Severity.LOW, "alike")
    with writing(engine) as session:
        one = session.exec(select(Finding)).first()
        assert one is not None
        one.state = FindingState.DECIDED
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
        decided = queue(session, anna, QueueFilter(state="decided"))
    assert [len(group.marks) for group in found.groups] == [1] * (GROUP_FROM - 1)
    assert (decided.total, decided.whole) == (1, GROUP_FROM - 1)


def test_alike_but_not_as_grave_stand_where_they_belong(engine: Engine, anna: Viewer) -> None:
    _open(engine, GROUP_FROM, Severity.LOW, "alike")
    _open(engine, GROUP_FROM, Severity.HIGH, "alike")
    _open(engine, 1, Severity.MEDIUM, "two of a kind")
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
        listed = [members(session, anna, QueueFilter(), group.first.id or 0) for group in found.groups]
    assert [group.first.severity for group in found.groups] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    assert [len(group.marks) for group in found.groups] == [GROUP_FROM, 1, GROUP_FROM]
    assert [({one.severity for one in group}, count) for group, count in listed] == [
        ({Severity.HIGH}, GROUP_FROM),
        ({Severity.MEDIUM}, 1),
        ({Severity.LOW}, GROUP_FROM),
    ]


def test_within_a_severity_the_newest_come_first(engine: Engine, anna: Viewer) -> None:
    _open(engine, 3, Severity.LOW, "alike")
    _open(engine, 2, Severity.LOW)
    with Session(engine) as session:
        found = queue(session, anna, QueueFilter())
    newest = [group.first.since for group in found.groups]
    assert newest == sorted(newest, reverse=True)
