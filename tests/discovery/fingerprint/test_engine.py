"""The engine weighs, explains and abstains; what it knows is data that holds together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.evidence import Evidence
from discovery.fingerprint import identify
from discovery.fingerprint.engine import Claim, weigh
from discovery.fingerprint.rules import knowledge
from discovery.sighting import DeviceClass, Identity


def _identity(*said: tuple[str, str, str]) -> Identity:
    return identify([Evidence(*one) for one in said])


@pytest.mark.parametrize(
    ("said", "device_class", "vendor", "is_iot"),
    [
        ([("http", "title", "AXIS P3245-LV Network Camera")], "camera", "Axis", True),
        (
            [("snmp", "mib", "printer_mib"), ("snmp", "sysObjectID", "1.3.6.1.4.1.11.2.3.9.1")],
            "printer",
            "HP",
            None,
        ),
        ([("snmp", "sysObjectID", "1.3.6.1.4.1.9.1.1208")], "network", "Cisco", False),
        ([("nbns", "name", "DESKTOP-AB12CD3")], "computer", None, False),
        ([("nbns", "name", "EK-DC01"), ("nbns", "controller_of", "EKBACKA")], "server", None, False),
        ([("nbns", "name", "BRN30055C123456")], "printer", None, None),
        (
            [("mdns", "service", "_ipp._tcp"), ("mdns", "txt.ty", "HP LaserJet M507")],
            "printer",
            "HP",
            None,
        ),
        (
            [("snmp", "mib", "ups_mib"), ("snmp", "sysObjectID", "1.3.6.1.4.1.318.1.3.27")],
            "power",
            "APC",
            None,
        ),
    ],
)
def test_clear_evidence_names_the_device(
    said: list[tuple[str, str, str]], device_class: str, vendor: str, *, is_iot: bool | None
) -> None:
    found = _identity(*said)
    assert (found.device_class.value, found.vendor, found.is_iot) == (device_class, vendor, is_iot)
    assert found.because


def test_a_name_that_a_person_chose_says_nothing() -> None:
    found = _identity(("nbns", "name", "ANNAS-DATOR"), ("nbns", "group", "WORKGROUP"))
    assert found.device_class is DeviceClass.UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("http", "server", "nginx")],
        [("ssh", "banner", "SSH-2.0-dropbear")],
        [("snmp", "sysObjectID", "1.3.6.1.4.1.8072.3.2.10")],
        [("snmp", "sysObjectID", "1.3.6.1.4.1.99999999.1")],
        [("http", "title", "Login")],
        [("dhcp", "hostname", "localhost")],
        [("arp", "mac", "02:00:00:00:00:01")],
    ],
)
def test_what_says_nothing_is_unknown_and_never_a_guess(said: list[tuple[str, str, str]]) -> None:
    found = _identity(*said)
    assert found.device_class is DeviceClass.UNKNOWN
    assert (found.vendor, found.model, found.is_iot, found.confidence) == (None, None, None, 0)


def test_contradiction_abstains() -> None:
    found = _identity(("snmp", "mib", "printer_mib"), ("snmp", "mib", "ups_mib"))
    assert found.device_class is DeviceClass.UNKNOWN


def _claims(*weights: tuple[str, float]) -> list[Claim]:
    return [Claim("class", value, weight, f"{value} {n}") for n, (value, weight) in enumerate(weights)]


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        ([("camera", 0.49)], None),
        ([("camera", 0.5)], "camera"),
        ([("camera", 0.3), ("camera", 0.3)], "camera"),
        ([("camera", 0.7), ("av", 0.6)], None),
        ([("camera", 0.9), ("av", 0.6)], "camera"),
        ([("camera", 0.6), ("camera", 0.6), ("av", 0.6)], "camera"),
        ([], None),
    ],
)
def test_agreement_adds_up_and_a_narrow_lead_is_no_answer(
    claims: list[tuple[str, float]], answer: str | None
) -> None:
    assert weigh("class", _claims(*claims))[0] == answer


def test_the_same_evidence_twice_counts_once() -> None:
    twice = [Claim("class", "camera", 0.4, "x")] * 2
    assert weigh("class", twice)[0] is None


def test_one_address_told_by_two_sources_is_one_reason() -> None:
    once = _identity(("arp", "mac", "ac:cc:8e:00:00:01"))
    twice = _identity(("arp", "mac", "ac:cc:8e:00:00:01"), ("dhcp", "mac", "AC-CC-8E-00-00-01"))
    assert (twice.confidence, twice.because) == (once.confidence, once.because)
    assert len(once.because) == 1


def test_every_reason_names_evidence_that_was_given() -> None:
    said = [
        ("snmp", "sysObjectID", "1.3.6.1.4.1.9.1.1208"),
        ("snmp", "sysDescr", "Cisco IOS Software, C2960X"),
    ]
    for reason in _identity(*said).because:
        assert any(reason.startswith(f"{probe} {key}: {value[:80]}") for probe, key, value in said)


def test_serials_and_macs_come_out_of_what_was_said() -> None:
    found = _identity(
        ("snmp", "entPhysicalSerialNum", "fcw1934a0b1"), ("ssdp", "usn", "uuid:x-AC:CC:8E:12:34:56::upnp")
    )
    assert found.serial == "FCW1934A0B1"
    assert "ac:cc:8e:12:34:56" in found.macs


@given(
    st.lists(
        st.builds(
            Evidence.of,
            st.sampled_from(sorted({probe for probe, _ in knowledge().rules} | {"arp", "dhcp"})),
            st.sampled_from(sorted({key for _, key in knowledge().rules} | {"mac", "sysObjectID"})),
            st.text(max_size=60),
        ),
        max_size=6,
    )
)
def test_no_evidence_is_too_strange(said: list[Evidence]) -> None:
    found = identify(said)
    assert 0 <= found.confidence <= 1
    assert (found.device_class is DeviceClass.UNKNOWN) == (found.confidence == 0)


@given(
    st.permutations(
        [
            ("snmp", "mib", "printer_mib"),
            ("http", "title", "HP LaserJet"),
            ("arp", "mac", "3c:d9:2b:20:00:45"),
        ]
    )
)
def test_the_order_of_evidence_decides_nothing(said: list[tuple[str, str, str]]) -> None:
    found = _identity(*said)
    assert (found.device_class.value, found.vendor) == ("printer", "HP")


def test_the_knowledge_speaks_of_known_classes_and_weighs_within_bounds() -> None:
    known = knowledge()
    classes = {c.value for c in DeviceClass}
    for place, rules in known.rules.items():
        for rule in rules:
            assert 0 < rule.weight < 1, (place, rule.name)
            assert (rule.pattern is None) != (rule.prefix is None), rule.name
            assert rule.says, rule.name
            for field, value in rule.says:
                if field == "class":
                    assert value in classes, rule.name
    assert {c for _, _, c in known.makers if c} <= classes
    assert set(known.classes) <= classes


def test_what_is_iot_is_what_the_policy_decides() -> None:
    decided = {name: iot for name, iot in knowledge().classes.items() if iot is not None}
    yes = {"camera", "access-control", "building-automation", "iot-sensor", "av", "medical"}
    no = {"computer", "chromebook", "phone", "tablet", "server", "network", "storage"}
    assert decided == dict.fromkeys(yes, True) | dict.fromkeys(no, False)


def test_no_pattern_can_be_made_to_run_for_long() -> None:
    """Nested repeats are what catastrophic backtracking is made of; values are cut at 400 characters besides."""
    nested = re.compile(r"\([^()]*[+*][^()]*\)[+*]")
    patterns = [
        rule.pattern.pattern for rules in knowledge().rules.values() for rule in rules if rule.pattern
    ]
    assert [pattern for pattern in patterns if nested.search(pattern)] == []
