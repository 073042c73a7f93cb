"""An index for what has changed since a moment, which programs ask for."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_asset_changed_at", "asset", ["changed_at"])


def downgrade() -> None:
    op.drop_index("ix_asset_changed_at", table_name="asset")
