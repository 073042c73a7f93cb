"""A BACnet router with devices on a bus behind it, made with bacpypes3: ``python bacnet_router.py ADDRESS/LENGTH``.

The bus is bacpypes3's virtual network, number 100.
"""

from __future__ import annotations

import asyncio
import sys

from bacpypes3.app import Application
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import IPv4Address
from bacpypes3.vlan import VirtualNetwork

NETWORK = 100
BEHIND = (
    (7701, "Belimo", "VAV-Compact", "VAV Rum 101"),
    (7702, "Belimo", "VAV-Compact", "VAV Rum 102"),
    (7710, "Regin", "E281DW-3", "LB01 Matsal"),
)


def _device(instance: int, vendor: str, model: str, name: str) -> DeviceObject:
    return DeviceObject(
        objectIdentifier=("device", instance),
        objectName=name,
        vendorIdentifier=999,
        vendorName=vendor,
        modelName=model,
        firmwareRevision="1.4",
        applicationSoftwareVersion="1.0",
    )


def _bus(number: int, address: int) -> NetworkPortObject:
    return NetworkPortObject(
        objectIdentifier=("network-port", number),
        objectName=f"bus {number}",
        networkType="virtual",
        protocolLevel="bacnet-application",
        networkNumber=NETWORK,
        networkNumberQuality="configured",
        networkInterfaceName="bus",
        macAddress=bytes((address,)),
    )


async def _serve(address: str) -> None:
    VirtualNetwork("bus")
    wire = NetworkPortObject(
        IPv4Address(address),
        objectIdentifier=("network-port", 1),
        objectName="wire",
        networkNumber=1,
        networkNumberQuality="configured",
    )
    router = _device(7700, "Loytec", "L-INX LINX-151", "LINX Kvarnskolan")
    held = [Application.from_object_list([router, wire, _bus(2, 1)])]
    for number, told in enumerate(BEHIND, 10):
        held.append(Application.from_object_list([_device(*told), _bus(1, number)]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
