"""The SQLite that the register is kept in: that of the package where it has one for this machine, else Python's own.

Before 3.51.3 a write and a checkpoint of two connections at the same moment can damage the file (sqlite.org/wal.html,
"WAL-reset bug"), and systems ship what they ship: Debian 12 has 3.40.1. The package brings a later one with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as sqlite  # noqa: TID251 -- this is the door
else:
    try:
        from pysqlite3 import dbapi2 as sqlite
    except ImportError:  # no wheel for this machine
        import sqlite3 as sqlite  # noqa: TID251 -- this is the door

SAFE = (3, 51, 3)
"""First version without the bug."""

__all__ = ["SAFE", "sqlite"]
