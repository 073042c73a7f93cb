"""Our own file, and whatever a municipality's list is most likely to call its columns."""

from __future__ import annotations

from tracker.imports.formats.shape import Format

COLUMNS: dict[str, tuple[str, ...]] = {
    "tag": ("inventarienummer", "inventarie", "stöldmärkning", "märkning", "asset tag", "tillgång"),
    "serial": ("serienummer", "serial number", "tillverkningsnummer"),
    "mac": ("mac-adress", "mac address", "macadress"),
    "vendor": ("tillverkare", "fabrikat", "manufacturer", "make"),
    "model": ("modell",),
    "class": ("typ", "slag", "kind", "klass av enhet", "device class", "kategori", "category"),
    "status": ("tillstånd",),
    "unit": ("enhet", "verksamhet", "förvaltning", "skola", "organisationsenhet", "department"),
    "site": ("plats", "byggnad", "location"),
    "room": ("rum",),
    "holder": ("innehavare", "låntagare", "holder id"),
    "name": ("namn", "benämning", "asset name"),
    "purchased": ("inköpsdatum", "inköpt", "purchase date"),
    "price": ("pris", "inköpspris", "kostnad", "purchase cost", "cost"),
    "warranty_ends": ("garanti till", "garantin löper ut", "warranty expires", "warranty until"),
    "support_ends": ("stöd till", "support till", "slut på support", "end of support", "support until"),
    "model_support_ends": ("modellens stöd till",),
    "support_basis": ("källa till stöddatum",),
    "note": ("anteckning", "kommentar", "notes"),
}
"""Our name of each column and the headers that mean it; its own name always does."""

FORMAT = Format("own", COLUMNS, repeats=False)
