"""Versions of persons, so that a stale form loses, and the day a person left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("person", sa.Column("left_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "left_on")
    op.drop_column("person", "version")
