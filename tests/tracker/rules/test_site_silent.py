"""A whole site that falls silent is one finding, and what is dead for long does not make a site silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.sighting import DeviceClass
from tests.tracker.seen import LAN, NOW, SERIAL, asset, device, world
from tracker.facts import LiveFinding, NetworkFact
from tracker.findings_text import sentence
from tracker.reconcile import reconcile
from tracker.words import FindingKind, FindingState, Language, Purpose

if TYPE_CHECKING:
    from random import Random

    from tracker.facts import KnownAsset, KnownDevice, Plan, Wanted, World

SCHOOL = NetworkFact(1, "kvarn", Purpose.SCHOOL, 1, "Kvarnskolan", 7, ("10.0.0.0/24",), NOW)


def _unit(number: int, kind: DeviceClass = DeviceClass.PRINTER) -> KnownAsset:
    return asset(
        number,
        (SERIAL, f"PRN{number:05d}"),
        device_class=kind,
        site_id=1,
        created_at=NOW - timedelta(days=400),
    )


def _seen(number: int, ago: timedelta) -> KnownDevice:
    at = NOW - ago
    return device(number, (SERIAL, f"PRN{number:05d}"), asset_id=number, last_seen=at, first_seen=at)


def _school(silent: int, of: int, ago: timedelta = timedelta(days=1), **more: object) -> World:
    kind = more.pop("kind", DeviceClass.PRINTER)
    units = tuple(_unit(n, kind) for n in range(1, of + 1))
    devices = tuple(_seen(n, ago if n <= silent else timedelta(0)) for n in range(1, of + 1))
    return world(**{"assets": units, "devices": devices, "networks": (SCHOOL,), **more})


def _wanted(plan: Plan, kind: FindingKind) -> list[Wanted]:
    return [step.wanted for step in plan.steps if step.wanted and step.wanted.kind is kind]


def _kinds(plan: Plan) -> list[FindingKind]:
    return [step.wanted.kind for step in plan.steps if step.wanted]


def test_a_silent_school_is_told_the_morning_after_and_in_one_sentence() -> None:
    (one,) = _wanted(reconcile(_school(19, 20)), FindingKind.SITE_SILENT)
    assert (one.key({}), one.unit_id, one.network_id) == ("site_silent:site:1", 7, 1)
    assert sentence(one, Language.SV) == (
        "Kvarnskolan: 19 av 20 enheter som brukar synas har inte synts sedan söndag 22 november 10.00."
    )
    assert sentence(one, Language.EN).startswith("Kvarnskolan: 19 of 20 devices")


@pytest.mark.parametrize("ago", [timedelta(days=1), timedelta(days=8), timedelta(days=300)])
def test_its_units_are_not_told_one_by_one_however_long_it_lasts(ago: timedelta) -> None:
    assert _kinds(reconcile(_school(220, 220, ago))) == [FindingKind.SITE_SILENT]


@pytest.mark.parametrize("days", [8, 40])
@pytest.mark.parametrize("kind", [DeviceClass.PRINTER, DeviceClass.CHROMEBOOK])
@pytest.mark.parametrize("registered_at", [None, 2], ids=["at no site", "at another site"])
def test_units_that_the_register_has_elsewhere_are_hushed_with_the_site_they_were_seen_at(
    days: int, kind: DeviceClass, registered_at: int | None
) -> None:
    school = _school(40, 40, timedelta(days=days), kind=kind)
    elsewhere = (*(replace(a, site_id=registered_at) for a in school.assets), *_elsewhere(registered_at))
    found = _kinds(reconcile(replace(school, assets=elsewhere)))
    assert FindingKind.NOT_SEEN not in found
    assert found.count(FindingKind.SITE_SILENT) == (kind is DeviceClass.PRINTER or days == 40)


def _elsewhere(site_id: int | None) -> tuple[KnownAsset, ...]:
    """So many more of the same that the silent school is a small part of them."""
    return tuple(
        replace(_unit(n), site_id=site_id, identifiers=frozenset({(SERIAL, f"ELS{n}")}), created_at=None)
        for n in range(1000, 1200)
    )


@pytest.mark.parametrize(("silent", "of"), [(8, 20), (9, 9), (0, 50), (4, 10)])
def test_a_few_silent_units_or_a_few_units_are_no_silent_site(silent: int, of: int) -> None:
    assert _wanted(reconcile(_school(silent, of)), FindingKind.SITE_SILENT) == []


def test_one_look_that_took_an_hour_is_one_look() -> None:
    assert _kinds(reconcile(_school(20, 20, timedelta(minutes=90)))) == []


def test_where_nobody_looked_nobody_is_silent() -> None:
    unlooked = replace(SCHOOL, covered_at=NOW - timedelta(days=2))
    assert _kinds(reconcile(_school(20, 20, networks=(unlooked,)))) == []


def test_units_whose_silence_is_told_do_not_make_a_site_silent_and_stay_told() -> None:
    told = tuple(
        LiveFinding(n, f"not_seen:asset:{n}", FindingKind.NOT_SEEN, FindingState.OPEN) for n in range(1, 16)
    )
    plan = reconcile(_school(15, 25, timedelta(days=60), findings=told))
    assert _wanted(plan, FindingKind.SITE_SILENT) == []
    assert {step.act for step in plan.steps} == {"keep"}
    assert len(plan.steps) == 15


def test_a_finding_that_was_open_before_the_site_fell_silent_stays_open() -> None:
    told = (LiveFinding(1, "not_seen:asset:1", FindingKind.NOT_SEEN, FindingState.OPEN),)
    plan = reconcile(_school(20, 20, timedelta(days=10), findings=told))
    assert sorted((step.act, step.wanted.kind.value) for step in plan.steps if step.wanted) == [
        ("keep", "not_seen"),
        ("open", "site_silent"),
    ]


def test_it_closes_when_they_are_back() -> None:
    live = (LiveFinding(5, "site_silent:site:1", FindingKind.SITE_SILENT, FindingState.OPEN),)
    assert [s.act for s in reconcile(_school(20, 20, findings=live)).steps] == ["keep"]
    assert [s.act for s in reconcile(_school(2, 20, findings=live)).steps] == ["close"]


@pytest.mark.parametrize(("today", "told"), [(date(2026, 11, 23), True), (date(2026, 7, 20), False)])
def test_what_pupils_carry_is_away_in_summer(today: date, told: bool) -> None:  # noqa: FBT001 -- a table
    summer = _school(40, 40, timedelta(days=31), kind=DeviceClass.CHROMEBOOK, today=today)
    assert bool(_wanted(reconcile(summer), FindingKind.SITE_SILENT)) is told
    assert _wanted(reconcile(summer), FindingKind.NOT_SEEN) == []


@given(st.integers(0, 60), st.integers(1, 60), st.integers(1, 400), st.randoms())
def test_one_finding_at_most_and_none_about_a_unit_when_most_vanish(
    silent: int, of: int, days: int, chance: Random
) -> None:
    school = _school(min(silent, of), of, timedelta(days=days))
    devices = list(school.devices)
    chance.shuffle(devices)
    plan = reconcile(school)
    found = _wanted(plan, FindingKind.SITE_SILENT)
    assert len(found) <= 1
    if min(silent, of) > 0.4 * of and of >= 10:
        assert len(found) == 1
        assert _wanted(plan, FindingKind.NOT_SEEN) == []
    turned = reconcile(replace(school, assets=school.assets[::-1], devices=tuple(devices)))
    assert {_told(s.wanted) for s in plan.steps if s.wanted} == {
        _told(s.wanted) for s in turned.steps if s.wanted
    }


def _told(wanted: Wanted) -> tuple[str, str]:
    return wanted.key({}), repr(wanted.facts)


def test_the_office_does_not_answer_for_the_school() -> None:
    office = replace(LAN, id=2, name="kontor", site_id=2, site="Stadshuset")
    there = tuple(replace(d, network_id=2) for d in _school(0, 20).devices)
    plan = reconcile(_school(0, 20, devices=there, networks=(SCHOOL, office)))
    assert _wanted(plan, FindingKind.SITE_SILENT) == []
