"""Models are corrected, merged and removed; their assets and the findings about them follow, and it can be undone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tests.tracker.movements.conftest import put_asset
from tracker.clock import STOCKHOLM
from tracker.db import reading, writing
from tracker.end_of_support import follow
from tracker.errors import InvalidError, NotFoundError, RefusedError, StaleError
from tracker.movements.model_merging import Merge, bring_back, merge, remove
from tracker.movements.models import EditModel, edit_model
from tracker.queries.models import ModelFilter, endings, list_models, model_page
from tracker.swedish import sort_key
from tracker.tables import Asset, DeviceModel, Finding
from tracker.words import AssetStatus, FindingKind, SupportState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracker.roles import Viewer

TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)


def _model(engine: Engine, vendor: str, name: str, **more: Any) -> int:
    values = {"device_class": DeviceClass.COMPUTER, "sort_key": sort_key(f"{vendor} {name}".strip()), **more}
    with writing(engine) as session:
        model = DeviceModel(vendor=vendor, name=name, **values)
        session.add(model)
        session.flush()
        return model.id or 0


def _asset(engine: Engine, tag: str, model_id: int, status: AssetStatus = AssetStatus.IN_USE) -> int:
    asset_id = put_asset(engine, tag, status=status, serial=f"S{tag}")
    with writing(engine) as session:
        session.get_one(Asset, asset_id).model_id = model_id
    return asset_id


def _edit(engine: Engine, by: Viewer, model_id: int, request_id: str = "r1", **values: Any) -> None:
    base = {"version": 1, "vendor": "HP", "name": "640 G8", "device_class": DeviceClass.COMPUTER}
    command = EditModel(
        model_id=model_id,
        request_id=request_id,
        **{**base, "support": SupportState.UNASKED, **values},
    )
    with writing(engine) as session:
        edit_model(session, command, by=by, now=NOW, today=TODAY)


def _get(engine: Engine, model_id: int) -> DeviceModel | None:
    with reading(engine) as session:
        return session.get(DeviceModel, model_id)


def _open(engine: Engine) -> list[str]:
    with reading(engine) as session:
        found = session.exec(select(Finding).where(Finding.kind == FindingKind.END_OF_LIFE))
        return sorted(finding.key for finding in found if finding.closed_at is None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"vendor": "Dell", "name": "3000"}, "name"),
        ({"support": SupportState.DATED, "support_basis": "sidan"}, "support_ends"),
        ({"support": SupportState.DATED, "support_ends": TODAY}, "support_basis"),
        ({"support": SupportState.NO_END}, "support_basis"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    engine: Engine, anna: Viewer, values: dict[str, Any], field: str
) -> None:
    _model(engine, "Dell", "3000")
    model_id = _model(engine, "HP", "640G8")
    with pytest.raises(InvalidError) as caught:
        _edit(engine, anna, model_id, **values)
    assert list(caught.value.fields) == [field]


def test_no_end_announced_is_another_answer_than_none(engine: Engine, anna: Viewer) -> None:
    model_id = _model(engine, "HP", "640 G8")
    _edit(engine, anna, model_id, support=SupportState.NO_END, support_basis="hp.com")
    with reading(engine) as session:
        (row,) = list_models(session, anna, ModelFilter(support="no_end"), TODAY).rows
        assert (row.support, row.model.support_checked_on) == ("no_end", TODAY)
        assert list_models(session, anna, ModelFilter(support="unasked"), TODAY).rows == ()
    _edit(engine, anna, model_id, "r2", version=2)
    with reading(engine) as session:
        (row,) = list_models(session, anna, ModelFilter(support="unasked"), TODAY).rows
        assert row.model.support_basis is None


def test_findings_follow_a_date_at_once_and_go_with_it(engine: Engine, anna: Viewer) -> None:
    model_id = _model(engine, "HP", "640 G8")
    used, stored = _asset(engine, "1", model_id), _asset(engine, "2", model_id, AssetStatus.IN_STOCK)
    other = _asset(engine, "3", _model(engine, "Dell", "3000", support_ends=YESTERDAY))
    assert (used, stored, other) == (1, 2, 3)
    _edit(
        engine,
        anna,
        model_id,
        support=SupportState.DATED,
        support_ends=YESTERDAY,
        support_basis="hp.com",
    )
    follow(engine, model_id, NOW, STOCKHOLM)
    assert _open(engine) == [f"end_of_life:asset:{used}"]
    again = follow(engine, model_id, NOW, STOCKHOLM)
    assert (again.opened, again.closed) == (0, 0)
    _edit(
        engine,
        anna,
        model_id,
        "r2",
        version=2,
        support=SupportState.DATED,
        support_ends=TODAY,
        support_basis="hp.com",
    )
    follow(engine, model_id, NOW, STOCKHOLM)
    assert _open(engine) == []


def test_assets_are_found_by_their_models_new_name(engine: Engine, anna: Viewer) -> None:
    model_id = _model(engine, "Hewlett", "640G8")
    asset_id = _asset(engine, "10481", model_id)
    _edit(engine, anna, model_id)
    with reading(engine) as session:
        key = session.get_one(Asset, asset_id).search_key
    assert ("hp 640 g8" in key, "s10481" in key, "10481" in key) == (True, True, True)


def test_of_two_at_once_one_is_told_who_was_first(engine: Engine, anna: Viewer) -> None:
    model_id = _model(engine, "HP", "640G8")
    _edit(engine, anna, model_id)
    with pytest.raises(StaleError) as caught:
        _edit(engine, anna, model_id, "r2", name="Annat")
    assert caught.value.data["who"] == "Anna Ek"


def _merge(engine: Engine, by: Viewer, model_id: int, into_id: int) -> int:
    command = Merge(model_id=model_id, version=1, into_id=into_id, request_id="m1")
    with writing(engine) as session:
        return merge(session, command, by=by, now=NOW)


def test_two_spellings_become_one_and_can_be_parted_again(engine: Engine, anna: Viewer) -> None:
    known = {"support_ends": YESTERDAY, "support_basis": "hp.com"}
    gone = _model(engine, "H P", "640G8", **known)
    into = _model(engine, "HP", "640 G8", device_class=DeviceClass.UNKNOWN)
    moved = [_asset(engine, tag, gone) for tag in ("1", "2")]
    stays = _asset(engine, "3", into)
    entry = _merge(engine, anna, gone, into)
    assert _get(engine, gone) is None
    taken = _get(engine, into)
    assert (taken.device_class, taken.support_ends) == (DeviceClass.COMPUTER, YESTERDAY)
    with reading(engine) as session:
        assert {a.model_id for a in session.exec(select(Asset))} == {into}
        assert "hp 640 g8" in session.get_one(Asset, moved[0]).search_key
    with writing(engine) as session:
        session.get_one(Asset, moved[1]).model_id = None  # someone moved it on meanwhile
        back = bring_back(session, entry, "b1", by=anna, now=NOW)
    with reading(engine) as session:
        assert [session.get_one(Asset, i).model_id for i in (*moved, stays)] == [back, None, into]
        assert "h p 640g8" in session.get_one(Asset, moved[0]).search_key
    restored, kept = _get(engine, back), _get(engine, into)
    assert (restored.vendor, restored.support_ends, restored.support_basis) == ("H P", YESTERDAY, "hp.com")
    assert (kept.device_class, kept.support_ends) == (DeviceClass.UNKNOWN, None)
    with writing(engine) as session, pytest.raises(RefusedError):
        bring_back(session, entry, "b2", by=anna, now=NOW)


@pytest.mark.parametrize("which", ["itself", "nothing"])
def test_a_model_is_merged_with_another_that_is_there(engine: Engine, anna: Viewer, which: str) -> None:
    model_id = _model(engine, "HP", "640G8")
    with pytest.raises(InvalidError):
        _merge(engine, anna, model_id, model_id if which == "itself" else 999)


def test_only_a_model_that_nothing_is_of_is_removed(engine: Engine, anna: Viewer, bjorn: Viewer) -> None:
    used, unused = _model(engine, "HP", "640G8"), _model(engine, "HP", "Ångmaskin 10")
    _asset(engine, "1", used)
    with writing(engine) as session, pytest.raises(RefusedError):
        remove(session, used, 1, "x1", by=anna, now=NOW)
    with writing(engine) as session, pytest.raises(NotFoundError):
        remove(session, unused, 1, "x2", by=bjorn, now=NOW)
    with writing(engine) as session:
        entry = remove(session, unused, 1, "x3", by=anna, now=NOW)
    assert _get(engine, unused) is None
    with writing(engine) as session:
        back = bring_back(session, entry, "x4", by=anna, now=NOW)
    assert _get(engine, back).name == "Ångmaskin 10"


def test_models_stand_in_swedish_order_by_pages_and_are_found_by_parts_of_words(
    engine: Engine, anna: Viewer
) -> None:
    names = [f"Dator {n}" for n in range(1, 60)]
    for name in reversed(names):
        _model(engine, "Acer", name)
    for name in ("Örn", "Ål", "Zebra", "Ärla"):
        _model(engine, "", name)
    with reading(engine) as session:
        first = list_models(session, anna, ModelFilter(), TODAY)
        second = list_models(session, anna, ModelFilter(cursor=first.next_cursor), TODAY)
        assert [row.model.name for row in first.rows] == names[:50]
        assert [row.model.name for row in second.rows] == [*names[50:], "Zebra", "Ål", "Ärla", "Örn"]
        back = list_models(session, anna, ModelFilter(cursor=second.previous_cursor), TODAY)
        assert back.rows == first.rows
        for text, expected in (("ÄRL", ["Ärla"]), ("acer 59", ["Dator 59"]), ("%", [])):
            found = list_models(session, anna, ModelFilter(text=text), TODAY)
            assert [row.model.name for row in found.rows] == expected
        assert len(list_models(session, anna, ModelFilter(text="dator 5"), TODAY).rows) == 15
        assert (first.total, first.whole) == (63, 63)


def test_the_likest_models_are_offered_first(engine: Engine, anna: Viewer) -> None:
    model_id = _model(engine, "HP", "ProBook 640G8")
    for vendor, name in (("Axis", "P3245"), ("HP", "ProBook 640 G8"), ("Dell", "3000")):
        _model(engine, vendor, name)
    with reading(engine) as session:
        page = model_page(session, anna, model_id, TODAY)
    assert page.likely[0].name == "ProBook 640 G8"


def test_what_ends_when_counts_units_in_use_by_half_year(engine: Engine) -> None:
    ends = [
        YESTERDAY,
        date(2026, 12, 31),
        date(2027, 6, 30),
        date(2027, 7, 1),
        date(2030, 6, 30),
        date(2030, 7, 1),
    ]
    for number, day in enumerate(ends):
        _asset(engine, f"a{number}", _model(engine, "M", str(number), support_ends=day))
    own = _asset(engine, "own", _model(engine, "M", "own", support_ends=YESTERDAY))
    _asset(engine, "stored", _model(engine, "M", "stored", support_ends=YESTERDAY), AssetStatus.IN_STOCK)
    with writing(engine) as session:
        session.get_one(Asset, own).support_ends = date(2027, 1, 1)
    with reading(engine) as session:
        found = endings(session, TODAY)
    assert [(e.code, e.year, e.half, e.count) for e in found] == [
        ("passed", None, None, 1),
        ("half", 2026, 2, 1),
        ("half", 2027, 1, 2),
        ("half", 2027, 2, 1),
        ("half", 2028, 1, 0),
        ("half", 2028, 2, 0),
        ("half", 2029, 1, 0),
        ("half", 2029, 2, 0),
        ("half", 2030, 1, 1),
        ("later", None, None, 1),
    ]
    assert max(e.share for e in found) == 1
