"""The index behind "holds these words": three letters at a time, by each database's own means.

SQLite: an FTS5 table of the search keys with the trigram tokenizer (sqlite.org/fts5.html#the_trigram_tokenizer). Triggers
note which rows are due, and what is due is indexed when the session commits: a trigger may not write to FTS5 itself while
`trusted_schema` is off, as it is here. PostgreSQL: a GIN index of pg_trgm (postgresql.org/docs/current/pgtrgm.html), which
LIKE uses by itself; where the extension may not be made, LIKE works without it, only slower.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event, text
from sqlalchemy.orm import Session

INDEXED = ("asset", "person")
SUFFIX = "_words"
DUE = "_words_due"


def sqlite_statements(table: str) -> tuple[str, ...]:
    """What makes and fills the index of a table with an `id` and a `search_key`.

    A space stands before each key, so that every word begins with one: two letters and a space make three.
    """
    words, due = f"{table}{SUFFIX}", f"{table}{DUE}"
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


def postgresql_statements(table: str) -> tuple[str, ...]:
    """The same for PostgreSQL."""
    return (
        (
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            f"CREATE INDEX ix_{table}{SUFFIX} ON {table} USING gin (search_key gin_trgm_ops); "
            "EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN "
            "RAISE NOTICE 'pg_trgm is not there: search works without its index'; END $$"
        ),
    )


def _ddl(statement: str) -> DDL:
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]


WALKED = {
    "device": "asset_id, sort_key, search_key",
    "person": "sort_key, id, is_active, is_protected, unit_id, search_key",
}
"""What SQLite walks within an index, in the order of a list: rows are wide, and words that many hold are met soon.

PostgreSQL's indexes hold no keys as long as these.
"""


def attach_walked(table: Table) -> None:
    """Make that index whenever the table is made."""
    statement = f"CREATE INDEX ix_{table.name}{SUFFIX} ON {table.name} ({WALKED[table.name]})"
    event.listen(table, "after_create", _ddl(statement).execute_if(dialect="sqlite"))


def attach(table: Table) -> None:
    """Make the index whenever the table is made."""
    for statement in sqlite_statements(table.name):
        event.listen(table, "after_create", _ddl(statement).execute_if(dialect="sqlite"))
    for statement in postgresql_statements(table.name):
        event.listen(table, "after_create", _ddl(statement).execute_if(dialect="postgresql"))


_WHICH_ARE_DUE = text(
    " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table}{DUE})" for table in INDEXED)  # noqa: S608 -- our own tables
)


def _index_what_is_due(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        return
    session.flush()
    for (table,) in session.execute(_WHICH_ARE_DUE).all():
        words, due = f"{table}{SUFFIX}", f"{table}{DUE}"
        for statement in (
            f"DELETE FROM {words} WHERE rowid IN (SELECT id FROM {due})",  # noqa: S608 -- the same
            (
                f"INSERT INTO {words}(rowid, search_key) SELECT id, ' ' || search_key FROM {table} "  # noqa: S608 -- the same
                f"WHERE id IN (SELECT id FROM {due})"
            ),
            f"DELETE FROM {due}",  # noqa: S608 -- the same
        ):
            session.execute(text(statement))


event.listen(Session, "before_commit", _index_what_is_due)


def is_of_the_index(name: str | None) -> bool:
    """Whether a table or an index in the database belongs to it (SQLite keeps an index in tables of its own)."""
    stems = [f"{table}{SUFFIX}" for table in (*INDEXED, "device")]
    return name is not None and any(name.removeprefix("ix_").startswith(stem) for stem in stems)
