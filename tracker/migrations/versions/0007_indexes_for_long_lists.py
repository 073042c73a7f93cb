"""Indexes for long lists: what is counted on every page, and what happened of one kind since a moment."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_asset_counted", "asset", ["unit_id", "status", "model_id", "site_id"])
    op.create_index("ix_movement_kind_at", "movement", ["kind", "at", "unit_id"])


def downgrade() -> None:
    op.drop_index("ix_movement_kind_at", table_name="movement")
    op.drop_index("ix_asset_counted", table_name="asset")
