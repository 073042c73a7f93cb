"""On SQLite the words of devices are walked within an index.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE INDEX ix_device_words ON device (asset_id, sort_key, search_key)")


def downgrade() -> None:
    """Without it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP INDEX ix_device_words")
