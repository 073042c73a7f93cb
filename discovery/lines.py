"""JSON lines: the words in which discovery and tracker speak. One object a line, each with ``v`` and ``type``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from discovery.coverage import MOST_BUSY, Coverage, Method, MethodState
from discovery.errors import MalformedError
from discovery.evidence import Evidence, clean
from discovery.sighting import VERSION, DeviceClass, Identity, SeenAddress, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE = 1_000_000
"""Characters a line may have; a longer one is malformed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step on a network has come; `total` 0 means unknown."""

    network: str
    step: str
    done: int
    total: int


Line = Sighting | Coverage | Progress
_TYPES: dict[type[Line], str] = {Sighting: "sighting", Coverage: "coverage", Progress: "progress"}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def dump(kind: str, fields: dict[str, Any]) -> str:
    """One compact line of the given type; ASCII, so that nothing a device said can break a line or a terminal."""
    return json.dumps({"v": VERSION, "type": kind, **fields}, default=_plain, separators=(",", ":"))


def to_line(thing: Line) -> str:
    """The line for a sighting, coverage or progress."""
    return dump(_TYPES[type(thing)], asdict(thing))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment without time zone: {text}")
    return moment


def _optional(text: object) -> str | None:
    return None if text is None else str(text)


def _strings(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())


def evidence_from(values: Any) -> tuple[Evidence, ...]:
    """Evidence out of parsed JSON; cleaned and cut as when it came from the device."""
    return tuple(Evidence.of(str(e["probe"]), str(e["key"]), str(e["value"])) for e in values or ())


def _identity(fields: Any) -> Identity | None:
    if not fields:
        return None
    return Identity(
        device_class=DeviceClass(fields.get("device_class") or "unknown"),
        vendor=_optional(fields.get("vendor")),
        model=_optional(fields.get("model")),
        os=_optional(fields.get("os")),
        serial=_optional(fields.get("serial")),
        macs=_strings(fields.get("macs")),
        is_iot=fields.get("is_iot"),
        sector=_optional(fields.get("sector")),
        confidence=float(fields.get("confidence") or 0),
        because=_strings(fields.get("because")),
    )


def _sighting(fields: dict[str, Any]) -> Sighting:
    return Sighting(
        id=str(fields["id"]),
        survey=str(fields.get("survey") or ""),
        observer=str(fields.get("observer") or ""),
        seen_at=_moment(fields["seen_at"]),
        source=str(fields["source"]),
        site=_optional(fields.get("site")),
        network=_optional(fields.get("network")),
        addresses=tuple(
            SeenAddress(_optional(a.get("ip")), _optional(a.get("mac")), _optional(a.get("via")))
            for a in fields.get("addresses") or ()
        ),
        names=_strings(fields.get("names")),
        serials=_strings(fields.get("serials")),
        uuids=_strings(fields.get("uuids")),
        mdm_ids=_strings(fields.get("mdm_ids")),
        attributes=dict(fields.get("attributes") or {}),
        identity=_identity(fields.get("identity")),
        evidence=evidence_from(fields.get("evidence")),
    )


def _coverage(fields: dict[str, Any]) -> Coverage:
    return Coverage(
        survey=str(fields["survey"]),
        observer=str(fields.get("observer") or ""),
        network=str(fields["network"]),
        site=_optional(fields.get("site")),
        started_at=_moment(fields["started_at"]),
        ended_at=_moment(fields["ended_at"]),
        methods=tuple(
            Method(
                str(m["name"]),
                MethodState(m["state"]),
                int(m.get("targets") or 0),
                int(m.get("answered") or 0),
                _optional(m.get("reason")),
            )
            for m in fields.get("methods") or ()
        ),
        packets=int(fields.get("packets") or 0),
        busiest=tuple((str(ip), int(count)) for ip, count in (fields.get("busiest") or ())[:MOST_BUSY]),
    )


def _progress(fields: dict[str, Any]) -> Progress:
    return Progress(str(fields["network"]), str(fields["step"]), int(fields["done"]), int(fields["total"]))


def _cleaned(node: Any) -> Any:
    """Parsed JSON with every string cleaned: a captured file may say what no device could, half a character even."""
    if isinstance(node, str):
        return clean(node)
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if isinstance(node, dict):
        return {clean(key): _cleaned(value) for key, value in node.items()}
    return node


def _other_version(fields: dict[str, Any]) -> Line:
    raise ValueError(f"version {fields.get('v')}")


_READERS: dict[str, Callable[[dict[str, Any]], Line]] = {
    "sighting": _sighting,
    "coverage": _coverage,
    "progress": _progress,
}


def from_line(text: str) -> Line:
    """What a line says.

    Raises:
        MalformedError: not JSON, another version, an unknown type, or a field that is missing or wrong.
    """
    if len(text) > MAX_LINE:
        raise MalformedError("lines", text[:1500].encode("utf-8", "replace"))
    try:
        fields = _cleaned(json.loads(text))
        reader = _READERS[fields["type"]] if fields.get("v", VERSION) == VERSION else _other_version
        return reader(fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError("lines", text[:1500].encode("utf-8", "replace")) from error
