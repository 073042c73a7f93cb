from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.tracker.seen import CAMERA, MAC, NOW, sighting
from tracker import aside, scanning
from tracker.clock import STOCKHOLM
from tracker.db import writing
from tracker.tables import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def test_a_night_is_thought_through_at_a_lower_priority_and_written_at_the_own(lan: Engine) -> None:
    """What holds the database must not be the lowly: everybody would wait for it."""
    at: dict[str, int] = {}

    def noting(name: str, work: Callable[..., object]) -> Callable[..., object]:
        def noted(*args: object, **more: object) -> object:
            at[name] = _priority()
            return work(*args, **more)

        return noted

    own = _priority()
    with (
        patch.object(scanning, "read_world", noting("read", scanning.read_world)),
        patch.object(scanning, "reconcile", noting("reconcile", scanning.reconcile)),
        patch.object(scanning, "apply", noting("apply", scanning.apply)),
    ):
        done = scanning.digest(
            lan, [sighting(1, "10.0.0.5", MAC, identity=CAMERA)], scan_id=None, now=NOW, zone=STOCKHOLM
        )
    assert done.devices == 1
    assert at == {"read": min(own + aside.LOWER, 19), "reconcile": min(own + aside.LOWER, 19), "apply": own}


def test_another_writer_is_let_in_while_the_night_is_thought_through(lan: Engine) -> None:
    written = threading.Event()

    def thinking(*_: object, **__: object) -> object:
        with writing(lan) as session:
            session.add(Throttle(subject="beside", failures=0, window_started=NOW))
        written.set()
        raise RuntimeError("enough")

    with patch.object(scanning, "reconcile", thinking), pytest.raises(RuntimeError, match="enough"):
        scanning.digest(lan, [], scan_id=None, now=NOW, zone=STOCKHOLM)
    assert written.is_set()


def test_the_collector_rests_meanwhile_and_works_again_whatever_happens() -> None:
    was = gc.isenabled()
    gc.enable()
    try:
        assert aside.aside(gc.isenabled) is False
        assert gc.isenabled()
        with pytest.raises(ZeroDivisionError):
            aside.aside(lambda: 1 // 0)
        assert gc.isenabled()
        assert aside.aside(_priority) > _priority()
    finally:
        if not was:
            gc.disable()


def test_a_machine_that_forbids_it_computes_all_the_same() -> None:
    with patch.object(aside.os, "setpriority", side_effect=PermissionError):
        assert aside.aside(lambda: 42) == 42
