"""The register's own settings: what may be set, what each is when it is not, and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, select

from tracker.facts import Patience
from tracker.tables import Setting
from tracker.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterable


class RegisterSettings(BaseModel):
    """Every setting with its default.

    Attributes:
        default_language: of whoever has not chosen one; None for the browser's.
        fixed_days, carried_days: of silence, before fixed equipment and what people carry is missed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    default_language: Language | None = None
    fixed_days: int = Field(default=Patience().fixed_days, ge=1, le=365)
    carried_days: int = Field(default=Patience().carried_days, ge=1, le=730)

    @property
    def patience(self) -> Patience:
        """What the rules are told."""
        return Patience(self.fixed_days, self.carried_days)


KEYS = tuple(RegisterSettings.model_fields)


def merged(rows: Iterable[Setting]) -> RegisterSettings:
    """The settings that the rows make. Pure. One that this version does not know, or cannot take, is as if it were not set."""
    found = RegisterSettings()
    for row in rows:
        if row.key in KEYS:
            try:
                found = RegisterSettings.model_validate({**found.model_dump(), row.key: row.value})
            except ValidationError:
                continue
    return found


def read(session: Session) -> RegisterSettings:
    """The settings as they stand."""
    return merged(session.exec(select(Setting)).all())
