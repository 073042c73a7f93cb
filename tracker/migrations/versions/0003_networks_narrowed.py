"""Networks narrowed by the pages, and nights on which they rested."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PROFILES = ("full", "gentle", "harvest-only", "never")


def upgrade() -> None:
    op.create_table(
        "network_narrowing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column(
            "profile",
            sa.Enum(*PROFILES, name="profile", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("never", sa.String(length=8000), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user.id"], name=op.f("fk_network_narrowing_changed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_network_narrowing_network_id_network")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_narrowing")),
        sa.UniqueConstraint("network_id", name=op.f("uq_network_narrowing_network_id")),
    )
    op.add_column("night", sa.Column("is_paused", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("night", "is_paused")
    op.drop_table("network_narrowing")
