"""The model's form as a command, and as it is filled in when it is opened."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from discovery.sighting import DeviceClass
from tracker.errors import InvalidError, TrackerError
from tracker.movements.models import EditModel, support_of
from tracker.words import SupportState
from web.forms.reading import line, number, request_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from tracker.tables import DeviceModel

LONGEST_VENDOR, LONGEST_NAME, LONGEST_BASIS = 80, 120, 200


def filled(model: DeviceModel) -> dict[str, str]:
    """The form as the model stands."""
    return {
        "version": str(model.version),
        "vendor": model.vendor,
        "name": model.name,
        "device_class": model.device_class.value,
        "support": support_of(model).value,
        "support_ends": model.support_ends.isoformat() if model.support_ends else "",
        "support_basis": model.support_basis or "",
    }


def _day(form: MultiDict[str, str]) -> date | None:
    said = form.get("support_ends", "").strip()
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise InvalidError({"support_ends": TrackerError("queue.bad_day", value=said[:20])}) from error


def edit(form: MultiDict[str, str], model_id: int) -> EditModel:
    """The model as it should be. Cells that are too long are cut as the form's own fields cut them.

    Raises:
        InvalidError: a choice that the form does not offer, or a day that cannot be read.
    """
    kind, support = form.get("device_class", ""), form.get("support", "")
    if kind not in set(DeviceClass) or support not in set(SupportState):
        raise InvalidError({"support": TrackerError("web.problem.400.text")})
    return EditModel(
        model_id=model_id,
        version=number(form, "version") or 0,
        vendor=(line(form, "vendor") or "")[:LONGEST_VENDOR],
        name=(line(form, "name") or "")[:LONGEST_NAME],
        device_class=DeviceClass(kind),
        support=SupportState(support),
        support_ends=_day(form),
        support_basis=(line(form, "support_basis") or "")[:LONGEST_BASIS],
        request_id=request_id(form),
    )
