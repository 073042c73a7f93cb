from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.evidence import OBSERVER, OWN_ADDRESS, Evidence
from discovery.sighting import DeviceClass
from tests.tracker.seen import CAMERA, LAN, MAC, MAC_KIND, NOW, OTHER, SERIAL, asset, device, sighting, world
from tracker.facts import LiveFinding, Plan, StandingDecision
from tracker.findings_text import sentence, why
from tracker.reconcile import reconcile
from tracker.words import AssetStatus, DecisionKind, FindingKind, FindingState, Language, Purpose

KEY = "unregistered:device:3"


def _opened(plan: Plan) -> list[FindingKind]:
    return [step.wanted.kind for step in plan.steps if step.act == "open" and step.wanted]


def test_an_unregistered_camera_is_found_as_iot() -> None:
    plan = reconcile(world(sightings=(sighting(1, "10.0.0.5", MAC, identity=CAMERA),)))
    assert _opened(plan) == [FindingKind.UNREGISTERED_IOT]


def test_what_is_not_known_to_be_iot_is_an_unregistered_device() -> None:
    plan = reconcile(world(sightings=(sighting(1, "10.0.0.5", MAC),)))
    assert _opened(plan) == [FindingKind.UNREGISTERED_DEVICE]


def test_what_the_register_knows_is_no_finding() -> None:
    plan = reconcile(
        world(sightings=(sighting(1, "10.0.0.5", MAC, identity=CAMERA),), assets=(asset(1, (MAC_KIND, MAC)),))
    )
    assert _opened(plan) == []


def test_guests_are_never_findings() -> None:
    guests = replace(LAN, purpose=Purpose.GUEST)
    assert _opened(reconcile(world(sightings=(sighting(1, "10.0.0.5", MAC),), networks=(guests,)))) == []


@pytest.mark.parametrize(
    ("ends", "status", "opened"),
    [
        (NOW.date() - timedelta(days=1), AssetStatus.IN_USE, [FindingKind.END_OF_LIFE]),
        (NOW.date(), AssetStatus.IN_USE, []),
        (NOW.date() - timedelta(days=1), AssetStatus.IN_STOCK, []),
        (None, AssetStatus.IN_USE, []),
    ],
)
def test_support_that_has_ended_matters_for_what_is_in_use(
    ends: date | None, status: AssetStatus, opened: list
) -> None:
    assert _opened(reconcile(world(assets=(asset(1, support_ends=ends, status=status),)))) == opened


def test_a_returned_unit_that_answers_afterwards_is_found() -> None:
    gone = asset(1, (MAC_KIND, MAC), status=AssetStatus.RETURNED, status_since=NOW - timedelta(hours=1))
    assert _opened(reconcile(world(assets=(gone,), sightings=(sighting(1, "10.0.0.5", MAC),)))) == [
        FindingKind.GONE_BUT_SEEN
    ]


def test_a_returned_unit_that_answered_before_is_not() -> None:
    gone = asset(1, (MAC_KIND, MAC), status=AssetStatus.RETURNED, status_since=NOW + timedelta(minutes=1))
    assert _opened(reconcile(world(assets=(gone,), sightings=(sighting(1, "10.0.0.5", MAC),)))) == []


def _printer(number: int = 1, **more: object) -> object:
    said = {"device_class": DeviceClass.PRINTER, "site_id": 1, "created_at": NOW - timedelta(days=20)}
    return asset(number, (SERIAL, f"PRN{number:05d}"), **{**said, **more})


def test_a_printer_never_seen_where_we_looked_is_missed() -> None:
    assert _opened(reconcile(world(assets=(_printer(),)))) == [FindingKind.NOT_SEEN]


def test_nothing_is_missed_where_we_have_not_looked() -> None:
    unseen = replace(LAN, covered_at=None)
    assert _opened(reconcile(world(assets=(_printer(),), networks=(unseen,)))) == []


def test_what_people_carry_is_missed_after_a_month_only() -> None:
    def seen(days: int) -> Plan:
        at = NOW - timedelta(days=days)
        known = device(3, (SERIAL, "PRN00001"), asset_id=1, last_seen=at, first_seen=at)
        return reconcile(world(assets=(_printer(device_class=DeviceClass.CHROMEBOOK),), devices=(known,)))

    assert _opened(seen(29)) == []
    assert _opened(seen(31)) == [FindingKind.NOT_SEEN]


def test_when_most_of_a_site_falls_silent_the_single_units_are_not_to_blame() -> None:
    at = NOW - timedelta(days=8)
    assets = tuple(_printer(n) for n in range(1, 21))
    devices = tuple(
        device(n, (SERIAL, f"PRN{n:05d}"), asset_id=n, last_seen=at, first_seen=at) for n in range(1, 21)
    )
    assert _opened(reconcile(world(assets=assets, devices=devices))) == [FindingKind.SITE_SILENT]
    two = tuple(d if n < 2 else replace(d, last_seen=NOW) for n, d in enumerate(devices))
    assert _opened(reconcile(world(assets=assets, devices=two))) == [FindingKind.NOT_SEEN] * 2


STRANGER = device(3, (MAC_KIND, MAC), ip="10.0.0.5", mac=MAC)
LIVE = LiveFinding(9, KEY, FindingKind.UNREGISTERED_DEVICE, FindingState.OPEN)


def test_a_finding_stays_while_its_cause_does() -> None:
    plan = reconcile(world(devices=(STRANGER,), sightings=(sighting(1, "10.0.0.5", MAC),), findings=(LIVE,)))
    assert [(step.act, step.finding_id) for step in plan.steps] == [("keep", 9)]


def test_a_finding_closes_by_itself_when_the_unit_is_registered() -> None:
    plan = reconcile(
        world(
            devices=(STRANGER,),
            sightings=(sighting(1, "10.0.0.5", MAC),),
            findings=(LIVE,),
            assets=(asset(1, (MAC_KIND, MAC)),),
        )
    )
    assert [(step.act, step.finding_id) for step in plan.steps] == [("close", 9)]


def test_a_decision_follows_the_device_to_a_new_address() -> None:
    decided = replace(LIVE, state=FindingState.DECIDED)
    plan = reconcile(
        world(
            devices=(STRANGER,),
            sightings=(sighting(1, "10.0.0.77", MAC),),
            findings=(decided,),
            decisions=(StandingDecision(KEY, DecisionKind.NOT_OURS),),
        )
    )
    assert [step.act for step in plan.steps] == ["keep"]


def test_a_decision_outlives_a_closed_finding() -> None:
    plan = reconcile(
        world(
            devices=(STRANGER,),
            sightings=(sighting(1, "10.0.0.5", MAC),),
            decisions=(StandingDecision(KEY, DecisionKind.NOT_OURS),),
        )
    )
    assert [(step.act, step.state) for step in plan.steps] == [("open", FindingState.DECIDED)]


@pytest.mark.parametrize(("until", "act"), [(NOW.date(), "keep"), (NOW.date() - timedelta(days=1), "reopen")])
def test_ignored_until_a_day_comes_back_the_day_after(until: date, act: str) -> None:
    plan = reconcile(
        world(
            devices=(STRANGER,),
            sightings=(sighting(1, "10.0.0.5", MAC),),
            findings=(replace(LIVE, state=FindingState.DECIDED),),
            decisions=(StandingDecision(KEY, DecisionKind.IGNORED, until),),
        )
    )
    assert [step.act for step in plan.steps] == [act]


def test_two_rows_that_prove_to_be_one_device_become_one() -> None:
    plan = reconcile(
        world(
            devices=(device(3, (MAC_KIND, MAC)), device(4, (MAC_KIND, OTHER))),
            sightings=(
                sighting(1, "10.0.0.5", MAC, serials=("AAAA1111",)),
                sighting(2, "10.0.0.6", OTHER, serials=("AAAA1111",)),
            ),
        )
    )
    assert len(plan.absorbed) == 1
    assert len({match.device for match in plan.matches}) == 1


@given(st.sampled_from([MAC, OTHER, None]), st.booleans(), st.booleans())
def test_the_same_world_gives_the_same_plan(mac: str | None, known: bool, iot: bool) -> None:  # noqa: FBT001 -- drawn
    one = world(
        assets=(asset(1, (MAC_KIND, MAC)),) if known else (),
        sightings=(sighting(1, "10.0.0.5", mac, identity=CAMERA if iot else None),),
    )
    assert reconcile(one) == reconcile(one)


def test_the_scanner_itself_is_told_as_such_and_stands_alone() -> None:
    own = Evidence.of(OBSERVER, OWN_ADDRESS, "local")
    seen = replace(sighting(1, "10.0.0.5", MAC), evidence=(own,))
    stranger = sighting(2, "10.0.0.6", OTHER)
    plan = reconcile(world(sightings=(seen, stranger)))
    scanner, other = sorted(
        (step.wanted for step in plan.steps if step.wanted), key=lambda one: "observer" not in one.facts
    )
    assert sentence(scanner, Language.SV).startswith("Datorn som Enhetskoll skannar från är inte")
    assert why(scanner, Language.SV)[2].startswith("Ingen främling")
    assert sentence(other, Language.SV).startswith("Oregistrerad")
    assert scanner.group_key != other.group_key
    assert "this-machine" in plan.matches[0].flags
    # The next night it is known by what was stored of it, also where it was not seen.
    again = reconcile(world(devices=(replace(plan.devices[0], ref=7),)))
    assert [step.wanted.facts["observer"] for step in again.steps if step.wanted] == [True]
