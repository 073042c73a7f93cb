"""Since when a network is to be scanned: a night before that was not missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("network", sa.Column("configured_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("network", "configured_at")
