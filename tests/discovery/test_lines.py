"""JSON lines survive the journey; a line that cannot be read is malformed, never a crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.coverage import Coverage, Method, MethodState
from discovery.errors import MalformedError
from discovery.evidence import Evidence, clean
from discovery.lines import MAX_LINE, Progress, from_line, to_line
from discovery.sighting import DeviceClass, Identity, SeenAddress, Sighting

AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
TEXT = st.text(max_size=30).map(clean)
"""What discovery says: cleaned where it came from a device."""
CLEAN = st.builds(Evidence.of, TEXT, TEXT, TEXT)
IDENTITIES = st.builds(
    Identity,
    device_class=st.sampled_from(DeviceClass),
    vendor=st.none() | TEXT,
    model=st.none() | TEXT,
    macs=st.tuples(TEXT),
    is_iot=st.none() | st.booleans(),
    confidence=st.floats(0, 1),
    because=st.tuples(TEXT, TEXT),
)
SIGHTINGS = st.builds(
    Sighting,
    id=TEXT,
    survey=TEXT,
    observer=TEXT,
    seen_at=st.just(AT),
    source=TEXT,
    site=st.none() | TEXT,
    network=st.none() | TEXT,
    addresses=st.tuples(st.builds(SeenAddress, st.none() | TEXT, st.none() | TEXT, st.none() | TEXT)),
    names=st.tuples(TEXT),
    serials=st.tuples(TEXT),
    attributes=st.dictionaries(TEXT, TEXT | st.integers() | st.lists(st.integers(), max_size=3), max_size=3),
    identity=st.none() | IDENTITIES,
    evidence=st.tuples(CLEAN),
)


@given(SIGHTINGS)
def test_a_sighting_comes_back_as_it_left(sighting: Sighting) -> None:
    line = to_line(sighting)
    assert from_line(line) == sighting
    assert line.isascii()
    assert len(line.splitlines()) == 1


@given(st.text(max_size=60) | st.sampled_from(["\ud800", "a\x1b[2J\0b", "\u202egnp.exe", "a\r\nb\u2028c"]))
def test_what_a_captured_line_says_can_be_stored_and_shown(said: str) -> None:
    fields = {
        "type": "sighting",
        "id": said,
        "seen_at": "2026-11-23T02:15:00Z",
        "source": "arp",
        "names": [said],
        "serials": [said],
        "attributes": {said: {"sysName": said}},
        "identity": {"vendor": said, "because": [said]},
    }
    sighting = from_line(json.dumps(fields))
    assert isinstance(sighting, Sighting)
    words = (*sighting.names, *sighting.serials, *sighting.attributes, str(sighting.identity), sighting.id)
    assert all(word.isprintable() for word in words)
    for word in words:
        word.encode("utf-8")


def test_coverage_and_progress_come_back_as_they_left() -> None:
    methods = (Method("arp", MethodState.DONE, 254, 12), Method("icmp", MethodState.SKIPPED, reason="x"))
    coverage = Coverage("s", "o", "lan", None, AT, AT + timedelta(minutes=3), methods, 508)
    progress = Progress("lan", "arp", 3, 254)
    assert from_line(to_line(coverage)) == coverage
    assert from_line(to_line(progress)) == progress


def test_a_moment_keeps_its_instant_in_any_zone() -> None:
    line = json.loads(to_line(Progress("a", "b", 0, 0)))
    assert line == {"v": 1, "type": "progress", "network": "a", "step": "b", "done": 0, "total": 0}
    there = AT.astimezone(timezone(timedelta(hours=2)))
    sighting = Sighting("1", "s", "o", there, "arp")
    back = from_line(to_line(sighting))
    assert isinstance(back, Sighting)
    assert back.seen_at == AT


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"v":1}',
        '{"v":1,"type":"sighting"}',
        '{"v":2,"type":"progress","network":"a","step":"b","done":0,"total":0}',
        '{"v":1,"type":"sighting","id":"1","source":"arp","seen_at":"yesterday"}',
        '{"v":1,"type":"sighting","id":"1","source":"arp","seen_at":"2026-11-23T02:15:00"}',
        '{"v":1,"type":"sighting","id":"1","source":"arp","seen_at":"2026-11-23T02:15:00Z","addresses":[7]}',
        (
            '{"v":1,"type":"coverage","survey":"s","network":"a","started_at":"2026-11-23T02:15:00Z",'
            '"ended_at":"2026-11-23T02:15:00Z","methods":[{"name":"arp","state":"superb"}]}'
        ),
        "[" * 100_000,
        '{"v":1,"type":"progress","network":"' + "a" * MAX_LINE + '"}',
    ],
    ids=range(14),
)
def test_a_line_that_cannot_be_read_is_malformed(line: str) -> None:
    with pytest.raises(MalformedError):
        from_line(line)


@given(st.binary(max_size=60).map(lambda b: b.decode("utf-8", "replace")))
def test_no_bytes_at_all_raise_anything_else(text: str) -> None:
    with pytest.raises(MalformedError):
        from_line(text)


@given(TEXT)
def test_evidence_is_one_printable_line(said: str) -> None:
    value = Evidence.of("x", "y", said).value
    assert value.isprintable()


def test_evidence_is_cut_and_its_noise_made_harmless() -> None:
    assert Evidence.of("x", "y", b"a\x1b[31m\r\nb\x00\xff\xe2\x80\xae").value == "a [31m b \ufffd"
    assert len(Evidence.of("x", "y", "a" * 100_000).value) == 2048
