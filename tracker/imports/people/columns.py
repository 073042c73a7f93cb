"""Which column of a file of people means what, in Swedish and English, whoever wrote it. Pure.

Headers as they come out of school systems (SS 12000), directories (LDAP, SCIM) and Snipe-IT's export of users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.errors import RefusedError
from tracker.imports.formats.shape import fold
from tracker.personal_numbers import holds_personal_number

OWN: dict[str, tuple[str, ...]] = {
    "id": (
        "externt id", "external id", "external_id", "externalid", "id", "person-id", "personid", "elev-id", "elevid",
        "anställnings-id", "anställningsid", "anställningsnummer", "employeeid", "employee id", "employeenumber",
        "employee number", "employee no.", "objectguid", "eppn", "edupersonprincipalname", "userprincipalname",
        "samaccountname", "username", "user name", "användarnamn", "användar-id",
    ),
    "name": ("namn", "name", "displayname", "display name", "visningsnamn", "fullständigt namn", "full name", "fullname"),
    "given": ("förnamn", "tilltalsnamn", "givenname", "given name", "first name", "firstname", "name.givenname"),
    "family": ("efternamn", "surname", "last name", "lastname", "familyname", "family name", "sn", "name.familyname"),
    "class": ("klass", "class", "klassnamn", "class name"),
    "school": (
        "skola", "school", "skolenhet", "school unit", "skolenhetskod", "schoolunitcode", "school unit code",
        "sisschoolunitcode", "arbetsplats", "workplace",
    ),
    "unit": ("enhet", "unit", "verksamhet", "förvaltning", "organisation", "organization", "avdelning", "department"),
    "kind": (
        "typ", "kind", "type", "roll", "role", "kategori", "category", "usertype", "user type", "edupersonaffiliation",
        "employeetype",
    ),
    "protected": (
        "skyddad", "skyddade personuppgifter", "skyddad identitet", "skydd", "sekretessmarkering", "sekretess",
        "securitymarking", "security marking", "protected",
    ),
    "active": ("aktiv", "active", "personstatus", "enabled", "accountenabled", "status"),
}  # fmt: skip
"""Our column and the headers that mean it; of several that a file has, the one that stands first here is read."""

SNIPE_IT: dict[str, tuple[str, ...]] = {
    "id": ("employee number", "employee no.", "anställningsnummer"),
    "login": ("username", "användarnamn"),
    "name": ("display name", "visningsnamn"),
    "given": ("first name", "förnamn"),
    "family": ("last name", "efternamn"),
    "school": ("location", "plats"),
    "unit": ("company", "företag"),
}
"""Its ID is its own number, and *activated* says who may log in there, which pupils never may: neither is read."""

_SNIPE_IT_MARKS = frozenset(
    {"activated", "aktiverad", "gravatar email", "vip", "website", "webbplats", "ldap", "manager", "chef"}
)
_NUMBERS = (
    "personnummer",
    "personnr",
    "samordningsnummer",
    "födelsenummer",
    "civicno",
    "civic no",
    "national id",
)
_NUMBER_HEADERS = frozenset({"pnr", "ssn", "social security number", "personal identity number", "person nr"})


@dataclass(frozen=True, slots=True)
class Columns:
    """A table's columns.

    Attributes:
        format: ``own`` or ``snipeit``.
        places: our column → its place in a row.
        written: our column → the header as the file writes it.
        unused: headers that nothing is read from; `idle`: their places.
    """

    format: str
    places: Mapping[str, int]
    written: Mapping[str, str]
    unused: tuple[str, ...]
    idle: tuple[int, ...]


def _refuse_numbers(headers: tuple[str, ...]) -> None:
    """A column of personal identity numbers does not get as far as the register, read or not."""
    for place, header in enumerate(headers, 1):
        said = fold(header)
        if holds_personal_number(header):
            raise RefusedError("people_files.no_headers", column=place)
        if said in _NUMBER_HEADERS or any(word in said for word in _NUMBERS):
            raise RefusedError("people_files.number_column", column=header[:80])


def _place(headers: list[str], known: tuple[str, ...]) -> int | None:
    for name in known:
        found = [place for place, header in enumerate(headers) if header == name]
        if len(found) > 1:
            raise RefusedError("people_files.column_twice", column=name)
        if found:
            return found[0]
    return None


def _must_have(places: Mapping[str, int], headers: tuple[str, ...]) -> None:
    said = ", ".join(filter(None, headers))[:200]
    if not places.keys() & {"id", "login"}:
        raise RefusedError("people_files.no_id_column", headers=said)
    if not ("name" in places or {"given", "family"} <= places.keys()):
        raise RefusedError("people_files.no_name_column", headers=said)


def recognise(headers: tuple[str, ...]) -> Columns:
    """What is read from each of the table's columns.

    Raises:
        RefusedError: no column for ids or names, a header that stands twice, or a column of personal identity numbers.
    """
    _refuse_numbers(headers)
    folded = [fold(header) for header in headers]
    present = set(folded)
    is_snipeit = bool(present & set(SNIPE_IT["login"])) and bool(present & _SNIPE_IT_MARKS)
    known = SNIPE_IT if is_snipeit else OWN
    found = {name: _place(folded, meant) for name, meant in known.items()}
    places = {name: place for name, place in found.items() if place is not None}
    _must_have(places, headers)
    idle = tuple(place for place, header in enumerate(headers) if header and place not in places.values())
    written = {name: headers[place] for name, place in places.items()}
    if "id" not in written:
        written["id"] = written.get("login", "id")
    return Columns(
        "snipeit" if is_snipeit else "own", places, written, tuple(headers[place] for place in idle), idle
    )
