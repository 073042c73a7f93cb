"""On SQLite the names of people are walked within an index.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE INDEX ix_person_words ON person (sort_key, id, is_active, is_protected, unit_id, search_key)"
        )


def downgrade() -> None:
    """Without it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP INDEX ix_person_words")
