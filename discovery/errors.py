"""Every error discovery raises.

DiscoveryError
├── OutOfScopeError    an address outside the configured scope: the survey aborts, nothing is sent
├── NotPermittedError  the system refuses (raw sockets, ICMP): the probe is skipped and said once
├── ToolMissingError   a program is not installed: the probe is skipped and said once
├── ProbeFailedError   one probe failed on one host or network: coverage shrinks
└── MalformedError     a frame that cannot be read: counted, kept, never fatal
"""

from __future__ import annotations


class DiscoveryError(Exception):
    """Root of the tree."""


class OutOfScopeError(DiscoveryError):
    """A packet was about to go where none may go."""

    def __init__(self, address: str, reason: str) -> None:
        """Args: address: textual target; reason: code (``not-in-scope``, ``never``, ``forbidden-port``)."""
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason


class NotPermittedError(DiscoveryError):
    """The operating system refuses; `what` names the right that is missing."""

    def __init__(self, what: str) -> None:
        """Args: what: the missing right, e.g. ``CAP_NET_RAW``."""
        super().__init__(what)
        self.what = what


class ToolMissingError(DiscoveryError):
    """A program that a method needs is not installed."""

    def __init__(self, tool: str) -> None:
        """Args: tool: the program's name."""
        super().__init__(tool)
        self.tool = tool


class ProbeFailedError(DiscoveryError):
    """A probe failed in a way that shrinks coverage."""

    def __init__(self, probe: str, target: str, reason: str) -> None:
        """Args: probe: its name; target: host or network; reason: code or short text."""
        super().__init__(f"{probe} {target}: {reason}")
        self.probe = probe
        self.target = target
        self.reason = reason


class MalformedError(DiscoveryError):
    """A device sent something that cannot be read."""

    def __init__(self, probe: str, frame: bytes) -> None:
        """Args: probe: its name; frame: the bytes as they came, cut at 1,500."""
        super().__init__(f"{probe}: {len(frame)} unreadable bytes")
        self.probe = probe
        self.frame = frame[:1500]
