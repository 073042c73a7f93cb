"""Who may give which rights, and change whose account: nobody beyond what they hold themselves. Pure.

A right over a user is a way to become that user (set a new password, log in), so changing an account asks for
every right the account has, where it has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracker.roles import GrantFact, Viewer

BY_NAME = frozenset({Permission.PERSON_VIEW_PROTECTED})
"""Rights that stand alone in a role and are given to one person at a time, whose login the giver writes out.

No built-in role has them, so they are given by whoever edits users over the whole municipality, never to oneself.
"""


def is_for_all(by: Viewer, root_path: str) -> bool:
    """Whether the viewer edits users over the whole municipality."""
    return by.may(Permission.USER_EDIT, root_path)


def may_give(by: Viewer, permissions: Iterable[Permission], unit_path: str, root_path: str) -> bool:
    """Whether the viewer may give, or take back, these permissions over the unit with that path."""
    if not by.may(Permission.USER_EDIT, unit_path):
        return False
    named = BY_NAME if is_for_all(by, root_path) else frozenset()
    return all(by.may(one, unit_path) or one in named for one in permissions)


def may_govern(by: Viewer, grants: Iterable[GrantFact], root_path: str) -> bool:
    """Whether the viewer may change an account that has these grants."""
    held = tuple(grants)
    if not held:
        return is_for_all(by, root_path)
    return all(may_give(by, grant.permissions, grant.unit_path, root_path) for grant in held)


def widens(by: Viewer, path: str, new_path: str) -> frozenset[Permission]:
    """What the viewer would gain over a unit by moving it from one path to another."""
    return frozenset(one for one in Permission if by.may(one, new_path) and not by.may(one, path))
