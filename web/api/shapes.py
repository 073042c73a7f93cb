"""What the API takes and answers. Extra fields are refused; names follow the register's own words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from discovery.sighting import DeviceClass
from tracker.words import (
    AssetStatus,
    Condition,
    FindingKind,
    FindingState,
    Severity,
)

_PLAIN = r"^[^\x00-\x1f\x7f]*$"
MOST_ID = 2**63 - 1


def written(value: Any) -> Any:
    """A number in an address as people write it: digits, nothing that a parser is kind to."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) < 20):  # noqa: PLR2004 -- 64 bits
        raise ValueError("a number is written with digits")
    return value


_MOMENT = re.compile(
    r"([0-9]{4})(-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def moment(value: Any) -> Any:
    """A moment in an address as RFC 3339 writes it, with its zone; one beyond what is counted is the first or the last."""
    if not isinstance(value, str):
        return value
    read = _MOMENT.fullmatch(value)
    if read is None:
        raise ValueError("a moment is written as 2026-11-24T03:15:00Z")
    year, rest, _, zone = read.groups()
    at = datetime.fromisoformat(f"{max(int(year), 1):04}{rest}{zone}".upper())
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return datetime(1, 1, 1, tzinfo=UTC) if at.year == 1 else datetime(9999, 12, 31, tzinfo=UTC)


Text = Annotated[str, Field(max_length=200, pattern=_PLAIN)]
Number = Annotated[int, Field(ge=0, le=MOST_ID), BeforeValidator(written)]
Limit = Annotated[int, Field(ge=1, le=500), BeforeValidator(written)]
Moment = Annotated[AwareDatetime, BeforeValidator(moment)]
Cursor = Annotated[str, Field(max_length=400, pattern=r"^(after|before):[^\x00-\x1f\x7f]*\|[0-9]{1,18}$")]


_Identifiers = Annotated[list[Annotated[str, Field(max_length=160, pattern=_PLAIN)]], Field(max_length=10)]


class Asked(BaseModel):
    """Parameters of an address, or the content of a call."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AssetQuery(Asked):
    """Which assets. `q` is words of tag, serial, model and name; `unit` (with everything below it) and `model` are ids."""

    q: Text | None = None
    tag: Text | None = None
    serial: Text | None = None
    mac: Text | None = None
    status: AssetStatus | None = None
    device_class: DeviceClass | None = Field(default=None, alias="class")
    site: Text | None = None
    unit: Number | None = None
    model: Number | None = None
    changed_since: Moment | None = None
    sort: Literal["tag", "-tag"] = "tag"
    cursor: Cursor | None = None
    limit: Limit = 50


class AssetTold(Told):
    """An asset as lists show it. `holder` is a mask where the name is not for the token's owner."""

    id: int
    tag: str
    status: AssetStatus
    model: str
    model_id: int | None
    device_class: DeviceClass
    unit: str
    unit_id: int | None = None
    """None where the unit would tell where a protected holder belongs."""
    site: str
    holder: str | None
    support_ends: date | None
    changed_at: datetime


class Identified(Told):
    """One identifier."""

    kind: str
    value: str


class AssetWhole(AssetTold):
    """An asset with what its page shows. `version` grows with every change."""

    version: int
    name: str | None
    note: str | None
    room: str | None
    site_id: int | None
    room_id: int | None
    purchased_on: date | None
    price_ore: int | None
    warranty_ends: date | None
    own_support_ends: date | None
    expected_online: bool
    created_at: datetime
    identifiers: list[Identified]


class AssetPage(Told):
    """One page of assets; `next` is the address of the following one."""

    rows: list[AssetTold]
    total: int
    next: str | None


class AssetNew(Asked):
    """An asset to register."""

    tag: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_./-]+$")]
    unit_id: Annotated[int, Field(ge=1, le=MOST_ID)]
    site_id: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    vendor: Annotated[str, Field(max_length=80, pattern=_PLAIN)] = ""
    model: Annotated[str, Field(max_length=120, pattern=_PLAIN)] = ""
    device_class: DeviceClass = DeviceClass.UNKNOWN
    status: Literal["in_use", "in_stock", "handed_out", "reserved"] = "in_stock"
    serial: Annotated[str, Field(max_length=160, pattern=_PLAIN)] = ""
    macs: Annotated[list[Annotated[str, Field(max_length=40, pattern=_PLAIN)]], Field(max_length=10)] = []
    name: Annotated[str, Field(max_length=120, pattern=_PLAIN)] = ""


class AssetEdit(Asked):
    """What to change of an asset's own fields; one that is left out stays, null takes its value away.

    `support_ends` is the asset's own day, which goes before its model's. A new `tag` needs `relabelled`: that a new label is
    put on. A model that the register does not know needs `new_model`. `version` may stand in If-Match instead.
    """

    version: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    tag: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_./-]+$")] = ""
    relabelled: bool = False
    name: Annotated[str, Field(max_length=120, pattern=_PLAIN)] | None = None
    vendor: Annotated[str, Field(max_length=80, pattern=_PLAIN)] = ""
    model: Annotated[str, Field(max_length=120, pattern=_PLAIN)] = ""
    new_model: bool = False
    device_class: DeviceClass = DeviceClass.UNKNOWN
    serials: _Identifiers = []
    macs: _Identifiers = []
    dock_macs: _Identifiers = []
    site_id: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    room_id: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    purchased_on: date | None = None
    price_ore: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    warranty_ends: date | None = None
    support_ends: date | None = None
    expected_online: bool = True
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] | None = None


class AssetEdited(Told):
    """The version as it stands now, and the fields that changed; none where all was so already."""

    version: int
    fields: list[str]


class Made(Told):
    """What a call made."""

    id: int


class HandoverNew(Asked):
    """Whom the asset is handed out to."""

    holder_id: Annotated[int, Field(ge=1, le=MOST_ID)]
    has_charger: bool = True


class Receipt(Told):
    """The number of the receipt."""

    receipt: str


class ReturnNew(Asked):
    """How the asset came back."""

    condition: Condition = Condition.WHOLE
    has_charger: bool = True


class ReturnTold(Told):
    """What became of it: ``fine``, or ``already`` with who was first and when."""

    outcome: Literal["fine", "already"]
    receipt: str | None
    who: str | None
    when: datetime | None


class DeviceQuery(Asked):
    """Which devices."""

    q: Text | None = None
    state: Literal["unregistered", "registered", "iot"] | None = None
    network: Text | None = None
    device_class: DeviceClass | None = Field(default=None, alias="class")
    cursor: Cursor | None = None
    limit: Limit = 50


class DeviceTold(Told):
    """A device on the networks; `asset` is the tag it is registered under.

    `plugged` is the switch, its port and the room as far as a switch has told, else empty; `behind` the address of the gateway of
    a device that has none of its own.
    """

    id: int
    asset: str | None
    device_class: DeviceClass
    vendor: str | None
    model: str | None
    os: str | None
    is_iot: bool | None
    sector: str | None
    confidence: float
    name: str | None
    ip: str | None
    mac: str | None
    plugged: list[str]
    behind: str | None
    network: str
    first_seen: datetime
    last_seen: datetime


class Seen(Told):
    """A place on the network, from when to when."""

    network: str
    ip: str
    mac: str
    source: str
    first_seen: datetime
    last_seen: datetime
    times: int


class DeviceWhole(DeviceTold):
    """A device with why it is what it is, and where it was."""

    because: list[str]
    identifiers: list[Identified]
    seen: list[Seen]


class DevicePage(Told):
    """One page of devices."""

    rows: list[DeviceTold]
    total: int
    next: str | None


class FindingQuery(Asked):
    """Which findings; without `state` the open ones. `after` is the last id of the page before."""

    kind: FindingKind | None = None
    state: Literal["open", "decided"] = "open"
    site: Text | None = None
    after: Number = 0
    limit: Limit = 50


class FindingTold(Told):
    """A finding as the finding line has it, with its sentence."""

    id: int
    version: int
    kind: FindingKind
    rule: str
    severity: Severity
    state: FindingState
    asset: int | None
    device: int | None
    network: int | None
    since: datetime
    closed_at: datetime | None
    said: str
    facts: dict[str, Any]


class FindingPage(Told):
    """One page of findings."""

    rows: list[FindingTold]
    total: int
    next: str | None


class DecisionNew(Asked):
    """What was decided. "Not ours" needs `asked` or `reason`; "ignored" needs `until` and `reason`."""

    kind: Literal["not_ours", "ignored"]
    version: Annotated[int, Field(ge=1, le=MOST_ID)]
    asked: Annotated[str, Field(max_length=160, pattern=_PLAIN)] = ""
    reason: Annotated[str, Field(max_length=500, pattern=_PLAIN)] = ""
    until: date | None = None


class CorrectionNew(Asked):
    """The finding as it was read; where its asset is, the finding says."""

    version: Annotated[int, Field(ge=1, le=MOST_ID)]


class DecisionMade(Told):
    """The decision's `batch`: what takes it back."""

    batch: str


class UndoNew(Asked):
    """Which decision to take back."""

    batch: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]


class Undone(Told):
    """The findings that are open again."""

    findings: list[int]
