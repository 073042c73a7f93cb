"""The door to lease files: files that move, grow, hang or are of another kind never look like an empty network."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from discovery.errors import ProbeFailedError
from discovery.harvest import dhcp_leases
from discovery.settings import HarvestSettings

if TYPE_CHECKING:
    from discovery.harvest import Harvested

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
LATER = int((NOW + timedelta(hours=8)).timestamp())
MAC = "9c:b6:d0:00:00:01"
KEA = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
)
WHOLE = {
    "dnsmasq": f"{LATER} {MAC} 10.0.0.5 one *\n",
    "kea": f"{KEA}10.0.0.5,{MAC},,600,{LATER},1,0,0,one,0,\n",
    "isc": f"lease 10.0.0.5 {{\n  ends never;\n  binding state active;\n  hardware ethernet {MAC};\n}}\n",
    "windows-dhcp": f"IPAddress;AddressState;ClientId;HostName\n10.0.0.5;Active;{MAC.replace(':', '-')};one\n",
}
KINDS = sorted(WHOLE)


def _harvest(path: Path, kind: str) -> Harvested:
    return dhcp_leases.harvest(HarvestSettings.model_validate({"kind": kind, "path": path}), NOW)


def _write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_as_its_server_writes_it(tmp_path: Path, kind: str) -> None:
    (known,) = _harvest(_write(tmp_path / "leases", WHOLE[kind]), kind).known
    assert (known.ip, known.mac) == ("10.0.0.5", MAC)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_a_file_of_another_kind_is_said(tmp_path: Path, kind: str, other: str) -> None:
    if kind == other:
        return
    with pytest.raises(ProbeFailedError) as caught:
        _harvest(_write(tmp_path / "leases", WHOLE[other]), kind)
    assert caught.value.reason == "wrong-format"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ProbeFailedError) as caught:
            _harvest(path, kind)
        assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_past_the_bound_is_not_read_by_half(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "leases", WHOLE[kind])
    monkeypatch.setattr(dhcp_leases, "MAX_FILE", len(WHOLE[kind]))
    assert len(_harvest(path, kind).known) == 1
    monkeypatch.setattr(dhcp_leases, "MAX_FILE", len(WHOLE[kind]) - 1)
    with pytest.raises(ProbeFailedError) as caught:
        _harvest(path, kind)
    assert caught.value.reason == "too-large"


def test_bytes_that_are_no_text_are_read_all_the_same(tmp_path: Path) -> None:
    path = _write(tmp_path / "leases", f"{LATER} {MAC} 10.0.0.5 ".encode() + b"r\xe4ka *\n")
    (known,) = _harvest(path, "dnsmasq").known
    assert known.evidence[1].value == "r\ufffdka"


def _kea(*leases: tuple[str, str]) -> str:
    return KEA + "".join(f"{ip},{MAC},,600,{LATER},1,0,0,{name},0,\n" for ip, name in leases)


def _named(harvested: Harvested) -> dict[str, str]:
    return {known.ip: known.evidence[1].value for known in harvested.known}


def test_while_kea_cleans_up_its_older_files_count_too(tmp_path: Path) -> None:
    path = _write(tmp_path / "leases4.csv", _kea(("10.0.0.5", "now")))
    _write(tmp_path / "leases4.csv.1", _kea(("10.0.0.5", "before"), ("10.0.0.6", "before")))
    _write(tmp_path / "leases4.csv.2", _kea(("10.0.0.6", "long-ago"), ("10.0.0.7", "long-ago")))
    assert _named(_harvest(path, "kea")) == {"10.0.0.5": "now", "10.0.0.6": "before", "10.0.0.7": "long-ago"}


def test_a_finished_clean_up_stands_for_its_inputs(tmp_path: Path) -> None:
    path = _write(tmp_path / "leases4.csv", _kea())
    _write(tmp_path / "leases4.csv.completed", _kea(("10.0.0.5", "clean")))
    _write(tmp_path / "leases4.csv.2", _kea(("10.0.0.6", "gone")))
    assert _named(_harvest(path, "kea")) == {"10.0.0.5": "clean"}


def test_files_that_are_renamed_meanwhile_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "leases4.csv", _kea(("10.0.0.5", "one")))
    reads: list[Path] = []
    plain = dhcp_leases._bytes

    def renaming(file: Path) -> bytes:
        data = plain(file)
        if not reads:  # Kea begins its clean-up right after the first read
            path.rename(tmp_path / "leases4.csv.1")
            _write(path, _kea(("10.0.0.6", "two")))
        reads.append(file)
        return data

    monkeypatch.setattr(dhcp_leases, "_bytes", renaming)
    assert _named(_harvest(path, "kea")) == {"10.0.0.5": "one", "10.0.0.6": "two"}
    assert len(reads) == 3


def test_files_that_never_come_to_rest_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "leases4.csv", _kea())
    plain = dhcp_leases._bytes

    def restless(file: Path) -> bytes:
        data = plain(file)
        file.rename(tmp_path / "old")
        _write(file, data)
        return data

    monkeypatch.setattr(dhcp_leases, "_bytes", restless)
    with pytest.raises(ProbeFailedError) as caught:
        _harvest(path, "kea")
    assert caught.value.reason == "changing"


def test_an_export_that_nobody_renews_keeps_no_device_alive(tmp_path: Path) -> None:
    path = _write(tmp_path / "leases.csv", WHOLE["windows-dhcp"])
    old = NOW.timestamp() - dhcp_leases.EXPORT_HOLDS_S
    os.utime(path, (old, old))
    assert len(_harvest(path, "windows-dhcp").known) == 1
    os.utime(path, (old - 1, old - 1))
    with pytest.raises(ProbeFailedError) as caught:
        _harvest(path, "windows-dhcp")
    assert caught.value.reason == "old-export"
