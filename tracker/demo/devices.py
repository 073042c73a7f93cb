"""What stands on the demo's networks. What each says is what such devices say (makers' manuals and MIBs); serials are made up."""

from __future__ import annotations

from dataclasses import dataclass, field

GUESTS = "gästnät"
NETWORKS: dict[str, tuple[str, str, str, str]] = {
    "stadshuset": ("127.77.1.0/27", "Stadshuset", "office", "full"),
    "ekbackaskolan": ("127.77.2.0/27", "Ekbackaskolan", "school", "full"),
    "kvarnskolan": ("127.77.3.0/27", "Kvarnskolan", "school", "full"),
    "solgården": ("127.77.4.0/27", "Solgården", "office", "full"),
    "vattenverket": ("127.77.5.0/28", "Vattenverket", "control", "gentle"),
    GUESTS: ("127.77.6.0/28", "Stadshuset", "guest", "full"),
}
"""Name → range, site, purpose, profile."""
_THIRD = {name: cidr.rsplit(".", 1)[0] for name, (cidr, *_) in NETWORKS.items()}


@dataclass(frozen=True, slots=True)
class Snmp:
    """An agent: sysDescr, sysObjectID below 1.3.6.1.4.1, sysName, and the chassis."""

    descr: str
    oid: str
    name: str
    serial: str = ""
    model: str = ""
    maker: str = ""
    is_printer: bool = False


@dataclass(frozen=True, slots=True)
class Web:
    """A built-in page. `secure`: over TLS, with this subject in the certificate."""

    title: str = ""
    server: str = ""
    realm: str = ""
    secure: str = ""


@dataclass(frozen=True, slots=True)
class Upnp:
    """A UPnP device description (UPnP Device Architecture 2.0, section 2)."""

    kind: str
    maker: str
    model: str
    name: str
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One device.

    Attributes:
        tag: its tag in the register's import file, None for what the register does not know.
        asks_dhcp: it has a lease; `hostname` is what it told the DHCP server.
        services: mDNS service types with the instance's name and its TXT pairs.
    """

    network: str
    last: int
    mac: str
    hostname: str = ""
    tag: str | None = None
    snmp: Snmp | None = None
    web: Web | None = None
    ssh: str = ""
    upnp: Upnp | None = None
    services: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def ip(self) -> str:
        """Its loopback address."""
        return f"{_THIRD[self.network]}.{self.last}"

    @property
    def answers(self) -> bool:
        """Whether it speaks at all; else only its lease tells of it."""
        return bool(self.snmp or self.web or self.ssh or self.upnp or self.services)


_IOS = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE (fc3)"
_JETDIRECT = "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 05/29/2019"
_APC = "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin AF1:v6.8.2)"
_DEBIAN = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"


def _switch(network: str, last: int, mac: str, tag: str, serial: str) -> Simulated:
    name = f"sw-{network[:4]}-{last:02d}"
    agent = Snmp(_IOS, "9.1.1208", name, serial, "WS-C2960X-48TS-L", "Cisco")
    return Simulated(network, last, mac, tag=tag, snmp=agent, ssh="SSH-2.0-Cisco-1.25")


def _printer(network: str, last: int, mac: str, tag: str | None, serial: str) -> Simulated:
    agent = Snmp(_JETDIRECT, "11.2.3.9.1", f"NPI{mac[9:].replace(':', '').upper()}", serial, is_printer=True)
    web = Web("HP LaserJet M507", "HP HTTP Server; HP LaserJet M507 - 1PV87A; Serial Number: " + serial)
    return Simulated(network, last, mac, tag=tag, snmp=agent, web=web)


def _camera(network: str, last: int, mac: str, model: str, tag: str | None = None) -> Simulated:
    bare = mac.replace(":", "")
    return Simulated(
        network,
        last,
        mac,
        hostname=f"axis-{bare}",
        tag=tag,
        web=Web("AXIS", realm=f"AXIS_{bare.upper()}"),
        upnp=Upnp(
            "urn:axis-com:device:NetworkVideo:1", "AXIS", f"AXIS {model}", f"AXIS {model}", bare.upper()
        ),
        services={
            "_axis-video._tcp": {"instance": f"AXIS {model} - {bare.upper()}", "macaddress": bare.upper()}
        },
    )


def _chromebook(network: str, last: int, mac: str, tag: str | None = None) -> Simulated:
    return Simulated(network, last, mac, hostname=f"chromebook-{mac[9:].replace(':', '')}", tag=tag)


DEVICES: tuple[Simulated, ...] = (
    _switch("stadshuset", 2, "00:1d:a1:10:00:02", "EK-N001", "FOC1932X0A1"),
    _switch("ekbackaskolan", 2, "00:1d:a1:10:00:12", "EK-N002", "FOC1932X0A2"),
    _switch("kvarnskolan", 2, "00:1d:a1:10:00:22", "EK-N003", "FOC1932X0A3"),
    _switch("solgården", 2, "00:1d:a1:10:00:32", "EK-N004", "FOC1932X0A4"),
    _printer("stadshuset", 5, "3c:d9:2b:20:00:05", "EK-S001", "PHBBL10001"),
    _printer("ekbackaskolan", 5, "3c:d9:2b:20:00:15", "EK-S002", "PHBBL10002"),
    _printer("kvarnskolan", 5, "3c:d9:2b:20:00:25", "EK-S003", "PHBBL10003"),
    _printer("solgården", 5, "3c:d9:2b:20:00:35", None, "PHBBL10004"),
    Simulated(
        "stadshuset",
        3,
        "00:c0:b7:30:00:03",
        tag="EK-U001",
        snmp=Snmp(_APC, "318.1.3.27", "ups-serverrum", "AS1234500001", "Smart-UPS 1500", "APC"),
        web=Web("APC | Log On"),
    ),
    Simulated(
        "stadshuset", 4, "00:11:32:40:00:04", tag="EK-L001", web=Web("DiskStation - Synology DiskStation")
    ),
    Simulated("stadshuset", 6, "00:50:56:40:00:06", tag="EK-V001", ssh=_DEBIAN),
    Simulated(
        "stadshuset",
        7,
        "d4:81:d7:50:00:07",
        tag="EK-D0001",
        hostname="DESKTOP-7F3K2QA",
        ssh="SSH-2.0-OpenSSH_for_Windows_8.1",
    ),
    Simulated(
        "stadshuset",
        8,
        "00:0e:58:60:00:08",
        hostname="SonosZP",
        upnp=Upnp(
            "urn:schemas-upnp-org:device:ZonePlayer:1", "Sonos, Inc.", "Sonos One", "127.77.1.8 - Sonos One"
        ),
        services={"_sonos._tcp": {"instance": "Sonos-000E58600008", "info": "/api/v1/players/info"}},
    ),
    Simulated(
        "stadshuset",
        9,
        "68:5b:35:60:00:09",
        tag="EK-A001",
        web=Web(),
        services={"_airplay._tcp": {"instance": "Konferens Eken", "model": "AppleTV11,1"}},
    ),
    Simulated("stadshuset", 10, "7c:1e:b3:60:00:0a", web=Web("2N IP Verso", "2N HTTP Server")),
    Simulated("stadshuset", 11, "a0:36:9f:60:00:0b", tag="EK-D0004", hostname="LAPTOP-9QK3M2B"),
    Simulated("stadshuset", 12, "dc:a6:32:60:00:0c", ssh="SSH-2.0-OpenSSH_8.4p1 Raspbian-5+b1"),
    _camera("stadshuset", 13, "ac:cc:8e:70:00:0d", "P3245-LV", "EK-K001"),
    _camera("ekbackaskolan", 13, "ac:cc:8e:70:00:1d", "P3245-LV", "EK-K002"),
    _camera("kvarnskolan", 13, "ac:cc:8e:70:00:2d", "M3065-V"),
    _camera("kvarnskolan", 14, "ac:cc:8e:70:00:2e", "M3065-V"),
    _camera("kvarnskolan", 15, "ac:cc:8e:70:00:2f", "M3065-V"),
    _chromebook("ekbackaskolan", 20, "9c:b6:d0:80:00:01", "EK-C0001"),
    _chromebook("ekbackaskolan", 21, "9c:b6:d0:80:00:02", "EK-C0002"),
    _chromebook("ekbackaskolan", 22, "9c:b6:d0:80:00:03", "EK-C0003"),
    _chromebook("ekbackaskolan", 23, "9c:b6:d0:80:00:04", "EK-C0190"),
    _chromebook("ekbackaskolan", 24, "9c:b6:d0:80:00:05"),
    _chromebook("kvarnskolan", 20, "9c:b6:d0:80:00:06", "EK-C0120"),
    _chromebook("kvarnskolan", 21, "9c:b6:d0:80:00:07", "EK-C0191"),
    Simulated(
        "ekbackaskolan",
        9,
        "f4:f5:d8:90:00:09",
        web=Web(),
        services={
            "_googlecast._tcp": {"instance": "Klassrum 12", "md": "Chromecast Ultra", "fn": "Klassrum 12"}
        },
    ),
    Simulated(
        "ekbackaskolan",
        10,
        "14:cc:20:90:00:0a",
        hostname="Archer",
        web=Web("TP-LINK Archer C7", "Router Webserver"),
    ),
    Simulated(
        "kvarnskolan",
        9,
        "00:17:88:90:00:19",
        hostname="philips-hue",
        upnp=Upnp("urn:schemas-upnp-org:device:Basic:1", "Signify", "Philips hue bridge 2015", "Hue Bridge"),
        services={"_hue._tcp": {"instance": "Hue Bridge - 900019", "modelid": "BSB002"}},
    ),
    Simulated("solgården", 9, "00:1e:c0:a0:00:09", web=Web("Tunstall Carephone Hub")),
    Simulated("solgården", 10, "00:1e:c0:a0:00:0a", web=Web("Evondos Anna")),
    Simulated("solgården", 11, "a0:36:9f:a0:00:0b", tag="EK-D0002", hostname="DESKTOP-SOL0011"),
    _chromebook("solgården", 12, "9c:b6:d0:80:00:08", "EK-C0140"),
    Simulated(
        "vattenverket",
        2,
        "00:01:05:b0:00:02",
        tag="EK-F001",
        web=Web("Beckhoff CX9020", "Microsoft-WinCE/7.00"),
    ),
    Simulated("vattenverket", 3, "00:30:de:b0:00:03", web=Web("WAGO Ethernet Web-Based Management")),
    Simulated("vattenverket", 4, "00:1d:a1:b0:00:04", tag="EK-N005", ssh="SSH-2.0-Cisco-1.25"),
    Simulated(GUESTS, 5, "da:a1:19:c0:00:05", hostname="Marias-iPhone"),
    Simulated(GUESTS, 6, "d2:11:42:c0:00:06", hostname="Galaxy-S23"),
)
