"""Two real appliances: an IPP Everywhere printer (CUPS' ippeveprinter) and a UPnP gateway (miniupnpd)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.daemons import await_tcp

if TYPE_CHECKING:
    from tests.lab.topology import Host

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth><policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
</policy></busconfig>
"""
_INNER = "fd00:77::1"
"""ippeveprinter wants a name with an address of each family that is not loopback."""
_WAN = ("192.0.2.1/30", "192.0.2.2/30")
"""The gateway's other side (RFC 5737, for examples): a link of its own that leads nowhere."""


def printer(host: Host, *, name: str, maker: str, model: str) -> None:
    """A printer that speaks IPP on 631 and announces itself by mDNS, with D-Bus and avahi of its own; prints nothing.

    CUPS registers with avahi over D-Bus and without it does not start. All three share one mount namespace, so that
    the fixed paths below /run can be their own.
    """
    folder = host.folder()
    for inner in ("spool", "keys"):
        (folder / inner).mkdir()
    (folder / "bus.conf").write_text(_BUS, encoding="utf-8")
    (folder / "avahi.conf").write_text(
        f"[server]\nhost-name={name}\nuse-ipv6=no\nenable-dbus=yes\nallow-interfaces=eth0\n"
        "disallow-other-stacks=no\n[publish]\npublish-workstation=no\n",
        encoding="utf-8",
    )
    addresses = f"{host.ip} {name}.local\n{_INNER} {name}.local\n127.0.0.1 localhost\n"
    (folder / "hosts").write_text(addresses, encoding="utf-8")
    script = (
        "mount -t tmpfs tmpfs /run && mkdir -p /run/dbus /run/avahi-daemon && "
        f"ip address add {_INNER}/128 dev lo nodad && mount --bind {folder}/hosts /etc/hosts || exit 1\n"
        f"dbus-daemon --config-file={folder}/bus.conf --nofork --nopidfile &\n"
        "until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done\n"
        f"avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {folder}/avahi.conf &\n"
        "until [ -S /run/avahi-daemon/socket ]; do sleep 0.05; done\n"
        f"exec ippeveprinter -p 631 -n {name}.local -M '{maker}' -m '{model}' -K {folder}/keys -d {folder}/spool "
        f"-f application/pdf -c /bin/true '{maker} {model}'"
    )
    host.start("sh", "-c", script)
    await_tcp(host, 631)


def gateway(host: Host, *, maker: str, model: str, serial: str) -> None:
    """A home router of the kind people bring along: a UPnP internet gateway whose description names it."""
    folder = host.folder()
    host.run("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
    for interface, address in zip(("wan0", "wan1"), _WAN, strict=True):
        host.run("ip", "address", "add", address, "dev", interface)
        host.run("ip", "link", "set", interface, "up")
    (folder / "miniupnpd.conf").write_text(
        f"ext_ifname=wan0\nlistening_ip=eth0\nport=5000\nenable_natpmp=no\nenable_upnp=yes\nsecure_mode=yes\n"
        f"friendly_name={maker} {model}\nmanufacturer_name={maker}\nmodel_name={model}\nmodel_description={model}\n"
        f"serial={serial}\nuuid=5a89f8ab-33fb-4914-a7f7-2a215ac16745\ndeny 0-65535 0.0.0.0/0 0-65535\n",
        encoding="utf-8",
    )
    words = ("-f", str(folder / "miniupnpd.conf"), "-P", str(folder / "miniupnpd.pid"))
    host.start("miniupnpd", "-d", *words)
    await_tcp(host, 5000)
