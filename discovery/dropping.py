"""Give up every right but the one that sweeps need: a scanner that a hostile device takes over can do no more with root's.

capabilities(7), capset(2), prctl(2). Linux only; elsewhere there is nothing to give up in this way.
"""

from __future__ import annotations

import ctypes
import struct
import sys

NET_RAW = 13
"""CAP_NET_RAW (linux/capability.h)."""
_VERSION_3 = 0x20080522
_SET_NO_NEW_PRIVS, _BOUNDING_READ, _BOUNDING_DROP, _AMBIENT = 38, 23, 24, 47
_CLEAR_ALL = 4
_MOST = 64
_HEADER = struct.Struct("=Ii")
_SETS = struct.Struct("=6I")
"""Effective, permitted and inheritable of the lower 32 capabilities, then of the upper."""


def kept(permitted: int) -> int:
    """The permitted set that remains of one: CAP_NET_RAW where it was there. Pure."""
    return permitted & (1 << NET_RAW)


def drop() -> None:
    """Keep CAP_NET_RAW, if it is held, and nothing else, for this process and whatever it starts.

    Raises:
        OSError: the kernel refuses to take a right away, which it never does where it is as documented.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(_HEADER.pack(_VERSION_3, 0))
    held = ctypes.create_string_buffer(_SETS.size)
    _called(libc.capget(header, held))
    permitted = kept(_SETS.unpack(held.raw)[1])
    # Without CAP_SETPCAP the bounding set stays as it is, and nothing in it can be had: no program gives rights from here on.
    for number in range(_MOST):
        if number != NET_RAW and libc.prctl(_BOUNDING_READ, number, 0, 0, 0) == 1:
            libc.prctl(_BOUNDING_DROP, number, 0, 0, 0)
    _called(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _called(libc.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0))
    remaining = ctypes.create_string_buffer(_SETS.pack(permitted, permitted, 0, 0, 0, 0))
    _called(libc.capset(header, remaining))


def _called(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, "the kernel does not let rights be given up")
