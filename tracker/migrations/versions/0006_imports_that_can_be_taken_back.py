"""Imports: the file on its way in, its rows, and what it takes to undo it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "stored",
                "undone",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file", sa.String(length=160), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("unit_path", sa.String(length=200), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_import_run_by_id_user"),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name="fk_import_run_undone_by_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_index("ix_import_run_at", "import_run", ["at"], unique=False)
    op.create_index("ix_import_run_by_id", "import_run", ["by_id"], unique=False)
    op.create_index("ix_import_run_state", "import_run", ["state"], unique=False)
    op.create_table(
        "import_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("tag", sa.String(length=160), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name="fk_import_line_import_id_import_run"),
        sa.PrimaryKeyConstraint("id", name="pk_import_line"),
    )
    op.create_index(
        "ix_import_line_import_id_outcome_number",
        "import_line",
        ["import_id", "outcome", "number"],
        unique=False,
    )
    op.create_table(
        "import_part",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name="fk_import_part_import_id_import_run"),
        sa.PrimaryKeyConstraint("import_id", "number", name="pk_import_part"),
    )


def downgrade() -> None:
    op.drop_table("import_part")
    op.drop_index("ix_import_line_import_id_outcome_number", table_name="import_line")
    op.drop_table("import_line")
    op.drop_index("ix_import_run_state", table_name="import_run")
    op.drop_index("ix_import_run_by_id", table_name="import_run")
    op.drop_index("ix_import_run_at", table_name="import_run")
    op.drop_table("import_run")
