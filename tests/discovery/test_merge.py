"""Addresses of one device become one sighting; addresses that merely look alike do not."""

from __future__ import annotations

from datetime import UTC, datetime

from discovery.evidence import Evidence
from discovery.merge import Found, sightings
from discovery.sighting import DeviceClass, SeenAddress, Sighting

AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
MAC, OTHER = "9c:b6:d0:00:00:01", "9c:b6:d0:00:00:02"
RANDOM = "02:00:5e:10:00:01"


def _found(ip: str, mac: str | None = None, *said: tuple[str, str, str], **more: object) -> Found:
    defaults: dict[str, object] = {"via": None, "network": "lan", "site": None, "source": "arp"}
    return Found(ip, mac, evidence=tuple(Evidence(*one) for one in said), **{**defaults, **more})  # type: ignore[arg-type]


def _merged(*founds: Found) -> list[Sighting]:
    return sightings(founds, survey="s", observer="o", seen_at=AT)


def _serial(text: str) -> tuple[str, str, str]:
    return ("snmp", "entPhysicalSerialNum", text)


def test_two_addresses_on_one_burned_in_mac_are_one_device() -> None:
    (one,) = _merged(_found("10.0.0.1", MAC), _found("10.0.0.2", MAC))
    assert one.addresses == (SeenAddress("10.0.0.1", MAC), SeenAddress("10.0.0.2", MAC))


def test_a_randomised_mac_joins_nothing() -> None:
    assert len(_merged(_found("10.0.0.1", RANDOM), _found("10.0.0.2", RANDOM))) == 2


def test_on_one_link_ipv6_joins_ipv4_whatever_the_mac_proves_elsewhere() -> None:
    wide = [_found(ip, RANDOM, source="nd") for ip in ("fe80::1", "fd00::1")]
    (one,) = _merged(_found("10.0.0.1", RANDOM), *wide)
    assert [address.ip for address in one.addresses] == ["10.0.0.1", "fe80::1", "fd00::1"]
    assert len(_merged(_found("10.0.0.1", RANDOM), _found("10.0.0.2", RANDOM), *wide)) == 2, (
        "still two of IPv4"
    )
    shared = "00:00:5e:00:01:07"
    assert len(_merged(_found("10.0.0.1", shared), _found("fe80::1", shared, source="nd"))) == 2, (
        "two routers' (VRRP)"
    )


def test_devices_behind_a_gateway_are_sightings_of_their_own() -> None:
    told = [
        ("bacnet", "model_name", "LINX"),
        ("bacnet", "bacnet_instance:7701/instance", "7701"),
        ("bacnet", "bacnet_instance:7701/model_name", "VAV-Compact"),
        ("bacnet", "bacnet_instance:7701/object_name", "VAV Rum 101"),
        ("bacnet", "bacnet_instance:7702/instance", "7702"),
    ]
    gateway, first, second = _merged(_found("10.0.0.5", MAC, *told))
    assert [(e.key, e.value) for e in gateway.evidence if e.probe == "bacnet"] == [("model_name", "LINX")]
    assert (first.source, first.addresses) == ("bacnet", (SeenAddress(None, None, "10.0.0.5"),))
    assert (first.names, first.attributes) == (("VAV Rum 101",), {"bacnet_instance": "7701"})
    assert first.uuids == (f"{MAC}/bacnet_instance/7701",)
    assert first.identity is not None
    assert first.identity.device_class is DeviceClass.BUILDING_AUTOMATION
    assert len({gateway.id, first.id, second.id}) == 3


def test_no_other_protocol_can_make_devices_up() -> None:
    (one,) = _merged(
        _found("10.0.0.5", MAC, ("ldap", "unit:7/vendor_name", "x"), ("modbus", "bacnet_instance:7/x", "x"))
    )
    assert one.addresses == (SeenAddress("10.0.0.5", MAC),)


def test_a_gateway_without_a_mac_is_known_by_its_address() -> None:
    _, unit = _merged(_found("10.0.0.5", None, ("modbus", "unit:3/vendor_name", "ABB"), source="tcp"))
    assert unit.uuids == ("10.0.0.5/unit/3",)
    _, unit = _merged(
        _found("10.0.0.5", MAC, ("modbus", "unit:3/vendor_name", "ABB"), source="tcp", via="10.0.0.1")
    )
    assert unit.uuids == ("10.0.0.5/unit/3",), "a MAC seen through a router is the router's"


def test_a_mac_learnt_through_a_router_joins_nothing() -> None:
    founds = [_found(f"10.0.0.{n}", MAC, via="10.0.0.254") for n in (1, 2)]
    assert len(_merged(*founds)) == 2


def test_wire_and_radio_of_one_host_join_by_serial() -> None:
    (one,) = _merged(
        _found("10.0.0.1", MAC, _serial("PF3ABC1")), _found("10.0.0.2", OTHER, _serial("PF3ABC1"))
    )
    assert one.serials == ("PF3ABC1",)
    assert len(one.addresses) == 2


def test_a_junk_serial_joins_nothing() -> None:
    junk = _serial("To be filled by O.E.M.")
    assert len(_merged(_found("10.0.0.1", MAC, junk), _found("10.0.0.2", OTHER, junk))) == 2


def test_one_serial_under_two_names_stays_two_for_the_register_to_judge() -> None:
    names = [("snmp", "sysName", "sw-1"), ("snmp", "sysName", "sw-2")]
    founds = [_found(f"10.0.0.{n}", None, _serial("PF3ABC1"), name) for n, name in enumerate(names, 1)]
    assert len(_merged(*founds)) == 2


def test_copies_of_a_virtual_machine_stay_two() -> None:
    founds = [_found(f"10.0.0.{n}", f"52:54:00:00:00:0{n}", _serial("PF3ABC1")) for n in (1, 2)]
    assert len(_merged(*founds)) == 2


def test_what_a_later_address_joins_becomes_one_whatever_the_order() -> None:
    founds = [
        _found("10.0.0.1", MAC),
        _found("10.0.0.2", OTHER, _serial("PF3ABC1")),
        _found("10.0.0.3", MAC, _serial("PF3ABC1")),
    ]
    assert len(_merged(*founds)) == 1
    assert len(_merged(*reversed(founds))) == 1


def test_a_sighting_is_named_by_what_names_it_and_identified() -> None:
    said = [("snmp", "sysName", "cam-1"), ("http", "title", "AXIS P3245-LV"), ("tls", "subject", "CN=other")]
    (one,) = _merged(_found("10.0.0.1", "ac:cc:8e:00:00:01", *said, ports=(443, 80), site="Kvarnskolan"))
    assert one.names == ("cam-1",)
    assert one.attributes == {"sysName": "cam-1", "ports": [80, 443]}
    assert one.identity is not None
    assert one.identity.device_class is DeviceClass.CAMERA
    assert (one.site, one.network, one.seen_at) == ("Kvarnskolan", "lan", AT)


def test_every_sighting_has_an_id_of_its_own() -> None:
    found = _merged(*(_found(f"10.0.0.{n}") for n in range(50)))
    assert len({one.id for one in found}) == 50


def test_a_mac_and_a_name_claimed_over_netbios_join_nothing() -> None:
    """Whoever answers on UDP 137 may claim any MAC; the address keeps the one that answered, and none where none did."""
    claimed = ("nbns", "mac", MAC), ("nbns", "name", "PC1")
    first, second = _merged(_found("10.0.0.1", None, *claimed), _found("10.0.0.2", OTHER, *claimed))
    assert [s.addresses[0].mac for s in (first, second)] == [None, OTHER]
    assert first.names == second.names == ("PC1",)
    assert first.identity is not None
    assert first.identity.macs == (MAC,), "told as a claim"


def test_a_router_table_ties_the_addresses_of_one_device_and_a_router_on_the_way_does_not() -> None:
    mac = "9c:b6:d0:00:00:24"
    same = {"mac": mac, "via": "10.0.0.1", "network": "lan", "site": None}
    by_table = [Found(ip=ip, source="router_arp", **same) for ip in ("10.0.0.24", "2001:db8::24")]  # type: ignore[arg-type]
    (one,) = sightings(by_table, survey="s", observer="o", seen_at=AT)
    assert [address.ip for address in one.addresses] == ["10.0.0.24", "2001:db8::24"]
    on_the_way = [Found(ip=ip, source="icmp", **same) for ip in ("10.0.0.24", "10.0.0.25")]  # type: ignore[arg-type]
    assert len(sightings(on_the_way, survey="s", observer="o", seen_at=AT)) == 2
