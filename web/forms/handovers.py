"""The handover form as it stands between two sends: nothing of it is kept on the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web.forms import reading

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

STEPS = ("add", "find", "change", "hand_out")


@dataclass(frozen=True, slots=True)
class HandoverForm:
    """What the form says.

    Attributes:
        step: the button that was pressed, one of `STEPS`; None when a row's own button was.
        asset_ids: chosen so far, with the one just picked and without the one just removed.
        holder_id: chosen, or just picked.
    """

    step: str | None
    asset_ids: tuple[int, ...]
    holder_id: int | None
    code: str | None
    person: str | None
    has_charger: bool

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> HandoverForm:
        """Read it; unknown fields and steps are ignored."""
        step = form.get("do")
        removed = reading.number(form, "remove")
        chosen = reading.numbers([*form.getlist("asset"), form.get("take", "")])
        holder = reading.number(form, "pick") or reading.number(form, "holder")
        return cls(
            step=step if step in STEPS else None,
            asset_ids=tuple(asset_id for asset_id in chosen if asset_id != removed),
            holder_id=None if step == "change" else holder,
            code=reading.line(form, "code"),
            person=reading.line(form, "person"),
            has_charger="charger" in form,
        )
