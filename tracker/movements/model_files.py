"""Ends of support by file: vendor, model, class, support_ends, basis. Compared first, stored all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from discovery.sighting import DeviceClass
from tracker import journal
from tracker.errors import RefusedError, TrackerError
from tracker.imports.files import open_table
from tracker.movements.models import values_of
from tracker.movements.versions import change
from tracker.swedish import sort_key
from tracker.tables import DeviceModel
from tracker.texts import text
from tracker.words import Language

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

COLUMNS = {
    "vendor": ("tillverkare", "fabrikat", "manufacturer"),
    "model": ("modell",),
    "class": ("typ", "type"),
    "support_ends": ("stöd till", "stödet upphör", "end of support"),
    "basis": ("enligt", "källa", "according to", "source"),
}
"""Our name of each column and the headers that mean it; its own name always does."""
NEEDED = ("vendor", "model")
_NAMES = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
_CLASSES = {
    said.casefold(): kind
    for kind in DeviceClass
    for said in (
        kind.value,
        *(text(f"words.device_class.{kind.value.replace('-', '_')}", one) for one in Language),
    )
}
_NO_END = {text("words.support_state.no_end", one).casefold() for one in Language} | {
    "inget slut meddelat",
    "no end announced",
}


@dataclass(frozen=True, slots=True)
class ModelLine:
    """What a row says of a model; a value that is not in `values` is left as it is. `known`: the model, if it is there."""

    vendor: str
    name: str
    values: dict[str, Any]
    known: DeviceModel | None


@dataclass(slots=True)
class ModelDiff:
    """What storing the file would do; `complaints` by row number."""

    rows: int = 0
    new: list[ModelLine] = field(default_factory=list)
    changed: list[ModelLine] = field(default_factory=list)
    same: int = 0
    complaints: list[tuple[int, TrackerError]] = field(default_factory=list)


def _columns(headers: tuple[str, ...]) -> dict[str, int]:
    found = {_NAMES.get(" ".join(h.casefold().split()), ""): place for place, h in enumerate(headers)}
    for name in NEEDED:
        if name not in found:
            raise RefusedError("models.import.no_columns", column=name)
    return found


def _support(said: str, basis: str, today: date) -> dict[str, Any]:
    """The columns that a row's end of support fills.

    Raises:
        TrackerError: it is no date, or nobody says so.
    """
    if not said:
        return {}
    ends: date | None = None
    if said.casefold() not in _NO_END:
        try:
            ends = date.fromisoformat(said)
        except ValueError as error:
            raise TrackerError("models.import.bad_date", value=said[:40]) from error
    if not basis:
        raise TrackerError("models.basis_missing")
    return {"support_ends": ends, "support_basis": basis[:200], "support_checked_on": today}


def _class(said: str) -> dict[str, Any]:
    if not said:
        return {}
    kind = _CLASSES.get(said.casefold())
    if kind is None:
        names = ", ".join(one.value for one in DeviceClass)
        raise TrackerError("models.import.bad_class", value=said[:40], names=names)
    return {"device_class": kind}


def _is_same(line: ModelLine) -> bool:
    # When it was last found out is not compared: the same file twice changes nothing.
    values = {name: value for name, value in line.values.items() if name != "support_checked_on"}
    known = line.known
    unasked = line.values.get("support_checked_on") and known and not known.support_checked_on
    return not unasked and all(getattr(known, name) == value for name, value in values.items())


def compare(session: Session, path: Path, today: date) -> ModelDiff:
    """Read the file beside the register.

    Raises:
        RefusedError: the file cannot be read, or lacks a column.
    """
    known = {(m.vendor.casefold(), m.name.casefold()): m for m in session.exec(select(DeviceModel))}
    diff, seen = ModelDiff(), dict[tuple[str, str], int]()
    with open_table(path) as table:
        columns = _columns(table.headers)
        for number, cells in table:
            row = {name: cells[place] for name, place in columns.items()}
            diff.rows += 1
            try:
                line = _line(row, known, seen, number, today)
            except TrackerError as error:
                diff.complaints.append((number, error))
                continue
            if line.known is None:
                diff.new.append(line)
            elif _is_same(line):
                diff.same += 1
            else:
                diff.changed.append(line)
    return diff


def _line(
    row: dict[str, str],
    known: dict[tuple[str, str], DeviceModel],
    seen: dict[tuple[str, str], int],
    number: int,
    today: date,
) -> ModelLine:
    vendor, name = row["vendor"][:80], row["model"][:120]
    if not name:
        raise TrackerError("models.name_missing")
    key = (vendor.casefold(), name.casefold())
    if key in seen:
        raise TrackerError("models.import.twice", name=f"{vendor} {name}".strip(), first=seen[key])
    seen[key] = number
    values = _class(row.get("class", "")) | _support(row.get("support_ends", ""), row.get("basis", ""), today)
    return ModelLine(vendor, name, values, known.get(key))


def store(session: Session, diff: ModelDiff, source: str, now: datetime) -> list[int]:
    """Store what differs, or nothing; the models whose findings should follow (`tracker.end_of_support`).

    Raises:
        RefusedError: there are complaints.
    """
    if diff.complaints:
        raise RefusedError("models.import.wrong", n=len(diff.complaints))
    before = {}
    for line in diff.changed:
        if line.known is not None:
            model = session.get_one(DeviceModel, line.known.id)
            before[str(model.id)] = values_of(model)
            change(session, model, line.known.version, **line.values)
    for line in diff.new:
        values = {"device_class": DeviceClass.UNKNOWN, **line.values}
        key = sort_key(f"{line.vendor} {line.name}".strip())
        session.add(DeviceModel(vendor=line.vendor, name=line.name, sort_key=key, **values))
    session.flush()
    facts = {"file": source, "new": len(diff.new), "changed": len(diff.changed), "before": before}
    journal.record(session, "model:import:store", "register:0", by=None, now=now, facts=facts)
    return [int(number) for number in before]
