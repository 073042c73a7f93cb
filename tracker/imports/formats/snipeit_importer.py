"""The file that Snipe-IT's own importer reads: as its web page, its command line or its keys call the columns."""

from __future__ import annotations

from tracker.imports.formats import snipeit
from tracker.imports.formats.shape import Format

COLUMNS = snipeit.SHARED | {
    "holder": ("employee number", "employee_num", "anställningsnummer"),
    "purchased": ("purchase date", "purchase_date", "inköpsdatum"),
    "support_ends": ("eol date", "eol", "asset eol date", "asset_eol_date", "eol-datum"),
}

FORMAT = Format(
    "snipeit_importer",
    COLUMNS,
    tag=snipeit.TAG,
    marks=frozenset(
        {
            "item name", "item_name", "tillgång namn", "model name", "asset_model", "asset notes", "asset_notes",
            "tillgång noteringar", "checkout type", "checkout_class", "utcheckningstyp", "checked out to: username",
            "utcheckad till: användarnamn", "checked out to: first name", "image filename",
        }
    ),
    adapt=snipeit.adapt,
    comes_from=snipeit.COMES_FROM,
)  # fmt: skip
