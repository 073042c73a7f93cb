"""What a class has left to return is counted within an index, without a look at the rows.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the index of holders by the status, and that of units by who is protected."""
    op.drop_index("ix_asset_holder_id", table_name="asset")
    op.create_index("ix_asset_holder_counted", "asset", ["holder_id", "status"])
    op.drop_index("ix_person_unit_id", table_name="person")
    op.create_index("ix_person_unit_counted", "person", ["unit_id", "is_protected"])


def downgrade() -> None:
    """The index of holders and that of units alone."""
    op.drop_index("ix_person_unit_counted", table_name="person")
    op.create_index("ix_person_unit_id", "person", ["unit_id"])
    op.drop_index("ix_asset_holder_counted", table_name="asset")
    op.create_index("ix_asset_holder_id", "asset", ["holder_id"])
