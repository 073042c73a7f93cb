"""The tables, one noun a file: columns and keys only. A table model is never built from input as it came."""

from tracker.tables.assets import Asset, AssetIdentifier
from tracker.tables.base import metadata
from tracker.tables.device_models import DeviceModel
from tracker.tables.devices import Device, DeviceChange, DeviceIdentifier, Sighting
from tracker.tables.findings import Decision, Finding
from tracker.tables.imports import ImportLine, ImportPart, ImportRun
from tracker.tables.journal import JournalEntry, JournalPersonal
from tracker.tables.movements import HandledRequest, Movement
from tracker.tables.networks import Network, NetworkNarrowing
from tracker.tables.people import Person
from tracker.tables.scans import Night, Scan, ScanMethod
from tracker.tables.settings import Setting
from tracker.tables.text_index import attach, attach_walked
from tracker.tables.tokens import ApiToken
from tracker.tables.units import Room, Site, Unit
from tracker.tables.users import Grant, LoginSession, Role, Throttle, User

__all__ = [
    "ApiToken",
    "Asset",
    "AssetIdentifier",
    "Decision",
    "Device",
    "DeviceChange",
    "DeviceIdentifier",
    "DeviceModel",
    "Finding",
    "Grant",
    "HandledRequest",
    "ImportLine",
    "ImportPart",
    "ImportRun",
    "JournalEntry",
    "JournalPersonal",
    "LoginSession",
    "Movement",
    "Network",
    "NetworkNarrowing",
    "Night",
    "Person",
    "Role",
    "Room",
    "Scan",
    "ScanMethod",
    "Setting",
    "Sighting",
    "Site",
    "Throttle",
    "Unit",
    "User",
    "metadata",
]

for _indexed in (Asset, Person):
    attach(metadata.tables[str(_indexed.__tablename__)])
for _walked in (Device, Person):
    attach_walked(metadata.tables[str(_walked.__tablename__)])
