"""The commands as an operator types them, in processes of their own, on loopback."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from tests.conftest import NOW
from tests.tracker.cli.conftest import CAMERA, Place, installed
from tracker import cli
from tracker.cli.scans import _lost
from tracker.clock import utc_now
from tracker.db import open_engine, writing
from tracker.tables import NetworkNarrowing, ScanMethod

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.wire, pytest.mark.xdist_group("cli")]


def test_init_keeps_its_files_to_itself_and_overwrites_nothing(place: Place) -> None:
    assert place.config.stat().st_mode & 0o007 == 0
    registers = list(place.config.parent.glob("*.db"))
    assert registers
    assert [register for register in registers if register.stat().st_mode & 0o007] == []
    before = place.config.read_bytes()
    done = place.run("init")
    assert done.returncode == 1
    assert "finns redan" in done.stderr
    assert place.config.read_bytes() == before


def test_init_prints_a_password_that_it_made(tmp_path: Path) -> None:
    said = Place(tmp_path).good("init")
    assert re.search(r"Lösenord: \S{12,}", said)


def test_the_plan_says_what_would_be_sent(place: Place) -> None:
    said = place.good("scan", "--plan")
    assert "Inget är skickat" in said
    assert "skolan: tcp till högst 14 adresser" in said
    assert "Aldrig till port 515 och 9100" in said


def test_ends_of_support_come_by_file(tmp_path: Path, camera: int) -> None:
    place = installed(tmp_path, camera)
    file = tmp_path / "support.csv"
    file.write_text("vendor,model,support_ends,basis\nAxis,P3245,2026-06-30,axis.com\n")
    assert "1 är nya" in place.good("import-models", str(file), "--dry-run")
    assert "1 är nya" in place.good("import-models", str(file))
    assert "Inget att ändra." in place.good("import-models", str(file))
    file.write_text("vendor,model,support_ends,basis\nAxis,P3245,i sommar,axis.com\n")
    done = place.run("import-models", str(file))
    assert (done.returncode, "Rad 2: ”i sommar” är inget datum." in done.stderr) == (1, True)


def test_what_the_pages_narrowed_holds_on_the_command_line(tmp_path: Path, camera: int) -> None:
    place = installed(tmp_path, camera)
    engine = open_engine(f"sqlite:///{tmp_path / 'enhetskoll.db'}")
    with writing(engine) as session:
        session.add(NetworkNarrowing(network_id=1, never=CAMERA, changed_at=utc_now()))
    assert "till högst 13 adresser" in place.good("scan", "--plan")
    (scan,) = place.lines("scan", "--json")
    assert (scan["state"], scan["devices"]) == ("done", 0)
    with writing(engine) as session:
        session.exec(select(NetworkNarrowing)).one().paused_until = utc_now().date() + timedelta(days=2)
    engine.dispose()
    said = place.good("scan", "--plan")
    assert "Begränsat under Administration, Nät: skolan." in said
    assert "Inget skulle skickas." in said
    assert place.good("scan", "--json") == ""
    done = place.run("scan", "skolan")
    assert (done.returncode, "pausat till och med" in done.stderr) == (1, True)


def test_a_night_from_scan_to_settled(tmp_path: Path, camera: int) -> None:
    place = installed(tmp_path, camera)
    (scan,) = place.lines("scan", "--json")
    assert (scan["state"], scan["devices"], scan["opened"]) == ("done", 1, 1)
    (finding,) = place.lines("findings", "--json")
    assert (finding["kind"], finding["rule"], finding["network"]) == ("unregistered_iot", "REG-01", "skolan")
    assert finding["facts"]["vendor"] == "Axis"
    assert "kamera" in place.good("findings")
    (again,) = place.lines("scan", "--json")
    assert (again["opened"], again["closed"]) == (0, 0)
    assert [f["id"] for f in place.lines("findings", "--json")] == [finding["id"]]


def test_an_import_is_shown_first_stored_whole_and_taken_back(place: Place) -> None:
    file = place.folder / "assets.csv"
    file.write_text("tag;unit;mac\nEK-1;Kommunen;\nEK-2;Månskolan;x\n", encoding="cp1252")
    done = place.run("import", "assets.csv")
    assert done.returncode == 1
    assert "Rad 3, kolumn mac: x är ingen MAC-adress." in done.stderr
    file.write_text("tag;unit;serial\nEK-1;Kommunen;PF3ABC1\nEK-2;Månskolan;\n", encoding="cp1252")
    asked = place.run("import", "assets.csv")
    assert asked.returncode == 1
    assert "Okänd verksamhet: Månskolan (1 rad)." in asked.stderr
    assert "--map 'unit:OKÄND=KÄND'" in asked.stderr
    dry = place.run("import", "assets.csv", "--dry-run")
    assert dry.returncode == 1, "as without --dry-run"
    assert "Provkörning" in dry.stdout
    wrong = place.run("import", "assets.csv", "--map", "unit:Månskolan=Solskolan")
    assert wrong.returncode == 1
    assert "Solskolan finns inte i registret som verksamhet" in wrong.stderr
    said = place.good("import", "assets.csv", "--map", "Månskolan=Kommunen")
    assert "Filen är känd som vår egen lista." in said
    assert "2 rader: 2 nya" in said
    number = re.search(r"import-undo (\d+)", said)
    assert number
    assert "Inget att läsa in" in place.good("import", "assets.csv", "--map", "unit:månskolan=Kommunen")
    assert "2 borttagna" in place.good("import-undo", number[1])
    again = place.run("import-undo", number[1])
    assert (again.returncode, again.stderr.strip()) == (1, "Importen är redan tillbakatagen.")
    (told,) = place.lines("import", "assets.csv", "--create", "units", "--json")
    assert (told["new"], told["questions"], told["format"]) == (2, [], "own")
    assert "Registret håller" in place.good("verify")


def test_what_is_unknown_is_told_with_the_words_that_are_known(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.good("init", "--admin", "anna")
    file = tmp_path / "assets.csv"
    file.write_text("tag;status\nEK-1;på vift\n", encoding="utf-8")
    asked = place.run("import", "assets.csv")
    assert asked.returncode == 1
    assert "1 rad: " in asked.stdout
    assert "Kända ord för status: " in asked.stderr
    assert "utlämnad, " in asked.stderr
    assert "--create" not in asked.stderr
    assert "(tom)" not in asked.stderr
    assert "Filen har ingen kolumn för verksamhet, och en rad är därför utan." in asked.stderr
    wrong = place.run("import", "assets.csv", "--map", "status:på vift=borta", "--dry-run")
    assert wrong.returncode == 1
    assert "borta är inget känt ord för status. Kända är: " in wrong.stderr
    place.good("import", "assets.csv", "--map", "status:på vift=utlämnad", "--map", "unit:=Kommunen")


def test_a_register_is_copied_checked_and_put_back(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.good("init", "--admin", "anna")
    assert "gjord och kontrollerad" in place.good("backup", "copy.db")
    again = place.run("backup", "copy.db")
    assert again.returncode == 1
    assert "copy.db finns redan. Inget har skrivits över." in again.stderr
    assert "håller: copy.db" in place.good("verify", "copy.db")
    (tmp_path / "assets.csv").write_text("tag;unit\nEK-1;Kommunen\n")
    place.good("import", "assets.csv")
    verified = place.good("verify", "copy.db")
    assert "1 tillgångar" in verified
    assert "Återläst" not in verified
    unasked = place.run("restore", "copy.db")
    assert unasked.returncode == 1
    assert "Inget har ändrats." in unasked.stderr
    said = place.good("restore", "copy.db", "--yes")
    assert "som det var när kopian gjordes" in said
    assert "0 tillgångar, 1 poster i loggen. Det som gjordes efter kopian" in said
    verified = place.good("verify")
    assert "0 tillgångar" in verified
    assert re.search(r"Återläst \d{4}-\d\d-\d\d \d\d:\d\d från copy.db: siffrorna räknar från", verified)
    kept = said.rpartition(": ")[2].strip()
    place.good("restore", kept, "--yes")
    assert "1 tillgångar" in place.good("verify")


def _sighting(number: int, mac: str, serial: str) -> str:
    fields = {
        "v": 1, "type": "sighting", "id": f"s{number}", "seen_at": NOW.isoformat(), "source": "arp",
        "network": "skolan", "addresses": [{"ip": f"127.77.9.{number}", "mac": mac}], "serials": [serial],
    }  # fmt: skip
    return json.dumps(fields)


def test_resolve_says_which_sightings_are_one_device(place: Place) -> None:
    seen = [
        _sighting(1, "9c:b6:d0:00:00:01", "PF3ABC1"),
        _sighting(2, "9c:b6:d0:00:00:01", "PF3ABC1"),
        "nonsense",
        _sighting(3, "9c:b6:d0:00:00:02", "PF3XYZ9"),
    ]
    (place.folder / "night.jsonl").write_text("\n".join(seen))
    assets = {"asset": "EK-1", "serial": "PF3ABC1", "macs": [], "dock_macs": [], "status": "in_use"}
    (place.folder / "assets.jsonl").write_text(json.dumps(assets))
    first, second, third = place.lines("resolve", "night.jsonl", "--assets", "assets.jsonl")
    assert first["device"] == second["device"] != third["device"]
    assert (first["asset"], third["asset"]) == ("EK-1", None)
    assert {"sighting", "device", "asset", "answer", "candidates", "flags", "because"} <= set(first)
    (place.folder / "assets.jsonl").write_text("{}")
    done = place.run("resolve", "night.jsonl", "--assets", "assets.jsonl")
    assert done.returncode == 1
    assert "rad 1" in done.stderr


def test_a_captured_survey_is_replayed(place: Place) -> None:
    (place.folder / "replay.jsonl").write_text(_sighting(7, "ac:cc:8e:00:00:07", "ACCC8E000007"))
    (said,) = place.lines("reconcile", "replay.jsonl", "--json")
    assert (said["type"], said["devices"]) == ("reconciled", 1)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["scan", "månen"], 1, "Inget nät heter månen"),
        (["import", "none.csv"], 1, "none.csv finns inte"),
        (["reconcile", "none.jsonl"], 1, "none.jsonl finns inte"),
        (["findings", "--config", "/nowhere/config.toml"], 2, "enhetskoll init"),
        (["fly"], 2, "fly"),
    ],
)
def test_bad_usage_is_one_sentence(place: Place, words: list[str], code: int, said: str) -> None:
    done = place.run(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_has_help_with_an_example() -> None:
    names = {"init", "run", "serve", "schedule", "scan", "reconcile", "resolve", "findings", "import", "demo"}
    assert set(cli.COMMANDS) >= names | {"backup", "restore", "verify", "upgrade"}
    for name in cli.COMMANDS:
        assert f"Example: enhetskoll {name}" in (cli.loaded(name).help or ""), name


def test_what_was_not_looked_for_is_said_with_the_scan(capsys: pytest.CaptureFixture[str]) -> None:
    done = ScanMethod(scan_id=1, name="icmp", state="done")
    _lost([ScanMethod(scan_id=1, name="arp", state="skipped", reason="not-permitted"), done])
    said = capsys.readouterr().out
    assert "ARP" in said
    assert len(said.splitlines()) == 1


def test_a_network_that_is_left_alone_does_not_stop_the_others(place: Place, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    never = '[[networks]]\nname = "styr"\ncidr = "127.77.10.0/28"\nprofile = "never"\n'
    config.write_text(
        place.config.read_text().replace("enhetskoll.db", f"{place.folder}/enhetskoll.db") + never
    )
    done = place.run("scan", "--json", "--config", str(config))
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["network"] for line in done.stdout.splitlines()] == ["skolan"]
