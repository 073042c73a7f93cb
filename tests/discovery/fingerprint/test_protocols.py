"""What the answers of a protocol make of a device, each from an answer as it was captured, and what they do not."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest

from discovery.evidence import Evidence
from discovery.fingerprint import identify
from tests.discovery.replaying import HOST, Replay


@pytest.mark.parametrize(
    ("probe", "capture", "wanted"),
    [
        ("bacnet", "bacpypes3", ("building-automation", "Schneider", "SmartX AS-P")),
        ("knx", "router", ("building-automation", "Siemens", None)),
        ("modbus", "pymodbus", ("building-automation", "Schneider", "Modicon M221")),
        ("ipp", "cups", ("printer", "HP", "LaserJet M507")),
        ("wsd", "onvif", ("camera", None, "P3245-LV")),
        ("rtsp", "camera", ("camera", "Axis", None)),
        ("cast", "chromecast", ("av", "Google", "Chromecast")),
        ("airplay", "appletv", ("av", "Apple", "AppleTV6,2")),
    ],
)
def test_an_answer_says_what_the_device_is(
    probe: str, capture: str, wanted: tuple[str, str | None, str | None]
) -> None:
    look = import_module(f"discovery.probes.{probe}").look
    found = identify(asyncio.run(look(HOST, Replay.of(f"{probe}/{capture}"))))
    assert (found.device_class.value, found.vendor, found.model) == wanted


def test_a_telephone_names_itself() -> None:
    found = identify([Evidence("sip", "user_agent", "Yealink SIP-T46S 66.85.0.5")])
    assert (found.device_class.value, found.vendor) == ("voip", "Yealink")


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("modbus", "exception", "1"),
        Evidence("bacnet", "refuses", "5"),
        Evidence("mqtt", "connect", "accepted"),
        Evidence("ldap", "answers", "yes"),
        Evidence("sip", "server", "baresip v1.0.0 (x86_64/linux)"),
        Evidence("ntp", "stratum", "3"),
    ],
)
def test_that_somebody_speaks_a_protocol_that_many_speak_says_nothing(evidence: Evidence) -> None:
    assert identify([evidence]).device_class.value == "unknown"
