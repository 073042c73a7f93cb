"""The one function through which a person's name is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tracker.texts import text
from tracker.words import Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer
    from tracker.words import Language


class Named(Protocol):
    """What is needed of a person."""

    name: str
    is_protected: bool


def is_shown(person: Named, unit_path: str, viewer: Viewer) -> bool:
    """Whether this viewer may see who it is. A protected person needs a permission of its own over the person's unit."""
    wanted = Permission.PERSON_VIEW_PROTECTED if person.is_protected else Permission.PERSON_VIEW
    return viewer.may(wanted, unit_path)


def hides_unit(holder: Named, holder_path: str, unit_path: str, viewer: Viewer) -> bool:
    """Whether a unit's name would tell where a protected holder of one of its assets belongs, to a viewer who may not know.

    An asset that a class owns says by its own unit what the mask over the holder's name keeps back.
    """
    is_same = bool(holder_path) and holder_path == unit_path
    return is_same and holder.is_protected and not is_shown(holder, holder_path, viewer)


def shown_name(person: Named, unit_path: str, viewer: Viewer, language: Language) -> str:
    """The person's name as this viewer may see it; a mask where not.

    A protected person's name needs its own permission over the person's unit (Datainspektionen's
    checklist for protected personal data: even which school a child attends can be sensitive).
    """
    if is_shown(person, unit_path, viewer):
        return person.name
    return text("person.protected" if person.is_protected else "person.hidden", language)
