"""nmap's XML into evidence. Pure; a report that was cut off gives what stood before the cut."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from discovery.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

MAX_REPORT = 1_000_000
"""Bytes of a report on one host; a common one has 3,000."""
_TIMED_OUT = b'timedout="true"'
"""On the host whose time nmap itself ended; what a device said cannot be taken for it, as its quotation marks are escaped."""
_FIELDS = ("product", "version", "devicetype", "ostype", "hostname")
_NAMES = {"ostype": "os", "hostname": "name"}
_PROBED = "probed"
"""Only what the service itself said: the other method is a table of port numbers."""


def timed_out(xml: bytes) -> bool:
    """Whether nmap gave the host up by its own clock."""
    return _TIMED_OUT in xml


def _of_service(service: Element) -> Iterator[tuple[str, str]]:
    if service.get("method") != _PROBED:
        return
    for field in _FIELDS:
        yield _NAMES.get(field, field), service.get(field, "")
    for cpe in service.iter("cpe"):
        yield "cpe", cpe.text or ""


def read(xml: bytes) -> list[Evidence]:
    """Evidence of every open port's service, each once; bombs, foreign entities and nonsense give nothing more."""
    found: list[Evidence] = []
    try:
        for _, element in iterparse(BytesIO(xml[:MAX_REPORT]), events=("end",)):
            if element.tag == "service":
                found += [Evidence.of("nmap", key, value) for key, value in _of_service(element)]
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        pass  # the report ends here
    return list(dict.fromkeys(one for one in found if one.value))
