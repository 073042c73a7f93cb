"""Evidence: one thing that one probe learnt about one host."""

from __future__ import annotations

from dataclasses import dataclass

MAX_VALUE = 2_048
"""Characters kept of one value. Everything a device sends is hostile; longer text is cut."""


def clean(text: str) -> str:
    """The text on one line without control characters, direction marks and what cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text)


OBSERVER, OWN_ADDRESS = "observer", "own_address"
"""Probe and key by which a survey says that an address is its own machine's; the value is the machine's name as an observer."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One thing one probe learnt.

    Attributes:
        probe: the probe's name, as in `discovery.probes` (``snmp``, ``http``, ``dhcp`` ...).
        key: the protocol's own field name (``sysDescr``, ``title``, ``txt.md`` ...).
        value: what the device said, cut at `MAX_VALUE` and free of control characters.
    """

    probe: str
    key: str
    value: str

    @classmethod
    def of(cls, probe: str, key: str, value: str | bytes) -> Evidence:
        """Make evidence from what a device sent: decode, strip control characters, cut."""
        text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
        return cls(probe, key, " ".join(clean(text[: 4 * MAX_VALUE]).split())[:MAX_VALUE])
