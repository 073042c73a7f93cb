"""Alembic's environment: the engine comes from `tracker.migrations`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alembic import context

from tracker.migrations import is_compared
from tracker.tables import metadata

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationInfo

engine = context.config.attributes["engine"]
log = logging.getLogger("tracker.migrations")


def _tell(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:  # noqa: ARG001 -- Alembic's own names
    """One event for each step: Alembic's own log also speaks where nothing is done, and is kept quiet."""
    log.info("the register is at step %s", step.up_revision_id)


with engine.connect() as connection:
    # SQLite changes tables by copying them; render_as_batch lets one migration serve both databases.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=is_compared,
        on_version_apply=_tell,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
