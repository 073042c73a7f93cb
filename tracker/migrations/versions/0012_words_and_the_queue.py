"""Indexes for words, the queue and what a list is narrowed by."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("asset", "person")
QUEUE = ["closed_at", "state", "severity", "group_key", "since", "kind", "unit_id", "network_id", "version"]


def _on_sqlite(table: str) -> tuple[str, ...]:
    words, due = f"{table}_words", f"{table}_words_due"
    note = f"INSERT OR IGNORE INTO {due}(id) VALUES"
    return (
        f"CREATE VIRTUAL TABLE {words} USING fts5(search_key, tokenize='trigram case_sensitive 1')",
        f"CREATE TABLE {due} (id INTEGER PRIMARY KEY)",
        f"CREATE TRIGGER {words}_made AFTER INSERT ON {table} BEGIN {note} (new.id); END",
        f"CREATE TRIGGER {words}_gone AFTER DELETE ON {table} BEGIN {note} (old.id); END",
        (
            f"CREATE TRIGGER {words}_changed AFTER UPDATE OF search_key ON {table} "
            f"WHEN old.search_key <> new.search_key BEGIN {note} (new.id); END"
        ),
        f"INSERT INTO {words}(rowid, search_key) SELECT id, ' ' || search_key FROM {table}",  # noqa: S608 -- our own tables
    )


def _on_postgresql(table: str) -> tuple[str, ...]:
    return (
        (
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            f"CREATE INDEX ix_{table}_words ON {table} USING gin (search_key gin_trgm_ops); "
            "EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN "
            "RAISE NOTICE 'pg_trgm is not there: search works without its index'; END $$"
        ),
    )


def upgrade() -> None:
    op.create_index("ix_asset_status_counted", "asset", ["status", "model_id", "site_id", "unit_id"])
    op.drop_index("ix_asset_status", table_name="asset")
    op.create_index("ix_asset_unit_order", "asset", ["unit_id", "sort_key"])
    op.drop_index("ix_asset_unit_id", table_name="asset")
    op.create_index("ix_finding_queue", "finding", QUEUE)
    statements = _on_sqlite if op.get_bind().dialect.name == "sqlite" else _on_postgresql
    for table in TABLES:
        for statement in statements(table):
            op.execute(statement)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        if is_sqlite:
            for trigger in ("made", "gone", "changed"):
                op.execute(f"DROP TRIGGER {table}_words_{trigger}")
            op.execute(f"DROP TABLE {table}_words")
            op.execute(f"DROP TABLE {table}_words_due")
        else:
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_words")
    op.drop_index("ix_finding_queue", table_name="finding")
    op.create_index("ix_asset_unit_id", "asset", ["unit_id"])
    op.drop_index("ix_asset_unit_order", table_name="asset")
    op.create_index("ix_asset_status", "asset", ["status"])
    op.drop_index("ix_asset_status_counted", table_name="asset")
