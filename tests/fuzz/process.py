"""One decoder in a process of its own, within bounded memory."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from tests.fuzz.decoders import decoders
from tests.fuzz.feeding import feed

if TYPE_CHECKING:
    from tests.fuzz.feeding import Fed

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space a feeding process has."""


def feed_named(seed: int, inputs: int, name: str) -> Fed:
    """Feed the decoder of that name."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    (decoder,) = (one for one in decoders() if one.name == name)
    return feed(decoder, inputs, seed)
