"""Roles as data: what each built-in role may do, and who may see what where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker.words import Permission, RoleName

if TYPE_CHECKING:
    from collections.abc import Iterable

BUILT_IN: dict[RoleName, frozenset[Permission]] = {
    RoleName.ADMINISTRATOR: frozenset(Permission) - {Permission.PERSON_VIEW_PROTECTED},
    RoleName.TECHNICIAN: frozenset(Permission)
    - {
        Permission.PERSON_VIEW_PROTECTED,
        Permission.JOURNAL_VIEW,
        Permission.USER_EDIT,
        Permission.SETTING_EDIT,
        Permission.TOKEN_EDIT,
    },
    RoleName.SCHOOL_STAFF: frozenset(
        {Permission.ASSET_VIEW, Permission.HANDOVER_MAKE, Permission.RETURN_MAKE, Permission.PERSON_VIEW},
    ),
    RoleName.CHIEF: frozenset(
        {
            Permission.ASSET_VIEW,
            Permission.FINDING_VIEW,
            Permission.DEVICE_VIEW,
            Permission.SCAN_VIEW,
            Permission.JOURNAL_VIEW,
            Permission.SYSTEM_VIEW,
        },
    ),
}
"""Protected persons are shown only to those who were given that permission by name (no role has it)."""

_WORDS = frozenset(Permission)


def known(stored: Iterable[str]) -> frozenset[Permission]:
    """The permissions that a stored role holds; a word of another version means nothing."""
    return frozenset(Permission(one) for one in stored if one in _WORDS)


def is_built_in(name: str) -> bool:
    """Whether a role of this name comes with the product: a new version may change it, nobody else."""
    return name in set(RoleName)


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A set of permissions over every unit whose path starts with `unit_path`."""

    permissions: frozenset[Permission]
    unit_path: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking: the user's id and grants. Everything that depends on the reader takes one.

    `token_id` is the token through which a program acts for the user, None for the user's own hand.
    """

    user_id: int | None
    name: str = ""
    grants: tuple[GrantFact, ...] = ()
    token_id: int | None = None

    def may(self, permission: Permission, unit_path: str | None = None) -> bool:
        """Whether the permission holds somewhere (no path), or over the unit with that path."""
        return any(
            permission in g.permissions and (unit_path is None or unit_path.startswith(g.unit_path))
            for g in self.grants
        )

    def paths(self, permission: Permission) -> tuple[str, ...]:
        """The subtrees over which the permission holds, for narrowing queries."""
        return tuple(sorted({g.unit_path for g in self.grants if permission in g.permissions}))
