"""What every table shares: naming of constraints, column types, the version for compare-and-set."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UTCDateTime

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = SQLModel.metadata


def words(kind: type[StrEnum], *, check: str | None = None) -> sa.Enum:
    """Column type for a closed vocabulary: stores values, refuses unknown ones at flush.

    A bare enum column would store member names and accept any string. `check` names a CHECK
    constraint; leave it None where adding a word must not cost a migration (finding kinds).
    """

    def values(members: Any) -> list[str]:
        return [m.value for m in members]

    return sa.Enum(
        kind,
        values_callable=values,
        native_enum=False,
        validate_strings=True,
        create_constraint=check is not None,
        name=check,
        length=40,
    )


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A field holding an aware moment, stored as UTC."""
    return Field(
        default=None if nullable else ...,
        sa_type=UTCDateTime,
        nullable=nullable,
        index=index,
    )
