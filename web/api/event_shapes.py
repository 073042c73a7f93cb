"""What the API takes and answers of what happened: movements, scans, imports; and the register in Snipe-IT's shape."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tracker.words import AssetStatus, Condition, MovementKind, ScanCause, ScanState
from web.api.shapes import MOST_ID, Asked, Limit, Moment, Number, Text, Told, written


class MovementQuery(Asked):
    """Which movements, newest first. `before` is the last id of the page before."""

    asset: Number | None = None
    kind: MovementKind | None = None
    since: Moment | None = None
    before: Number | None = None
    limit: Limit = 50


class MovementTold(Told):
    """One step in an asset's life."""

    id: int
    asset: int | None
    kind: MovementKind
    at: datetime
    by: str | None
    holder: str | None
    before: AssetStatus | None
    after: AssetStatus | None
    condition: Condition | None
    has_charger: bool | None
    receipt: str | None


class MovementPage(Told):
    """One page of movements."""

    rows: list[MovementTold]
    next: str | None


class ScanQuery(Asked):
    """Which scans, newest first."""

    network: Text | None = None
    state: ScanState | None = None
    before: Number | None = None
    limit: Limit = 50


class MethodTold(Told):
    """How one way of looking went."""

    name: str
    state: str
    targets: int
    answered: int
    reason: str | None


class ScanTold(Told):
    """One scan of one network."""

    id: int
    network: str
    cause: ScanCause
    state: ScanState
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    devices: int
    matched: int
    packets: int
    opened: int
    closed: int


class ScanWhole(ScanTold):
    """A scan with its coverage; `busiest` are the addresses that were sent most packets, each with how many."""

    methods: list[MethodTold]
    busiest: list[tuple[str, int]]


class ScanPage(Told):
    """One page of scans."""

    rows: list[ScanTold]
    next: str | None


class ScanNew(Asked):
    """Which network to scan."""

    network_id: Annotated[int, Field(ge=1, le=MOST_ID)]


class ImportQuery(Asked):
    """``dry_run=true`` compares and stores nothing."""

    dry_run: Literal["true", "false"] = "true"


class ImportComplaint(Told):
    """One error of a file."""

    row: int
    column: str
    why: str


class ImportQuestion(Told):
    """Something the file names that the register does not know."""

    kind: str
    value: str
    rows: int
    near: list[str]


class ImportTold(Told):
    """What an import did, or would do. Nothing is stored while there are complaints or questions."""

    id: int | None
    stored: bool
    format: str
    rows: int
    counts: dict[str, int]
    complaints: list[ImportComplaint]
    questions: list[ImportQuestion]


class RunQuery(Asked):
    """Which imports, newest first."""

    before: Number | None = None
    limit: Limit = 50


class RunTold(Told):
    """One import that was stored."""

    id: int
    file: str
    at: datetime
    state: str


class RunWhole(RunTold):
    """One import. `counts`: rows by what became of them (new, changed, same …)."""

    format: str
    counts: dict[str, int]
    undone_at: datetime | None


class RunPage(Told):
    """One page of imports."""

    rows: list[RunTold]
    next: str | None


class HardwareQuery(Asked):
    """The parameters of Snipe-IT's list that scripts use most."""

    search: Text | None = None
    limit: Limit = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(written)] = 0
    sort: Literal["asset_tag"] = "asset_tag"
    order: Literal["asc", "desc"] = "asc"


class HardwarePage(Told):
    """Snipe-IT's list."""

    total: int
    rows: list[dict[str, Any]]
