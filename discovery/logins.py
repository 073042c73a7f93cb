"""The SNMP logins that may be tried on a device, in order. Pure.

Version 3 users come first, as they give nothing away; then each community as v2c and, for old agents that know no other,
as v1. Who configures a community has chosen to send it in clear text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discovery.asking import SnmpLogin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discovery.settings import SnmpSettings, SnmpUser

_DIGEST = {"MD5": 16, "SHA": 20, "SHA-224": 28}
"""Octets of the digests that are shorter than an AES key may be; the others are never too short."""
_NEEDED = {"AES-192": 24, "AES-256": 32}


def _of_user(user: SnmpUser) -> Iterator[SnmpLogin]:
    login = SnmpLogin(
        "3",
        user.user,
        auth_protocol=user.auth_protocol,
        auth_key=user.auth_key,
        priv_protocol=user.priv_protocol,
        priv_key=user.priv_key,
    )
    yield login
    # How a short digest is stretched to a long key was never standardised; Cisco and others differ from net-snmp.
    if _DIGEST.get(user.auth_protocol or "", 64) < _NEEDED.get(user.priv_protocol or "", 0):
        yield login.stretched_otherwise()


def logins(snmp: SnmpSettings) -> tuple[SnmpLogin, ...]:
    """Every login to try, in order."""
    users = [login for user in snmp.users for login in _of_user(user)]
    communities = [SnmpLogin(version, name) for version in ("2c", "1") for name in snmp.communities]
    return (*users, *communities)
