"""Every error the tracker raises; each carries a text code and data, rendered in the reader's language.

TrackerError
├── NotFoundError               404
├── RefusedError                409, a rule of the register says no
│   └── WrongStatusError
├── InvalidError                422, beside each field
├── StaleError                  409, someone was faster
├── ConfigError                 exit 2, all complaints at once
├── RegisterUnavailableError    503
├── UnreadableError             400, an address or header of a call that cannot be read
└── MediaError                  415, content of a kind that is not taken
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.texts import text

if TYPE_CHECKING:
    from tracker.words import Language


class TrackerError(Exception):
    """Root. `code` is a text code (``error.stale``), `data` fills it."""

    code = "error.unknown"

    def __init__(self, code: str | None = None, **data: object) -> None:
        self.code = code or type(self).code
        self.data = data
        super().__init__(self.code, data)

    def say(self, language: Language) -> str:
        """The one sentence for the reader."""
        return text(self.code, language, **self.data)


class NotFoundError(TrackerError):
    """What was asked for is not there, or not for this viewer (the two are not told apart)."""

    code = "error.not_found"


class RefusedError(TrackerError):
    """A rule of the register says no."""

    code = "error.refused"


class WrongStatusError(RefusedError):
    """The asset's status does not allow the step."""

    code = "error.wrong_status"


class StaleError(TrackerError):
    """Someone was faster."""

    code = "error.stale"


class RegisterUnavailableError(TrackerError):
    """The database does not answer or is full."""

    code = "error.register_unavailable"


class UnreadableError(TrackerError):
    """An address or a header of a call that cannot be read."""

    code = "error.invalid"


class MediaError(TrackerError):
    """Content of a kind that is not taken."""

    code = "error.invalid"


class InvalidError(TrackerError):
    """Input that cannot be taken; `fields` maps a field to its complaint (code and data)."""

    code = "error.invalid"

    def __init__(self, fields: dict[str, TrackerError]) -> None:
        super().__init__()
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with the configuration.

    Attributes:
        key: dotted path, ``networks[0].cidr``.
        code: text code; `data` fills it.
        line: where in the file, when found.
    """

    key: str
    code: str
    data: tuple[tuple[str, object], ...] = ()
    line: int | None = None


class ConfigError(TrackerError):
    """The configuration cannot be used; every complaint at once."""

    code = "error.config"

    def __init__(self, complaints: list[Complaint], path: str = "config.toml") -> None:
        super().__init__(path=path, n=len(complaints))
        self.complaints = complaints
        self.path = path
