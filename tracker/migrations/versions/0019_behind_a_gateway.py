"""What gateway a device stands behind.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("device", sa.Column("behind", sa.String(45), nullable=True))


def downgrade() -> None:
    """Without it."""
    op.drop_column("device", "behind")
