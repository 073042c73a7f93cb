"""Alembic's environment: the engine comes from `tracker.migrations`."""

from __future__ import annotations

from alembic import context

from tracker.migrations import is_compared
from tracker.tables import metadata

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    # SQLite changes tables by copying them; render_as_batch lets one migration serve both databases.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=is_compared,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
