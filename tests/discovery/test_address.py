"""Reading MAC addresses and serial numbers, and what each may prove."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.address import AddressQuality, is_junk_serial, normalise_mac, normalise_serial, quality

OCTETS = st.binary(min_size=6, max_size=6)


@pytest.mark.parametrize(
    "written",
    [
        "ac:cc:8e:01:02:0a",
        "AC-CC-8E-01-02-0A",
        "accc.8e01.020a",
        "ACCC-8E01-020A",
        "accc8e-01020a",
        "ACCC8E01020A",
        "ac cc 8e 01 02 0a",
        " ac:cc:8e:1:2:a ",
    ],
)
def test_every_usual_notation_is_read_as_one(written: str) -> None:
    assert normalise_mac(written) == "ac:cc:8e:01:02:0a"


@pytest.mark.parametrize(
    "text",
    ["", "ac:cc:8e:01:02", "ac:cc:8e:01:02:0a:0b", "ac:cc-8e:01:02:0a", "10.77.1.66", "g" * 12, "٣" * 12],
)
def test_what_is_no_address_is_not_read_as_one(text: str) -> None:
    assert normalise_mac(text) is None


@given(OCTETS, st.sampled_from([":", "-", " "]))
def test_reading_is_stable(octets: bytes, separator: str) -> None:
    mac = octets.hex(":")
    assert normalise_mac(octets.hex(separator).upper()) == mac
    assert normalise_mac(mac) == mac


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = normalise_mac(text)
    assert found is None or normalise_mac(found) == found


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        ("ac:cc:8e:01:02:03", AddressQuality.BURNED_IN),
        ("02:11:22:33:44:56", AddressQuality.RANDOMISED),
        ("da:a1:19:00:00:01", AddressQuality.RANDOMISED),
        ("00:00:5e:00:01:0a", AddressQuality.VIRTUAL_ROUTER),
        ("00:00:5e:00:02:0a", AddressQuality.VIRTUAL_ROUTER),
        ("00:00:0c:07:ac:01", AddressQuality.VIRTUAL_ROUTER),
        ("00:00:0c:9f:f0:01", AddressQuality.VIRTUAL_ROUTER),
        ("00:07:b4:02:01:01", AddressQuality.VIRTUAL_ROUTER),
        ("00:00:0c:12:34:56", AddressQuality.BURNED_IN),
        ("00:50:56:01:02:03", AddressQuality.VIRTUAL_MACHINE),
        ("52:54:00:01:02:03", AddressQuality.VIRTUAL_MACHINE),
        ("00:e0:4c:68:01:02", AddressQuality.DOCK),
        ("48:65:ee:12:01:02", AddressQuality.DOCK),
        ("48:65:ee:02:01:02", AddressQuality.BURNED_IN),
        ("00:00:00:00:00:00", AddressQuality.JUNK),
        ("00:00:00:00:00:01", AddressQuality.JUNK),
        ("ff:ff:ff:ff:ff:ff", AddressQuality.JUNK),
        ("01:00:5e:00:00:fb", AddressQuality.JUNK),
    ],
)
def test_an_address_proves_what_its_kind_proves(mac: str, expected: AddressQuality) -> None:
    assert quality(mac) is expected


@given(OCTETS)
def test_group_addresses_are_junk_and_local_ones_never_burned_in(octets: bytes) -> None:
    found = quality(octets.hex(":"))
    if octets[0] & 1:
        assert found is AddressQuality.JUNK
    elif octets[0] & 2:
        assert found in {AddressQuality.RANDOMISED, AddressQuality.VIRTUAL_MACHINE}


@pytest.mark.parametrize(
    "text",
    [
        "To be filled by O.E.M.",
        "to be filled by OEM",
        "Default string",
        "System Serial Number",
        "0000",
        "00000000",
        "000-000-000",
        "XXXXXXXX",
        "None",
        "N/A",
        "",
        "   ",
        "1234567",
        "1234567890",
        "0123456789",
        "-",
        "...",
        "\x00\x00\x00\x00",
        "123",
    ],
)
def test_a_firmware_default_is_junk(text: str) -> None:
    assert is_junk_serial(text)
    assert normalise_serial(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" cnb7k4x2q1 ", "CNB7K4X2Q1"),
        ("FOC 1234 X0AB", "FOC1234X0AB"),
        ("0001234", "0001234"),
        ("ACCC8E010203\x00", "ACCC8E010203"),
        ("5CG-0123", "5CG-0123"),
    ],
)
def test_a_real_serial_keeps_its_characters(text: str, expected: str) -> None:
    assert normalise_serial(text) == expected


@given(st.text())
def test_a_normalised_serial_is_a_fixed_point(text: str) -> None:
    serial = normalise_serial(text)
    if serial is not None:
        assert normalise_serial(serial) == serial
        assert not any(c.isspace() for c in serial)
