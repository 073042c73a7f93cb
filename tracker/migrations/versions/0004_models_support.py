"""Models: when somebody last found out about their support, and a version for compare-and-set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device_model", sa.Column("support_checked_on", sa.Date(), nullable=True))
    op.add_column("device_model", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("device_model", "version")
    op.drop_column("device_model", "support_checked_on")
