"""Real daemons inside lab hosts: snmpd, nginx with TLS, sshd, avahi, mosquitto, lldpd, nmbd, dnsmasq, dhcpd, DHCP clients.

An IPP printer and a UPnP gateway stand in `appliances`.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.topology import run, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.lab.topology import Host

CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()"


def await_tcp(host: Host, port: int) -> None:
    """Wait until a port of the host takes connections."""
    wait_for(
        f"port {port} of {host.name}",
        host.command("python3", "-c", CONNECT, host.ip or "127.0.0.1", str(port)),
    )


@dataclass(frozen=True, slots=True)
class V3User:
    """A user of SNMP v3 with SHA-256 and AES-128 (RFC 7860, RFC 3826)."""

    name: str
    auth_key: str
    priv_key: str


def snmpd(  # noqa: PLR0913 -- all that an agent says
    host: Host,
    *,
    descr: str,
    oid: str,
    name: str,
    entity: dict[str, str] | None = None,
    user: V3User | None = None,
    lines_more: Sequence[str] = (),
) -> None:
    """net-snmp's agent with a system group of our choosing and, in `entity`, a chassis in ENTITY-MIB.

    `lines_more` of its configuration, such as ``override OID type value``: tables that this agent has no module for.

    With `user`, that user of version 3 alone is let in, and no community.

    ENTITY-MIB columns (RFC 6933): 2 description, 12 maker, 13 model, 11 serial, 5 class (3 = chassis).
    """
    folder = host.folder()
    lines = [
        "agentaddress udp:161",
        "rocommunity lab-public" if user is None else f"rouser {user.name} priv",
        f"sysDescr {descr}",
        f"sysObjectID {oid}",
        f"sysName {name}",
        "sysLocation lab",
    ]
    ask = ["-v2c", "-c", "lab-public"]
    if user is not None:
        lines.append(f"createUser {user.name} SHA-256 {user.auth_key} AES {user.priv_key}")
        ask = ["-v3", "-l", "authPriv", "-u", user.name, "-a", "SHA-256", "-A", user.auth_key]
        ask += ["-x", "AES", "-X", user.priv_key]
    columns = {"descr": 2, "vendor": 12, "model": 13, "serial": 11}
    for key, value in (entity or {}).items():
        lines.append(f'override 1.3.6.1.2.1.47.1.1.1.1.{columns[key]}.1 octet_str "{value}"')
    if entity:
        lines.append("override 1.3.6.1.2.1.47.1.1.1.1.5.1 integer 3")
    lines += lines_more
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    host.start(
        *("snmpd", "-f", "-Lf", str(folder / "snmpd.out"), "-C", "-c", str(folder / "snmpd.conf")),
        *("-p", str(folder / "snmpd.pid"), "-I", "-smux"),
        env={"SNMP_PERSISTENT_DIR": str(folder / "persistent"), "MIBS": ""},
    )
    wait_for(
        f"snmpd of {host.name}",
        host.command("snmpget", *ask, "-t1", "-r0", "127.0.0.1", "1.3.6.1.2.1.1.1.0"),
    )


def nginx(
    host: Host, *, title: str, common_name: str, realm: str | None = None, connections: int = 64
) -> None:
    """nginx on 80 and, with a certificate made here, on 443, for so many connections at once."""
    folder = host.folder()
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text(
        f"<!doctype html><title>{title}</title><h1>{title}</h1>", encoding="utf-8"
    )
    run(
        *(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
        ),
        *(
            "-subj",
            f"/CN={common_name}",
            "-keyout",
            str(folder / "key.pem"),
            "-out",
            str(folder / "cert.pem"),
        ),
    )
    if realm:
        (folder / "users").write_text("root:{PLAIN}nobody-logs-in\n", encoding="utf-8")
    guard = f'auth_basic "{realm}"; auth_basic_user_file {folder}/users;' if realm else ""
    (folder / "nginx.conf").write_text(
        f"""user root; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; daemon off;
worker_rlimit_nofile {connections + 64}; events {{ worker_connections {connections}; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 80; listen 443 ssl; root {folder}/www; {guard}
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  }}
}}
""",
        encoding="utf-8",
    )
    host.start("nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"))
    await_tcp(host, 443)


def sshd(host: Host, startups: int = 10) -> None:
    """OpenSSH's server with a host key made here, for so many at once; nobody can log in."""
    folder = host.folder()
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "hostkey"))
    (folder / "sshd_config").write_text(
        f"HostKey {folder}/hostkey\nPidFile {folder}/sshd.pid\nPasswordAuthentication no\nAllowUsers nobody-at-all\n"
        f"MaxStartups {startups}:100:{startups + 1}\nPerSourceMaxStartups none\n",
        encoding="utf-8",
    )
    script = f"mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f {folder}/sshd_config"
    host.start("sh", "-c", script)
    await_tcp(host, 22)


def avahi(host: Host, *, name: str, service: str, port: int, texts: dict[str, str]) -> None:
    """avahi-daemon without D-Bus, announcing one service with TXT records."""
    folder = host.folder()
    services = folder / "services"
    services.mkdir()
    records = "".join(f"<txt-record>{key}={value}</txt-record>" for key, value in texts.items())
    (services / "lab.service").write_text(
        '<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">'
        f"<service-group><name>{name}</name><service><type>{service}</type><port>{port}</port>{records}</service>"
        "</service-group>",
        encoding="utf-8",
    )
    (folder / "avahi.conf").write_text(
        f"[server]\nhost-name={name}\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n"
        "disallow-other-stacks=no\n[publish]\npublish-workstation=no\n",
        encoding="utf-8",
    )
    # Each namespace process gets a mount namespace from ip-netns, so the fixed paths can be its own.
    script = (
        "mkdir -p /run/avahi-daemon && mount -t tmpfs tmpfs /run/avahi-daemon && "
        f"mount --bind {services} /etc/avahi/services && "
        f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {folder}/avahi.conf"
    )
    host.start("sh", "-c", script)
    wait_for(f"avahi of {host.name}", ["grep", "-q", "successfully established", str(folder / "sh.log")])


def mosquitto(host: Host) -> None:
    """An MQTT broker that lets nobody in."""
    config = host.folder() / "mosquitto.conf"
    config.write_text(
        "listener 1883\nallow_anonymous false\npersistence false\nuser root\n", encoding="utf-8"
    )
    host.start("mosquitto", "-c", str(config))
    await_tcp(host, 1883)


def lldpd(host: Host) -> None:
    """lldpd telling its neighbours of the host; nobody reads it before switches are harvested."""
    folder = host.folder()
    socket = folder / "lldpd.socket"
    script = (
        f"mkdir -p /run/lldpd && mount -t tmpfs tmpfs /run && mkdir -p /run/lldpd && "
        f"exec lldpd -d -u {socket} -I eth0 -S '{host.name}'"
    )
    host.start("sh", "-c", script)
    wait_for(f"lldpd of {host.name}", ["test", "-S", str(socket)])


def nmbd(host: Host, *, name: str) -> None:
    """Samba's name server, answering node status requests."""
    folder = host.folder()
    config = folder / "smb.conf"
    config.write_text(
        f"[global]\nnetbios name = {name}\nworkgroup = LAB\ninterfaces = eth0\nbind interfaces only = yes\n"
        f"lock directory = {folder}\nstate directory = {folder}\ncache directory = {folder}\npid directory = {folder}\n"
        f"private dir = {folder}\nlog file = {folder}/nmbd.log\nlocal master = no\n",
        encoding="utf-8",
    )
    host.start("nmbd", "--foreground", "--no-process-group", f"--configfile={config}")
    ask = "import socket,struct,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.settimeout(1)\n"
    ask += "s.sendto(struct.pack('>6H',1,0,1,0,0,0)+b' CK'+b'A'*30+bytes(1)+struct.pack('>HH',33,1),(sys.argv[1],137))\n"
    wait_for(f"nmbd of {host.name}", host.command("python3", "-c", f"{ask}s.recv(999)", host.ip or ""))


def dnsmasq(router: Host, ranges: list[str]) -> Path:
    """dnsmasq as DHCP server on the router's legs; the lease file."""
    folder = router.folder()
    leases = folder / "dnsmasq.leases"
    options = [f"--dhcp-range={words}" for words in ranges]
    router.start(
        *(
            "dnsmasq",
            "--keep-in-foreground",
            "--port=0",
            "--no-ping",
            "--dhcp-authoritative",
            "--conf-file=/dev/null",
        ),
        *("--user=root", f"--dhcp-leasefile={leases}", f"--pid-file={folder}/dnsmasq.pid", *options),
    )
    wait_for("dnsmasq", ["test", "-e", str(folder / "dnsmasq.pid")])
    return leases


def dhcpd(server: Host, subnets: dict[str, str]) -> Path:
    """ISC's DHCP server; the lease file. Each client's vendor class is kept with its lease, as its manual shows.

    `subnets`: ``ADDRESS netmask MASK`` and what stands in its block.
    """
    folder = server.folder()
    blocks = "".join(f"subnet {subnet} {{ {inside} }}\n" for subnet, inside in subnets.items())
    (folder / "dhcpd.conf").write_text(
        "authoritative; ping-check false; delayed-ack 0; default-lease-time 43200;\n"
        f"set vendor-class-identifier = option vendor-class-identifier;\n{blocks}",
        encoding="utf-8",
    )
    leases = folder / "dhcpd.leases"
    leases.touch()
    words = ("-cf", str(folder / "dhcpd.conf"), "-lf", str(leases), "-pf", str(folder / "dhcpd.pid"))
    server.start("dhcpd", "-4", "-f", *words, "eth0")
    wait_for("dhcpd", ["test", "-s", str(folder / "dhcpd.pid")])
    return leases


def dhcp_client(host: Host, *, hostname: str | None = None) -> str:
    """Ask for a lease with udhcpc and configure what it gives; the address."""
    folder = host.folder()
    script = folder / "lease.sh"
    script.write_text(
        "#!/bin/sh\n"
        '[ "$1" = bound ] || exit 0\n'
        "ip address add $ip/$mask dev eth0\n"
        '[ -z "$router" ] || ip route add default via ${router%% *}\n'
        f"echo $ip > {folder}/ip\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    named = ["-x", f"hostname:{hostname}"] if hostname else []
    subprocess.run(
        host.command(
            "udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "8", "-T", "1", "-s", str(script), *named
        ),
        check=True,
        capture_output=True,
        timeout=30,
    )
    host.ip = (folder / "ip").read_text(encoding="utf-8").strip()
    return host.ip
