"""config.toml: each mistake is one sentence that names the key and the line; all of them at once; never a traceback."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tracker.config import Config, load, parse
from tracker.errors import Complaint, ConfigError
from tracker.texts import text
from tracker.words import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
NETWORK = '[[networks]]\nname = "a"\ncidr = "10.0.0.0/24"\n'
HARVEST = '[[harvest]]\nkind = "kea"\npath = "x"\n'
USER = '[[snmp.users]]\nuser = "ek"\n'


def _said(source: str, path: Path = Path("config.toml")) -> list[tuple[int | None, str]]:
    with pytest.raises(ConfigError) as caught:
        parse(source, path)
    return [(c.line, text(c.code, Language.SV, **dict(c.data))) for c in caught.value.complaints]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ('[[networks]]\nname = "a"\ncidr = "8.8.8.0/24"', 3, "8.8.8.0/24 är publika adresser"),
        ('[[networks]]\nname = "a"\ncidr = "0.0.0.0/0"', 3, "hela internet"),
        ('[[networks]]\nname = "a"\ncidr = "::/0"', 3, "hela internet"),
        ('[[networks]]\nname = "a"\ncidr = "10.0.0.0/8"', 3, "för stort"),
        ('[[networks]]\nname = "a"\ncidr = "10.0.0.0/40"', 3, "10.0.0.0/40 är inget nät"),
        ('[[networks]]\nname = "a"\ncidr = "10.0.0.7/24"', 3, "Menades 10.0.0.0/24?"),
        ('[[networks]]\nname = "a"\ncidr = "skolan"', 3, "skolan är inget nät"),
        ('[[networks]]\nname = "a"', 1, "networks[0].cidr saknas"),
        ('[[networks]]\ncidr = "10.0.0.0/24"', 1, "networks[0].name saknas"),
        (NETWORK + 'purpos = "office"', 4, "Menades purpose?"),
        (NETWORK + 'purpose = "kitchen"', 4, "networks[0].purpose kan inte vara kitchen"),
        (NETWORK + 'profile = "hard"', 4, "networks[0].profile kan inte vara hard"),
        (NETWORK + "rate = 0", 4, "networks[0].rate kan inte vara 0"),
        (NETWORK + "ports = { snmp = 9100 }", 4, "aldrig 515 eller 9100"),
        (NETWORK + "ports = { snmp = 70000 }", 4, "snmp kan inte vara port 70000"),
        (NETWORK + NETWORK.replace("10.0.0", "10.0.1"), 5, "två nät heter a"),
        (NETWORK + NETWORK.replace('"a"', '"b"').replace("/24", "/25"), 6, "överlappar a 10.0.0.0/24"),
        (NETWORK.replace("[[networks]]", "[networks]"), 1, "networks är en lista och skrivs [[networks]]"),
        ('[scope]\nnever = ["10.0.0"]', 2, "scope.never[0]: 10.0.0 är inget nät"),
        ('[schedule]\nnightly = "3.15"', 2, "schedule.nightly kan inte vara 3.15"),
        ('[schedule]\ntimezone = "Europe/Ekbacka"', 2, "schedule.timezone kan inte vara Europe/Ekbacka"),
        ("[web]\nport = 99999", 2, "web.port kan inte vara 99999"),
        ('[web]\ncertificate = "c.pem"', 1, "certificate och key hör ihop"),
        ('[database]\nurl = "mysql://x"', 2, "database.url kan inte vara mysql://…"),
        ('[harvest]\nkind = "dnsmasq"', 1, "harvest är en lista och skrivs [[harvest]]"),
        ('[[harvest]]\nkind = "dhcpd"\npath = "x"', 2, "harvest[0].kind kan inte vara dhcpd"),
        (HARVEST + 'timezone = "Europe/Oslo"', 1, "timezone hör inte till kea"),
        (HARVEST.replace("kea", "windows-dhcp") + 'timezone = "Ekbacka"', 1, "tidszonen Ekbacka finns inte"),
        ('[dns]\nservers = ["8.8.8.8"]', 2, "8.8.8.8 är en publik adress"),
        ('[dns]\nservers = ["ns1"]', 2, "dns.servers[0] kan inte vara ns1"),
        (USER + 'auth_protocol = "SHA-256"', 2, "auth_protocol kräver att auth_key"),
        (USER + 'priv_key = "hemligt-nog"', 2, "priv_key kräver att priv_protocol"),
        (USER + 'auth_protocol = "SHA"\nauth_key = "kort"', 2, "auth_key är kortare än 8 tecken"),
        (USER + 'priv_protocol = "AES-128"\npriv_key = "hemligt-nog"', 2, "kryptering kräver auth_protocol"),
        ('[limits]\nrate = "fast"', 2, "limits.rate kan inte vara fast"),
        ("nett = 1", 1, "nett finns inte"),
        ('path = "x"', 1, "path finns inte"),
        ("[web\n", 1, "går inte att läsa som TOML"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_line(source: str, line: int, said: str) -> None:
    ((at, sentence),) = _said(source)
    assert said in sentence
    assert at == line


def test_all_mistakes_are_told_at_once() -> None:
    said = _said('[[networks]]\nname = "a"\ncidr = "10.0.0.0/40"\nrate = "x"\n[web]\nport = 0\nfoo = 1')
    assert len(said) == 4


def test_a_secret_that_is_wrong_is_not_repeated() -> None:
    for source in ('[snmp]\ncommunities = "hemlis7"', USER + 'auth_protocol = "SHA"\nauth_key = "hemlis7"'):
        ((_, sentence),) = _said(source)
        assert "hemlis7" not in sentence


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbf[web]\nport = 1", "BOM"),
        (b"[web]\nhost = '\xe5'", "UTF-8"),
        (b"\x00", "UTF-8"),
        (b"#" * 1_000_001, "megabyte"),
    ],
)
def test_a_file_that_is_no_toml_text_says_so(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(path)
    (complaint,) = caught.value.complaints
    assert said in text(complaint.code, Language.SV, **dict(complaint.data))


def test_a_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml")
    (complaint,) = caught.value.complaints
    assert "enhetskoll init" in text(complaint.code, Language.SV, **dict(complaint.data))


def test_a_secret_comes_from_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    path, secret = tmp_path / "config.toml", tmp_path / "url"
    path.write_text('[database]\nurl_file = "url"\n')
    secret.write_text("postgresql://enhetskoll:hemligt@db/register\n")
    secret.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [c.code for c in caught.value.complaints] == ["config.open_secret_file"]
    secret.chmod(0o640)
    assert load(path).database_url == "postgresql://enhetskoll:hemligt@db/register"
    secret.unlink()
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [c.code for c in caught.value.complaints] == ["config.no_secret_file"]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[[harvest]]\nkind = "dnsmasq"\npath = "leases"\n')
    config = load(path)
    assert config.database_url == f"sqlite:///{tmp_path}/enhetskoll.db"
    assert config.harvest[0].path == tmp_path / "leases"
    assert config.beside(Path("tls/cert.pem")) == tmp_path / "tls/cert.pem"


@pytest.mark.parametrize(
    ("web", "exposed"),
    [
        ('host = "127.0.0.1"', False),
        ('host = "::1"', False),
        ('host = "localhost"', False),
        ('host = "0.0.0.0"', True),
        ('host = "10.1.2.3"', True),
        ('host = "enhetskoll.kommunen.example"', True),
        ('host = "0.0.0.0"\nbehind_proxy = true', False),
        ('host = "0.0.0.0"\ncertificate = "c"\nkey = "k"', False),
    ],
)
def test_passwords_never_cross_a_network_in_clear_text(web: str, *, exposed: bool) -> None:
    assert parse(f"[web]\n{web}", Path("config.toml")).web.is_exposed is exposed


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name == "path" and model is Config:
            continue
        inner = [a for a in getattr(field.annotation, "__args__", (field.annotation,)) if isinstance(a, type)]
        models = [a for a in inner if issubclass(a, BaseModel)]
        yield f"{prefix}{name}"
        for one in models:
            yield from _keys(one, f"{prefix}{name}.")


def test_the_example_explains_every_key() -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    written, section = set(), ""
    for line in source.splitlines():
        if table := re.match(r"^(?:# )?\[\[?([a-z_.]+)\]\]?", line):
            section = table.group(1)
            written.add(section)
        elif key := re.match(r"^(?:# )?([a-z_]+?)(?:_file)? = .+", line):
            written.add(f"{section}.{key.group(1)}")
    assert set(_keys(Config)) - written - {"networks.cidrs"} == set()


def test_the_example_can_be_used_as_it_stands_and_with_every_key_awake(tmp_path: Path) -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    assert len(load(EXAMPLE).networks) == 3
    (tmp_path / "secrets").mkdir()
    for name in ("snmp-auth", "snmp-priv", "metrics"):
        (tmp_path / "secrets" / name).write_text("en tillräckligt lång hemlighet")
        (tmp_path / "secrets" / name).chmod(0o600)
    awake = re.sub(r"(?m)^# (\[+[a-z]|[a-z_]+ = )", r"\1", source)
    config = parse(awake, tmp_path / "config.toml")
    assert config.snmp.users[0].auth_key == "en tillräckligt lång hemlighet"
    assert config.harvest[0].kind == "windows-dhcp"
    assert (config.backup.at, config.backup.keep) == (Config().backup.at, Config().backup.keep)


def test_the_defaults_are_what_the_example_says() -> None:
    document = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    defaults = Config()
    for section in ("limits", "database", "schedule", "nmap"):
        assert document[section] == getattr(defaults, section).model_dump()
    assert document["dns"] == {"servers": list(defaults.dns.servers), "port": defaults.dns.port}
    web = {key: document["web"][key] for key in ("host", "port", "behind_proxy")}
    assert web == {key: getattr(defaults.web, key) for key in web}


def _complaints(source: str) -> list[Complaint]:
    try:
        parse(source, EXAMPLE)
    except ConfigError as error:
        return error.complaints
    return []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_gives_sentences_in_both_languages_and_nothing_else(data: st.DataObject) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["cut", "double", "swap", "write"]))
    line = lines[at]
    if how == "cut":
        lines[at] = line[: data.draw(st.integers(0, len(line)))]
    elif how == "double":
        lines.insert(at, line)
    elif how == "swap":
        lines[at] = line[::-1]
    else:
        value = data.draw(st.sampled_from(["1", "true", "[]", "{}", "[[1]]", "1979-05-27", "''"]))
        lines[at] = line.partition("=")[0] + "= " + value
    complaints = _complaints("\n".join(lines))
    for complaint in complaints:
        for language in Language:
            assert text(complaint.code, language, **dict(complaint.data))


@pytest.mark.parametrize("value", ["true", "1", "[]", "1979-05-27"])
def test_what_is_not_written_as_a_network_is_none(value: str) -> None:
    complaints = _complaints(f'[[networks]]\nname = "kontor"\ncidr = {value}\n[scope]\nnever = [{value}]\n')
    assert {c.code for c in complaints} == {"config.bad_network"}
    assert len(complaints) == 2
