"""One `run` or `schedule` per register: an OS lock beside the configuration, which says whose it is."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tracker.config import Config


class AlreadyRunningError(Exception):
    """Another process holds the lock.

    Attributes:
        holder: its process id, None where it has not written it yet.
    """

    def __init__(self, holder: int | None) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def only_one(path: Path) -> Iterator[int]:
    """Hold the lock (flock(2)) for as long as the block lasts; its descriptor, with which a child holds it as well.

    Raises:
        AlreadyRunningError: another process holds it.
    """
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            said = file.read(20).strip()
            raise AlreadyRunningError(int(said) if said.isdecimal() else None) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def lock_path(config: Config) -> Path:
    """Where the lock is: beside the configuration."""
    return config.path.parent / ".enhetskoll-schedule.lock"
