"""Every protocol that the lab speaks is learnt, on the own link and through a router."""

from __future__ import annotations

import pytest

from tests.lab.recall import recall, table
from tests.lab.topology import Lab, is_possible

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab"), pytest.mark.timeout(180)]


def test_all_that_real_daemons_say_is_learnt_near_and_far() -> None:
    if reason := is_possible():
        pytest.skip(reason)
    with Lab() as lab:
        found, looked = recall(lab)
    assert [one for one in found if not one.is_whole] == [], table(found, looked)
    assert [told for each in looked for told in each.told() if not told.is_right] == [], table(found, looked)
