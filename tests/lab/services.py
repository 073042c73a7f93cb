"""A few hosts that speak every protocol there is a probe for; each service says what a survey must learn of it.

Real daemons where Debian has one whose package does not push out the machine's own (mail, time); else a library's server or
what `tests.lab.speakers` writes after the standard: `Service.is_real` says which.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import appliances, daemons
from tests.lab.daemons import await_tcp
from tests.lab.speakers import TALKS
from tests.lab.topology import Host

if TYPE_CHECKING:
    from tests.lab.topology import Lab


HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Service:
    """One daemon.

    Attributes:
        protocol: the probe's name.
        speaks: which daemon it is.
        start: starts it on a host.
        proves: what a survey must learn, as (probe, key).
        host: which of `HOSTS` it runs on.
        is_real: whether it is software that is in use; else it is written for the lab, after the standard.
    """

    protocol: str
    speaks: str
    start: Callable[[Host], None]
    proves: tuple[tuple[str, str], ...]
    host: str = "many"
    is_real: bool = True


def _written(host: Host, name: str, text: str) -> Path:
    path = host.folder() / name
    path.write_text(text, encoding="utf-8")
    return path


def _vsftpd(host: Host) -> None:
    empty = host.folder() / "empty"
    empty.mkdir()
    text = f"listen=YES\nbackground=NO\nanonymous_enable=YES\nseccomp_sandbox=NO\nsecure_chroot_dir={empty}\n"
    host.start("vsftpd", str(_written(host, "vsftpd.conf", text)))
    await_tcp(host, 21)


def _coap(host: Host) -> None:
    host.start("coap-server-notls", "-A", host.ip or "0.0.0.0")  # noqa: S104 -- inside the lab's own namespace


def _slapd(host: Host) -> None:
    folder = host.folder()
    (folder / "directory").mkdir()
    text = (
        f"include /etc/ldap/schema/core.schema\npidfile {folder}/slapd.pid\nmodulepath /usr/lib/ldap\n"
        f'moduleload back_mdb\ndatabase mdb\nsuffix "dc=lab"\ndirectory {folder}/directory\n'
    )
    config = _written(host, "slapd.conf", text)
    host.start("slapd", "-d", "0", "-f", str(config), "-h", f"ldap://{host.ip}:389")
    await_tcp(host, 389)


def _smbd(host: Host) -> None:
    folder = host.folder()
    lines = [
        "[global]",
        "netbios name = FS1",
        "workgroup = LAB",
        "smb ports = 445",
        f"log file = {folder}/smbd.log",
    ]
    for name in (
        "private dir",
        "lock directory",
        "state directory",
        "cache directory",
        "pid directory",
        "ncalrpc dir",
    ):
        inner = folder / name.replace(" ", "-")
        inner.mkdir()
        lines.append(f"{name} = {inner}")
    config = _written(host, "smb.conf", "\n".join(lines) + "\n")
    host.start("smbd", "--foreground", "--no-process-group", "-s", str(config))
    await_tcp(host, 445)


def _baresip(host: Host) -> None:
    folder = host.folder() / "baresip"
    folder.mkdir()
    (folder / "config").write_text(
        f"sip_listen {host.ip}:5060\nmodule_path /usr/lib/baresip/modules\nmodule account.so\nmodule g711.so\n",
        encoding="utf-8",
    )
    (folder / "accounts").write_text(f"<sip:phone@{host.ip}>;regint=0\n", encoding="utf-8")
    host.start("baresip", "-f", str(folder))


def _printer(host: Host) -> None:
    appliances.printer(host, name="HP001B21", maker="HP", model="LaserJet M507")


def _snmpd(host: Host) -> None:
    daemons.snmpd(host, descr="Linux lab 6.1", oid="1.3.6.1.4.1.8072.3.2.10", name="all")


def _web(host: Host) -> None:
    daemons.nginx(host, title="DiskStation", common_name="synology")


def _named(host: Host) -> None:
    daemons.nmbd(host, name="FS1")


def _mail(host: Host) -> None:
    host.start(sys.executable, "-m", "aiosmtpd", "-n", "-l", f"{host.ip}:25", "-c", "aiosmtpd.handlers.Sink")
    await_tcp(host, 25)


def _bacnet(host: Host) -> None:
    host.start(sys.executable, str(HERE / "bacnet_router.py"), f"{host.ip}/24")


def _modbus(host: Host) -> None:
    host.start(sys.executable, str(HERE / "modbus_gateway.py"), host.ip or "", "502")
    await_tcp(host, 502)


def _speaker(name: str) -> Callable[[Host], None]:
    def start(host: Host) -> None:
        host.start(sys.executable, str(HERE / "speakers.py"), host.ip or "", name)
        if name in TALKS:
            await_tcp(host, TALKS[name][0])

    return start


SERVICES = (
    Service("snmp", "net-snmp", _snmpd, (("snmp", "sysDescr"),)),
    Service("http", "nginx with TLS", _web, (("http", "title"), ("tls", "subject"))),
    Service("ssh", "OpenSSH", daemons.sshd, (("ssh", "banner"),)),
    Service("nbns", "Samba's nmbd", _named, (("nbns", "name"),)),
    Service("smb", "Samba's smbd", _smbd, (("smb", "name"), ("smb", "build"))),
    Service("ftp", "vsftpd", _vsftpd, (("ftp", "banner"),)),
    Service("mqtt", "mosquitto", daemons.mosquitto, (("mqtt", "connect"),)),
    Service("coap", "libcoap", _coap, (("coap", "core"),)),
    Service("ldap", "OpenLDAP", _slapd, (("ldap", "namingContexts"),)),
    Service("sip", "baresip", _baresip, (("sip", "server"),)),
    Service(
        "ipp",
        "CUPS' ippeveprinter",
        _printer,
        (("ipp", "printer-make-and-model"), ("ipp", "printer-uuid")),
        "printer",
    ),
    Service("smtp", "aiosmtpd", _mail, (("smtp", "banner"),)),
    Service("ntp", "RFC 5905", _speaker("ntp"), (("ntp", "version"), ("ntp", "refid")), is_real=False),
    Service("telnet", "RFC 854", _speaker("telnet"), (("telnet", "banner"),), "controller", is_real=False),
    Service(
        "bacnet",
        "bacpypes3, a router",
        _bacnet,
        (("bacnet", "model_name"), ("bacnet", "instance")),
        "controller",
    ),
    Service(
        "modbus", "messaging guide 1.0b", _modbus, (("modbus", "product_code"),), "controller", is_real=False
    ),
    Service(
        "knx",
        "xknx's encoder",
        _speaker("knx"),
        (("knx", "friendly_name"), ("knx", "mac")),
        "controller",
        is_real=False,
    ),
    Service(
        "rtsp", "RFC 2326", _speaker("rtsp"), (("rtsp", "server"), ("rtsp", "realm")), "camera", is_real=False
    ),
    Service(
        "wsd",
        "ONVIF Core 7.3",
        _speaker("wsd"),
        (("wsd", "types"), ("wsd", "scopes")),
        "camera",
        is_real=False,
    ),
    Service(
        "cast",
        "as Chromecasts do",
        _speaker("cast"),
        (("cast", "model"), ("cast", "mac")),
        "screen",
        is_real=False,
    ),
    Service(
        "airplay", "as Apple TVs do", _speaker("airplay"), (("airplay", "model"),), "screen", is_real=False
    ),
)
"""All but mDNS and SSDP, which the town speaks with Avahi and miniupnpd."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One host and what it is.

    Attributes:
        device_class: None where a host that is many things at once has none.
        behind: how many devices stand behind it.
    """

    mac: str
    ip: str
    device_class: str | None
    vendor: str | None = None
    behind: int = 0


HOSTS = {
    "many": Truth("52:54:00:00:00:30", "10.77.1.30", None),
    "printer": Truth("3c:d9:2b:00:00:31", "10.77.1.31", "printer", "HP"),
    "controller": Truth("00:0a:b0:00:00:32", "10.77.1.32", "building-automation", "Loytec", behind=6),
    "camera": Truth("44:19:b6:00:00:33", "10.77.1.33", "camera", "Hikvision"),
    "screen": Truth("6c:ad:f8:00:00:34", "10.77.1.34", "av"),
}


def settle(lab: Lab, segment: str) -> dict[str, Host]:
    """Bring them all up on a segment: the hosts by name."""
    found = {
        name: lab.host(name, segment, truth.mac, f"{truth.ip}/24", "10.77.1.1")
        for name, truth in HOSTS.items()
    }
    for one in SERVICES:
        one.start(found[one.host])
    return found
