"""The REST API: /api/v1 for programs that show a token. Each module is a noun; `calling` is what every call shares."""

from web.api import assets, devices, findings, hardware, imports, movements, openapi, scans
from web.api.bearer import fit
from web.api.calling import bp

__all__ = [
    "assets",
    "bp",
    "devices",
    "findings",
    "fit",
    "hardware",
    "imports",
    "movements",
    "openapi",
    "scans",
]
