"""A maker and its model as one text. Pure."""

from __future__ import annotations


def make_text(vendor: str | None, model: str | None) -> str:
    """Maker and model, the maker once: many models are named with it (``Axis``, ``AXIS P3245-LV``).

    Only whole words count: ``Ax`` is not said by ``Axle 2``.
    """
    vendor, model = (vendor or "").strip(), (model or "").strip()
    said, named = vendor.casefold(), model.casefold()
    if named == said or (said and named.startswith(said) and not named[len(said)].isalnum()):
        return model
    return f"{vendor} {model}".strip()
