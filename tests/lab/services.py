"""One host that speaks nearly everything, by real daemons; each says what a survey must learn of it.

What has none in Debian, or one whose package would push out the machine's own (mail, time), is told in `tests.discovery.captures`
instead: RTSP, KNX, WS-Discovery by unicast, Cast, AirPlay, Telnet, BACnet, Modbus, SMTP and NTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import appliances, daemons
from tests.lab.daemons import await_tcp
from tests.lab.topology import Host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.topology import Lab


@dataclass(frozen=True, slots=True)
class Service:
    """One daemon.

    Attributes:
        protocol: the probe's name.
        speaks: which daemon it is.
        start: starts it on a host.
        proves: what a survey must learn, as (probe, key).
        alone: whether it wants a host of its own.
    """

    protocol: str
    speaks: str
    start: Callable[[Host], None]
    proves: tuple[tuple[str, str], ...]
    alone: bool = False


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
        alone=True,
    ),
)


def settle(lab: Lab, segment: str) -> dict[str, Host]:
    """Bring them all up on a segment: the hosts by protocol."""
    many = lab.host("many", segment, "52:54:00:00:00:30", "10.77.1.30/24", "10.77.1.1")
    alone = lab.host("alone", segment, "3c:d9:2b:00:00:31", "10.77.1.31/24", "10.77.1.1")
    found = {}
    for one in SERVICES:
        host = alone if one.alone else many
        one.start(host)
        found[one.protocol] = host
    return found
