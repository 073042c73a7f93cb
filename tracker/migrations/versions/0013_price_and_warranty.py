"""What an asset cost, and until when the supplier answers for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset", sa.Column("price_ore", sa.Integer(), nullable=True))
    op.add_column("asset", sa.Column("warranty_ends", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("asset", "warranty_ends")
    op.drop_column("asset", "price_ore")
