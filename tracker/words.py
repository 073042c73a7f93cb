"""Closed vocabularies: every word the register may store. Texts for each are in `tracker/locale`."""

from __future__ import annotations

from enum import StrEnum


class AssetStatus(StrEnum):
    """Where an asset is in its life."""

    ORDERED = "ordered"
    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    HANDED_OUT = "handed_out"
    IN_USE = "in_use"
    """Fixed equipment in its place, with no holder: printers, cameras, switches."""
    RETURNED = "returned"
    IN_REPAIR = "in_repair"
    LOST = "lost"
    STOLEN = "stolen"
    RETIRED = "retired"
    DISPOSED = "disposed"
    DELETED = "deleted"


EXPECTED_ON_NETWORK = frozenset({AssetStatus.HANDED_OUT, AssetStatus.IN_USE})
"""Statuses in which an asset is expected to be seen (duty REG-04)."""

NOT_EXPECTED_ON_NETWORK = frozenset(
    {AssetStatus.RETURNED, AssetStatus.RETIRED, AssetStatus.DISPOSED, AssetStatus.DELETED}
)
"""Statuses in which being seen is itself a finding (duty STU-08)."""


class IdentifierKind(StrEnum):
    """What kind of thing identifies a device or asset."""

    MAC = "mac"
    SERIAL = "serial"
    UUID = "uuid"
    MDM_ID = "mdm_id"
    NAME = "name"
    DOCK_MAC = "dock_mac"


class FindingKind(StrEnum):
    """What is wrong. One file in `tracker/rules` for each."""

    UNREGISTERED_IOT = "unregistered_iot"
    UNREGISTERED_DEVICE = "unregistered_device"
    END_OF_LIFE = "end_of_life"
    NOT_SEEN = "not_seen"
    GONE_BUT_SEEN = "gone_but_seen"
    SITE_SILENT = "site_silent"
    MOVED = "moved"
    CONFLICTING = "conflicting"


class FindingState(StrEnum):
    """Open findings ask for a person; decided ones remember the answer; closed ones lost their cause."""

    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"


class DecisionKind(StrEnum):
    """What a person decided about a finding."""

    REGISTERED = "registered"
    NOT_OURS = "not_ours"
    IGNORED = "ignored"


class Severity(StrEnum):
    """How much it matters, high first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Condition(StrEnum):
    """A device's condition at return: 1 whole, 2 worn, 3 damaged."""

    WHOLE = "whole"
    WORN = "worn"
    DAMAGED = "damaged"


class Purpose(StrEnum):
    """What a network is for. Guests are counted, never findings."""

    OFFICE = "office"
    SCHOOL = "school"
    SERVER = "server"
    CONTROL = "control"
    GUEST = "guest"


class Profile(StrEnum):
    """How a network may be touched."""

    FULL = "full"
    GENTLE = "gentle"
    HARVEST_ONLY = "harvest-only"
    NEVER = "never"


class ScanState(StrEnum):
    """How a scan stands. ``interrupted``: its process died; ``missed``: its hour passed while off."""

    WANTED = "wanted"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    MISSED = "missed"


class ScanCause(StrEnum):
    """Why a scan ran."""

    NIGHTLY = "nightly"
    ASKED = "asked"
    REPLAY = "replay"


class MovementKind(StrEnum):
    """What a person did with an asset."""

    REGISTERED = "registered"
    IMPORTED = "imported"
    CHANGED = "changed"
    HANDED_OUT = "handed_out"
    RETURNED = "returned"
    FIND = "find"
    """An unknown code in the return box, kept."""


class SupportState(StrEnum):
    """What is known of the end of a model's support. ``no_end``: it is supported, and no end is announced."""

    UNASKED = "unasked"
    NO_END = "no_end"
    DATED = "dated"


class ImportState(StrEnum):
    """How an import stands. A draft is compared and not stored."""

    DRAFT = "draft"
    STORED = "stored"
    UNDONE = "undone"


class ImportWhat(StrEnum):
    """What an import's file lists."""

    ASSETS = "assets"
    PEOPLE = "people"


class UnitKind(StrEnum):
    """What a node in the tree of units is."""

    MUNICIPALITY = "municipality"
    ADMINISTRATION = "administration"
    SCHOOL = "school"
    OPERATION = "operation"
    CLASS = "class"


class Permission(StrEnum):
    """What a role may do, within the grant's subtree of units."""

    ASSET_VIEW = "asset.view"
    ASSET_EDIT = "asset.edit"
    ASSET_IMPORT = "asset.import"
    HANDOVER_MAKE = "handover.make"
    RETURN_MAKE = "return.make"
    FINDING_VIEW = "finding.view"
    FINDING_DECIDE = "finding.decide"
    DEVICE_VIEW = "device.view"
    SCAN_VIEW = "scan.view"
    SCAN_START = "scan.start"
    PERSON_VIEW = "person.view"
    PERSON_VIEW_PROTECTED = "person.view_protected"
    JOURNAL_VIEW = "journal.view"
    SYSTEM_VIEW = "system.view"
    UNIT_EDIT = "unit.edit"
    """Units, sites and rooms."""
    PERSON_EDIT = "person.edit"
    """People and classes, by file."""
    USER_EDIT = "user.edit"
    """Who may log in, and what each may do."""
    NETWORK_EDIT = "network.edit"
    """Narrow how a network is scanned."""
    MODEL_EDIT = "model.edit"
    """Models and the ends of their support."""
    SETTING_EDIT = "setting.edit"
    TOKEN_EDIT = "token.edit"  # noqa: S105 -- the name of a right
    """Everyone's API tokens; one's own need no permission."""


class RoleName(StrEnum):
    """The roles that come with the product. A role is data: `tracker.roles.BUILT_IN` says what each may."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    SCHOOL_STAFF = "school_staff"
    CHIEF = "chief"


class Language(StrEnum):
    """Languages of the texts."""

    SV = "sv"
    EN = "en"
