"""Snipe-IT's asset list, exported as it was shown: CSV or Excel, the visible columns in any order."""

from __future__ import annotations

from tracker.imports.formats import snipeit
from tracker.imports.formats.shape import Format

COLUMNS = snipeit.SHARED | {
    "holder": ("employee number", "anställningsnummer"),
    "purchased": ("purchase date", "inköpsdatum", "köpt"),
    "price": ("purchase cost", "inköpspris"),
    "warranty_ends": ("warranty expires", "garantin löper ut"),
    "support_ends": ("eol date", "eol-datum"),
}

FORMAT = Format(
    "snipeit_list",
    COLUMNS,
    tag=snipeit.TAG - {"asset_tag"},
    marks=frozenset(
        {
            "checked out to", "utcheckad till", "låna ut till", "checkat ut", "employee number", "anställningsnummer",
            "default location", "standardplats", "requestable", "eol rate", "eol-period", "eol date", "eol-datum",
            "warranty expires", "garantin löper ut", "model no.", "modellnr.", "checkouts", "byod", "next audit date",
            "nästa inventeringsdatum", "utcheck.dat.", "företagsnamn", "purchase cost", "inköpspris", "serial", "serie",
        }
    ),
    adapt=snipeit.adapt,
    comes_from=snipeit.COMES_FROM,
)  # fmt: skip
