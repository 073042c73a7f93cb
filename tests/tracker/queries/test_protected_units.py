"""An asset that a class owns does not tell which class its protected holder belongs to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from tests.conftest import NOW, viewer_of
from tests.tracker.movements.conftest import put_asset
from tracker.db import writing
from tracker.queries.asset_page import asset_page
from tracker.queries.assets import AssetFilter, every_asset, list_assets
from tracker.queries.finding_page import finding_page
from tracker.queries.hardware import hardware
from tracker.roles import GrantFact
from tracker.tables import Asset, Finding, Site, Unit
from tracker.words import AssetStatus, FindingKind, FindingState, Language, Permission, Severity

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer

SV = Language.SV
HIDDEN = "Visas inte (skyddad person)"


@pytest.fixture
def technician(migrated: Engine) -> Viewer:
    """Anna, who may not see protected persons."""
    return viewer_of(migrated, "anna")


@pytest.fixture
def held(migrated: Engine) -> dict[str, int]:
    """Three assets of class 7A: a protected pupil's, another pupil's, nobody's. And the school's own, the protected pupil's too."""
    out = AssetStatus.HANDED_OUT
    return {
        "hidden": put_asset(migrated, "A-1", "7A", out, "Skyddad Elev"),
        "plain": put_asset(migrated, "A-2", "7A", out, "Elsa Ödman"),
        "free": put_asset(migrated, "A-3", "7A"),
        "school": put_asset(migrated, "A-4", "Ekbackaskolan", out, "Skyddad Elev"),
    }


def _units(engine: Engine, viewer: Viewer, unit: str | None = None) -> dict[str, str]:
    with Session(engine) as session:
        number = session.exec(select(Unit.id).where(Unit.name == unit)).one() if unit else None
        chosen = AssetFilter(unit=number)
        listed = {row.tag: row.unit for row in list_assets(session, viewer, chosen, SV).rows}
        assert {row.tag: row.unit for row in every_asset(session, viewer, chosen, SV)} == listed
        rows, count = hardware(session, viewer, SV, chosen, offset=0, limit=50)
        assert {row.tag: row.unit.name for row in rows} == listed
        assert count == len(listed)
    return listed


def test_the_class_of_a_protected_holder_is_not_told_by_the_assets_unit(
    migrated: Engine, technician: Viewer, held: dict[str, int]
) -> None:
    assert _units(migrated, technician) == {
        "A-1": HIDDEN,
        "A-2": "7A",
        "A-3": "7A",
        "A-4": "Ekbackaskolan",
    }
    with Session(migrated) as session:
        row = asset_page(session, technician, held["hidden"], SV).row
        (told, *_), _ = hardware(session, technician, SV, AssetFilter(tag="A-1"), offset=0, limit=1)
    assert (row.unit, row.unit_id, row.holder) == (HIDDEN, None, "Skyddad person")
    assert told.unit.id is None


@pytest.mark.usefixtures("held")
def test_asking_for_the_class_does_not_tell_it_either(migrated: Engine, technician: Viewer) -> None:
    assert list(_units(migrated, technician, "7A")) == ["A-2", "A-3"]
    assert list(_units(migrated, technician, "Ekbackaskolan")) == ["A-1", "A-2", "A-3", "A-4"]


@pytest.mark.usefixtures("held")
def test_who_may_know_is_told(migrated: Engine, technician: Viewer) -> None:
    grant = GrantFact(frozenset({Permission.PERSON_VIEW_PROTECTED}), "/")
    trusted = replace(technician, grants=(*technician.grants, grant))
    assert _units(migrated, trusted)["A-1"] == "7A"
    assert list(_units(migrated, trusted, "7A")) == ["A-1", "A-2", "A-3"]


def _owner_told(engine: Engine, viewer: Viewer, asset_id: int) -> str | None:
    """Who answers for the asset, as a finding says it that saw it at another school."""
    with writing(engine) as session:
        elsewhere = session.exec(select(Unit.id).where(Unit.name == "Kvarnskolan")).one()
        site = Site(name=f"Kvarn {asset_id}", sort_key="k", unit_id=elsewhere)
        session.add(site)
        session.flush()
        asset = session.get_one(Asset, asset_id)
        asset.site_id = site.id
        session.add(asset)
        finding = Finding(
            key=f"moved:asset:{asset_id}",
            kind=FindingKind.MOVED,
            rule="moved",
            severity=Severity.MEDIUM,
            state=FindingState.OPEN,
            asset_id=asset_id,
            unit_id=asset.unit_id,
            since=NOW,
            changed_at=NOW,
        )
        session.add(finding)
        session.flush()
        return finding_page(session, viewer, finding.id or 0).owner


def test_a_finding_does_not_name_the_class_of_a_protected_holder(
    migrated: Engine, technician: Viewer, held: dict[str, int]
) -> None:
    assert _owner_told(migrated, technician, held["hidden"]) is None
    assert _owner_told(migrated, technician, held["plain"]) == "7A"
    assert _owner_told(migrated, technician, held["school"]) == "Ekbackaskolan"
