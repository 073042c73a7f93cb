from __future__ import annotations

from tracker.names import shown_name
from tracker.roles import BUILT_IN, GrantFact, Viewer
from tracker.tables import Person
from tracker.words import Language, Permission, RoleName


def _viewer(role: RoleName, path: str, *more: Permission) -> Viewer:
    return Viewer(1, "x", (GrantFact(BUILT_IN[role] | set(more), path),))


def test_a_grant_covers_its_unit_and_everything_below_but_nothing_beside() -> None:
    bjorn = _viewer(RoleName.SCHOOL_STAFF, "/1/3/4/")
    assert bjorn.may(Permission.RETURN_MAKE, "/1/3/4/")
    assert bjorn.may(Permission.RETURN_MAKE, "/1/3/4/9/")
    assert not bjorn.may(Permission.RETURN_MAKE, "/1/3/5/")
    assert not bjorn.may(Permission.RETURN_MAKE, "/1/3/")
    assert not bjorn.may(Permission.RETURN_MAKE, "/1/3/41/")


def test_school_staff_decide_no_findings_and_see_no_scans() -> None:
    bjorn = _viewer(RoleName.SCHOOL_STAFF, "/1/")
    assert not bjorn.may(Permission.FINDING_DECIDE)
    assert not bjorn.may(Permission.SCAN_VIEW)


def test_no_role_sees_protected_names_without_being_given_that_right() -> None:
    assert all(Permission.PERSON_VIEW_PROTECTED not in permissions for permissions in BUILT_IN.values())


def test_a_protected_pupil_is_masked_even_for_the_pupils_own_school() -> None:
    pupil = Person(name="Skyddad Elev", unit_id=1, sort_key="", search_key="", is_protected=True)
    bjorn = _viewer(RoleName.SCHOOL_STAFF, "/1/3/4/")
    trusted = _viewer(RoleName.SCHOOL_STAFF, "/1/3/4/", Permission.PERSON_VIEW_PROTECTED)
    assert "Elev" not in shown_name(pupil, "/1/3/4/", bjorn, Language.SV)
    assert shown_name(pupil, "/1/3/4/", trusted, Language.SV) == "Skyddad Elev"


def test_a_pupil_of_another_school_has_no_name_for_this_one() -> None:
    pupil = Person(name="Kim Kvarn", unit_id=1, sort_key="", search_key="")
    bjorn = _viewer(RoleName.SCHOOL_STAFF, "/1/3/4/")
    assert shown_name(pupil, "/1/3/4/", bjorn, Language.SV) == "Kim Kvarn"
    assert "Kim" not in shown_name(pupil, "/1/3/5/", bjorn, Language.SV)
