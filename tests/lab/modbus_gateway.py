"""A Modbus/TCP gateway with meters on its bus, written after the messaging guide: ``python modbus_gateway.py ADDRESS PORT``.

It knows Read Device Identification (function 43/14) alone; of a unit that is not there it says that it did not answer (exception 11).
"""

from __future__ import annotations

import asyncio
import struct
import sys

HEADER = struct.Struct(">HHHB")
ITSELF, READ_DEVICE, IDENTIFICATION = 255, 43, 14
ILLEGAL_FUNCTION, NO_ANSWER = 1, 11
UNITS = {
    ITSELF: ("Moxa", "MGate MB3170", "4.2"),
    1: ("Kamstrup", "MULTICAL 603", "L2"),
    2: ("ABB", "B23 112-100", "1.9"),
    5: ("Kamstrup", "MULTICAL 603", "L2"),
}


def answer(unit: int, asked: bytes) -> bytes:
    """What a unit answers to a function and its data."""
    if unit not in UNITS:
        return bytes((asked[0] | 0x80, NO_ANSWER))
    if asked[:2] != bytes((READ_DEVICE, IDENTIFICATION)):
        return bytes((asked[0] | 0x80, ILLEGAL_FUNCTION))
    told = [text.encode() for text in UNITS[unit]]
    objects = b"".join(bytes((number, len(text))) + text for number, text in enumerate(told))
    return bytes((READ_DEVICE, IDENTIFICATION, asked[2], 1, 0, 0, len(told))) + objects


async def _connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            transaction, _, length, unit = HEADER.unpack(await reader.readexactly(HEADER.size))
            told = answer(unit, await reader.readexactly(length - 1))
            writer.write(HEADER.pack(transaction, 0, len(told) + 1, unit) + told)
    except asyncio.IncompleteReadError:
        writer.close()


async def _serve(address: str, port: int) -> None:
    async with await asyncio.start_server(_connected, address, port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
