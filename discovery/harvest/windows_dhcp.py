"""``Get-DhcpServerv4Lease | Export-Csv`` of a Windows DHCP server. Pure.

Traits: the columns stand in the header, perhaps after a line ``#TYPE ...``; the separator is a comma or, on a Swedish
machine, a semicolon; UTF-8 with or without BOM, UTF-16, or the machine's code page; ``LeaseExpiryTime`` is printed in the
culture and the local time of who exported. ``ActiveReservation`` is a lease in use; ``InactiveReservation`` is a
reservation that nobody uses.
"""

from __future__ import annotations

import codecs
import csv
from datetime import datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from discovery.address import normalise_mac
from discovery.errors import MalformedError
from discovery.harvest import Harvested, Known, evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_NEEDED = ("IPAddress", "AddressState", "ClientId")
_TAKEN = frozenset({"active", "activereservation"})
_FORMATS = (
    "%Y-%m-%d %H:%M:%S",  # sv-SE
    "%m/%d/%Y %I:%M:%S %p",  # en-US
    "%d/%m/%Y %H:%M:%S",  # en-GB, which has no AM or PM
    "%d.%m.%Y %H:%M:%S",  # nb-NO, de-DE, fi-FI
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes) -> str:
    """The text, by its mark, else UTF-8, else the code page of a western Windows."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _separator(header: str) -> str:
    return max(",;\t", key=header.count)


def _rows(text: str) -> Iterator[dict[str, str]]:
    lines = [line for line in text.split("\n") if not line.startswith("#TYPE")]
    header = lines[0] if lines else ""
    reader = csv.reader((line + "\n" for line in lines), delimiter=_separator(header))
    columns = [name.strip() for name in next(reader, [])]
    if any(name not in columns for name in _NEEDED):
        raise MalformedError("dhcp", header.encode("utf-8", "replace"))
    for fields in reader:
        if any(fields):
            yield dict(zip(columns, fields, strict=False))


def _moment(text: str, zone: tzinfo) -> datetime | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def _lease(row: dict[str, str], zone: tzinfo) -> tuple[Known | None, bool]:
    """Who has the row's address, None for nobody that can be named; and whether its time could be read.

    Raises:
        ValueError, KeyError: the row cannot be read.
    """
    address = str(IPv4Address(row["IPAddress"].strip()))
    mac = normalise_mac(row["ClientId"])
    if row["AddressState"].strip().lower() not in _TAKEN or mac is None:
        return None, True
    said = row.get("LeaseExpiryTime", "").replace("\u202f", " ").strip()
    until = _moment(said, zone)
    # The server adds its domain to every name; what the device called itself is the first label.
    name = row.get("HostName", "").partition(".")[0]
    return Known(address, mac, evidence_of(mac, name), until), until is not None or not said


def read(text: str, now: datetime, zone: tzinfo) -> Harvested:
    """The leases in use; rows that cannot be read are counted, and so is a time of another culture (its lease is kept).

    Raises:
        MalformedError: no such export.
    """
    known: dict[str, Known] = {}
    malformed = 0
    try:
        for row in _rows(text):
            try:
                lease, understood = _lease(row, zone)
            except (ValueError, KeyError):
                malformed += 1
                continue
            malformed += not understood
            if lease is not None and (lease.until is None or lease.until > now):
                known[lease.ip] = lease
    except csv.Error as error:
        raise MalformedError("dhcp", text[:1500].encode("utf-8", "replace")) from error
    return Harvested(tuple(known.values()), malformed)
