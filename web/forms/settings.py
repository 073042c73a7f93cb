"""The settings' form as a command, and as it is filled in when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from tracker.errors import InvalidError, TrackerError
from tracker.movements.settings import ChangeSettings
from tracker.settings import KEYS, RegisterSettings
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

LONGEST_NAME = 120
MOST_DAYS = {"fixed_days": 365, "carried_days": 730}


def filled(municipality: str, settings: RegisterSettings, versions: Mapping[str, int]) -> dict[str, str]:
    """The form as things stand."""
    values = {key: str(value or "") for key, value in settings.model_dump(mode="json").items()}
    hidden = {f"version_{key}": str(version) for key, version in versions.items()}
    return {"municipality": municipality, "was": municipality, **values, **hidden}


def _complaint(key: object) -> TrackerError:
    if key in MOST_DAYS:
        return TrackerError("settings.bad_days", most=MOST_DAYS[str(key)])
    return TrackerError("web.problem.400.text")


def change(form: MultiDict[str, str]) -> ChangeSettings:
    """The settings as they should be; an empty one is as it is when it is not set.

    Raises:
        InvalidError: a value that the form does not offer.
    """
    try:
        settings = RegisterSettings.model_validate(
            {key: line(form, key) for key in KEYS if line(form, key) is not None}
        )
    except ValidationError as error:
        wrong = {str(one["loc"][0]): _complaint(one["loc"][0]) for one in error.errors()}
        raise InvalidError(wrong) from error
    return ChangeSettings(
        municipality=(line(form, "municipality") or "")[:LONGEST_NAME],
        was=form.get("was", "")[:LONGEST_NAME],
        settings=settings,
        versions={key: number(form, f"version_{key}") or 0 for key in KEYS},
        request_id=request_id(form),
    )
