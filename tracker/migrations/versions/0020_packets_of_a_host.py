"""How many packets the busiest hosts of a scan were sent.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("scan", sa.Column("busiest", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    """Without it."""
    op.drop_column("scan", "busiest")
