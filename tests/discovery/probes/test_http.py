from __future__ import annotations

import asyncio
import tomllib
import warnings
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from discovery.probes import http
from tests.discovery.replaying import CAPTURES, HOST, Replay


def _look(wire: Replay) -> list[tuple[str, str, str]]:
    return [(e.probe, e.key, e.value) for e in asyncio.run(http.look(HOST, wire))]


def _answer(body: bytes, *headers: bytes) -> bytes:
    head = b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers])
    return head + b"\r\n\r\n" + body


def test_a_web_server_tells_title_server_and_certificate_once() -> None:
    assert _look(Replay.of("http/nginx")) == [
        ("http", "server", "nginx/1.22.1"),
        ("http", "title", "DiskStation - Synology DiskStation"),
        ("tls", "subject", "CN=synology"),
        ("tls", "issuer", "CN=synology"),
    ]


def test_one_get_of_the_root_is_sent_and_nothing_more() -> None:
    wire = Replay.of("http/nginx")
    _look(wire)
    for talk in wire.talks:
        assert len(talk.sent) == 1
        assert talk.sent[0].startswith(b"GET / HTTP/1.1\r\n")


def test_a_redirect_is_told_and_not_followed() -> None:
    wire = Replay.tcp(
        80, b"HTTP/1.1 302 Found\r\nLocation: http://198.51.100.1/\r\nContent-Length: 0\r\n\r\n"
    )
    assert _look(wire) == [("http", "location", "http://198.51.100.1/")]
    assert len(wire.talks) == 1


def test_realm_and_the_names_of_cookies_are_told_but_not_what_they_hold() -> None:
    data = _answer(
        b"", b'WWW-Authenticate: Basic realm="AXIS_ACCC8E000015"', b"Set-Cookie: session=secret; Path=/"
    )
    assert _look(Replay.tcp(80, data)) == [
        ("http", "www-authenticate", 'Basic realm="AXIS_ACCC8E000015"'),
        ("http", "cookie", "session"),
    ]


def test_entities_in_a_title_are_what_they_stand_for() -> None:
    assert _look(Replay.tcp(80, _answer(b"<TITLE lang=sv>Sn&ouml; &amp; is</TITLE>"))) == [
        ("http", "title", "Snö & is")
    ]


def test_the_meta_elements_say_what_made_a_page() -> None:
    page = (
        b"<html><head><meta charset=utf-8><META Content='Barionet &amp; co' NAME=\"generator\"><meta name='robots' content='no'>"
        b"<title>Styrning</title><meta name=application-name><meta name='description' content=''></head><body>"
        b"<meta name='generator' content='nested'>"
    )
    assert _look(Replay.tcp(80, _answer(page)))[:2] == [
        ("http", "title", "Styrning"),
        ("http", "generator", "Barionet & co"),
    ]


def test_a_page_is_read_to_the_end_of_its_head_and_no_further() -> None:
    page = _answer(b"<head><title>A</title>" + b" " * 300 + b"</head>" + b"x" * 5000)
    wire = Replay.tcp(80, page)
    _look(wire)
    assert len(b"".join(wire.talks[0].data)) > 4000, "the rest was not fetched"


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff" * 50, b"HTTP/1.1", b"SSH-2.0-x\r\n", b"HTTP/9.9 abc\r\n\r\n"]
)
def test_what_is_no_http_gives_nothing(data: bytes) -> None:
    assert _look(Replay.tcp(80, data)) == []


@given(st.binary(max_size=2000))
def test_whatever_bytes_come_nothing_raises(data: bytes) -> None:
    assert isinstance(http.read(data), list)
    assert isinstance(http.read_certificate(data), list)


def test_a_certificate_that_breaks_the_rules_of_names_is_read_without_a_word() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x" * 200, _validate=False)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    # In the tests a warning is an error: one would escape here.
    found = http.read_certificate(made.public_bytes(serialization.Encoding.DER))
    assert [(e.key, e.value) for e in found] == [
        ("subject", "CN=" + "x" * 200),
        ("issuer", "CN=" + "x" * 200),
    ]


def test_a_certificate_of_a_version_that_there_is_not_gives_nothing() -> None:
    capture = tomllib.loads((CAPTURES / "http/nginx.toml").read_text(encoding="utf-8"))
    der = next(bytes.fromhex(one["certificate"]) for one in capture["tcp"] if "certificate" in one)
    assert http.read_certificate(der)
    version = bytes.fromhex("a003020102")  # [0] EXPLICIT INTEGER 2, which is version 3 (RFC 5280, 4.1)
    assert version in der
    assert http.read_certificate(der.replace(version, bytes.fromhex("a003020106"))) == []
