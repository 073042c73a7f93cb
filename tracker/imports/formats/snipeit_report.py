"""Snipe-IT's custom asset report. Its headers repeat (Address is there up to five times), so it is read by position."""

from __future__ import annotations

from tracker.imports.formats import snipeit
from tracker.imports.formats.shape import Format

COLUMNS = snipeit.SHARED | {
    "holder": ("employee no.",),
    "purchased": ("purchased", "inköpt", "köpt"),
    "price": ("cost", "pris", "kosta"),
    "warranty_ends": ("warranty expires", "garantin löper ut"),
    "support_ends": ("eol",),
}
_ADDRESS = (
    ("address", "adress"),
    ("address", "adress"),
    ("city", "ort", "stad"),
    ("state", "stat", "län"),
    ("country", "land"),
    ("zip", "zippa", "blixtlås"),
)
ORDER: tuple[tuple[str, ...], ...] = (
    ("id",),
    ("company", "företag"),
    ("asset name", "företagsnamn"),
    tuple(snipeit.TAG),
    ("model", "modell"),
    ("model no.", "modellnr.", "modell nr."),
    ("category", "kategori"),
    ("manufacturer", "tillverkare"),
    ("serial", "serienummer", "serie"),
    ("purchased", "inköpt", "köpt"),
    ("cost", "pris", "kosta"),
    ("eol",),
    ("warranty", "garanti"),
    ("warranty expires", "garantin löper ut"),
    ("current value",),
    ("diff",),
    ("fully depreciated",),
    ("order number", "ordernummer", "order nummer"),
    ("supplier", "leverantör"),
    ("location", "plats"),
    *_ADDRESS,
    ("default location", "standardplats"),
    *_ADDRESS,
    ("checked out", "utcheckad", "låna ut"),
    ("type", "typ"),
    ("username",),
    ("employee no.",),
    ("manager", "chef"),
    ("department", "avdelning"),
    ("title", "titel"),
    ("phone", "telefon"),
    *((f"user {part[0]}", *part) for part in _ADDRESS),
    ("status",),
    ("checkout date", "utcheck.dat."),
    ("last checkin date", "senaste incheck.dat."),
    ("expected checkin date", "förväntat incheck.dat.", "förväntat incheckningsdatum"),
    ("created at", "skapad"),
    ("updated at", "senast uppdaterad"),
    ("deleted", "raderad"),
    ("last audit", "senaste inventering"),
    ("next audit date", "nästa inventeringsdatum"),
    ("notes", "anteckningar"),
    ("url",),
)
"""The report's own order (``ReportsController``); whoever makes a report leaves out what they like, but moves nothing."""

FORMAT = Format(
    "snipeit_report",
    COLUMNS,
    tag=snipeit.TAG - {"asset_tag"},
    marks=frozenset(
        {"purchased", "inköpt", "current value", "fully depreciated", "employee no.", "checked out"}
    ),
    order=ORDER,
    adapt=snipeit.adapt,
    comes_from=snipeit.COMES_FROM,
)
