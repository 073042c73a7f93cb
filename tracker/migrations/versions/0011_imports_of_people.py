"""What an import's file lists, and which person a row is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    what = sa.Enum("assets", "people", name="importwhat", native_enum=False, length=40)
    op.add_column("import_run", sa.Column("what", what, nullable=False, server_default="assets"))
    op.add_column("import_line", sa.Column("person_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("import_line", "person_id")
    op.drop_column("import_run", "what")
