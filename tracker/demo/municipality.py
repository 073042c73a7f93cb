"""Ekbacka kommun: its units, sites, networks and people. None of them exists; the same every time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from tracker.setup import add_unit, seed
from tracker.swedish import search_key, sort_key
from tracker.tables import Person, Site, Unit
from tracker.words import RoleName, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Ekbacka kommun"

UNITS: tuple[tuple[str, UnitKind, str], ...] = (
    ("Kommunledningskontoret", UnitKind.ADMINISTRATION, NAME),
    ("IT- och digitaliseringsavdelningen", UnitKind.OPERATION, "Kommunledningskontoret"),
    ("Barn- och utbildningsförvaltningen", UnitKind.ADMINISTRATION, NAME),
    ("Ekbackaskolan", UnitKind.SCHOOL, "Barn- och utbildningsförvaltningen"),
    ("Kvarnskolan", UnitKind.SCHOOL, "Barn- och utbildningsförvaltningen"),
    ("Vård- och omsorgsförvaltningen", UnitKind.ADMINISTRATION, NAME),
    ("Solgårdens äldreboende", UnitKind.OPERATION, "Vård- och omsorgsförvaltningen"),
    ("Samhällsbyggnadsförvaltningen", UnitKind.ADMINISTRATION, NAME),
    ("Vattenverket", UnitKind.OPERATION, "Samhällsbyggnadsförvaltningen"),
)
"""Name, kind and the unit above."""

CLASSES: dict[str, tuple[str, ...]] = {
    "Ekbackaskolan": ("7A", "7B", "8A", "8B"),
    "Kvarnskolan": ("4A", "5A", "6A"),
}
"""Classes of each school."""
PUPILS_IN_A_CLASS = 27
STAFF = 6
"""Employees of each unit that hold devices."""

SITES: dict[str, str] = {
    "Stadshuset": "Kommunledningskontoret",
    "Ekbackaskolan": "Ekbackaskolan",
    "Kvarnskolan": "Kvarnskolan",
    "Solgården": "Solgårdens äldreboende",
    "Vattenverket": "Vattenverket",
}
"""Sites and whose they are."""


@dataclass(frozen=True, slots=True)
class Login:
    """Someone who may log in to the demo."""

    login: str
    name: str
    role: RoleName
    unit: str


LOGINS = (
    Login("anna", "Anna Lindqvist", RoleName.TECHNICIAN, NAME),
    Login("bjorn", "Björn Ek", RoleName.SCHOOL_STAFF, "Ekbackaskolan"),
    Login("cecilia", "Cecilia Åberg", RoleName.CHIEF, NAME),
    Login("admin", "Administratör", RoleName.ADMINISTRATOR, NAME),
)

_GIVEN = [
    "Alva",
    "Elsa",
    "Maja",
    "Signe",
    "Wilma",
    "Freja",
    "Ella",
    "Astrid",
    "Nora",
    "Saga",
    "Linnea",
    "Stina",
    "Märta",
    "Åsa",
    "Yasmin",
    "Amina",
    "Leila",
    "Sara",
    "Ines",
    "Tuva",
    "Oskar",
    "Hugo",
    "Elis",
    "Nils",
    "Axel",
    "Viggo",
    "Malte",
    "Olle",
    "Sixten",
    "Ludvig",
    "Ali",
    "Omar",
    "Yusuf",
    "Hamza",
    "Amir",
    "Åke",
    "Östen",
    "Ärling",
    "Noah",
    "Liam",
]
_FAMILY = [
    "Andersson",
    "Ek",
    "Lindqvist",
    "Öberg",
    "Åkesson",
    "Ström",
    "Hassan",
    "Ahmadi",
    "Sjöström",
    "Bergkvist",
    "Ödman",
    "Zetterlund",
    "Ängquist",
    "Norling",
    "Wallin",
    "Mohammed",
    "Kowalska",
    "Nyström",
    "Hellgren",
    "Åström",
    "Palm",
    "Sandell",
    "Örn",
    "Björk",
    "Tesfaye",
    "Rask",
    "Holm",
    "Lundin",
    "Ekdahl",
    "Dahl",
]


@dataclass(frozen=True, slots=True)
class Someone:
    """A person who does not exist. `number` is the external id that the import file names holders by."""

    number: str
    name: str
    unit: str
    is_pupil: bool
    is_protected: bool = False


def people() -> Iterator[Someone]:
    """Every person, the same every time; two pupils have protected personal data."""
    chance = random.Random("Ekbacka")  # noqa: S311 -- names of people who do not exist

    def name() -> str:
        return f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"

    for school, classes in CLASSES.items():
        for index, klass in enumerate(classes):
            for place in range(PUPILS_IN_A_CLASS):
                number = f"E{school[0]}{klass}-{place + 1:02d}"
                yield Someone(
                    number, name(), f"{school} {klass}", is_pupil=True, is_protected=place == index == 1
                )
    for unit, _, _ in UNITS:
        for place in range(STAFF):
            number = f"P-{sort_key(unit)[:4]}{place + 1:02d}-{len(unit)}"
            yield Someone(number, name(), unit, is_pupil=False)


def _units(session: Session) -> dict[str, Unit]:
    found = {NAME: seed(session, NAME)}
    for name, kind, above in UNITS:
        found[name] = add_unit(session, name, kind, found[above])
    for school, classes in CLASSES.items():
        for klass in classes:
            unit = add_unit(session, klass, UnitKind.CLASS, found[school])
            unit.code = f"{school} {klass}"
            found[f"{school} {klass}"] = unit
    return found


def settle(session: Session) -> dict[str, Unit]:
    """Fill an empty register with units, sites and people; the units by name."""
    units = _units(session)
    known = set(session.exec(select(Site.name)))
    for name, owner in SITES.items():
        if name not in known:
            session.add(Site(name=name, sort_key=sort_key(name), unit_id=units[owner].id or 0))
    for one in people():
        session.add(
            Person(
                external_id=one.number,
                unit_id=units[one.unit].id or 0,
                name=one.name,
                sort_key=sort_key(one.name),
                search_key=search_key(one.name),
                is_pupil=one.is_pupil,
                is_protected=one.is_protected,
            )
        )
    session.flush()
    return units
