"""``import-people`` as an operator types it: shown first, exit codes as of ``import``, and nobody's name on the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from tests.conftest import people_the_register
from tracker import cli
from tracker.db import open_engine, reading
from tracker.errors import TrackerError
from tracker.migrations import upgrade
from tracker.tables import Person

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HEAD = "Id;Namn;Klass;Skola;Typ;Skyddad"
CONFIG = """
[[networks]]
name = "admin-lan"
cidr = "10.77.1.0/24"
site = "Stadshuset"
[database]
url = "sqlite:///register.db"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an installation in it, spoken to in Swedish."""
    monkeypatch.setenv("ENHETSKOLL_LANGUAGE", "sv")
    monkeypatch.setenv("ENHETSKOLL_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    engine = open_engine(f"sqlite:///{tmp_path / 'register.db'}")
    upgrade(engine)
    people_the_register(engine)
    engine.dispose()
    return tmp_path


def _run(place: Path, *words: str, rows: tuple[str, ...] = ()) -> Result:
    path = place / "people.csv"
    if rows:
        path.write_text("\n".join([HEAD, *rows]), encoding="cp1252")
    return CliRunner().invoke(cli.build(), ["import-people", str(path), *words])


def _active(place: Path) -> set[str]:
    engine = open_engine(f"sqlite:///{place / 'register.db'}")
    with reading(engine) as session:
        found = session.exec(select(Person.external_id).where(Person.is_active)).all()
    engine.dispose()
    return {code for code in found if code}


ROWS = ("u1;Bo Ek;7B;Ekbackaskolan;elev;", "p-elsa }dman;Elsa Gift;7A;Ekbackaskolan;elev;nej")


def test_a_dry_run_tells_everything_in_one_line_and_sentences_beside_it(place: Path) -> None:
    before = _active(place)
    done = _run(place, "--dry-run", "--json", rows=ROWS)
    assert done.exit_code == 1, "as without --dry-run: the class has to be asked for"
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["type"], told["id"], told["new"], told["changed"], told["leaves"]) == (
        "import-people",
        None,
        1,
        1,
        2,
    )
    assert told["classes"] == [{"school": "Ekbackaskolan", "name": "7B", "near": None}]
    assert "Ny klass: Ekbackaskolan 7B." in done.stderr
    assert "Avsluta dem som slutar med --end-leavers." in done.stderr
    assert _active(place) == before


def test_it_stores_what_was_chosen_and_takes_it_back(place: Path) -> None:
    before = _active(place)
    refused = _run(place, rows=ROWS)
    assert refused.exit_code == 1
    assert "En klass i filen finns inte." in refused.stderr
    assert _active(place) == before
    stored = _run(place, "--make-classes", "--end-leavers")
    assert stored.exit_code == 0, stored.output
    assert "enhetskoll import-undo 1" in stored.stdout
    assert _active(place) == {"u1", "p-elsa }dman", "p-kim kvarn"}
    undone = CliRunner().invoke(cli.build(), ["import-undo", "1"])
    assert undone.exit_code == 0
    assert "1 borttagna, 3 återställda" in undone.stdout
    assert _active(place) == before


def test_no_name_and_no_personal_identity_number_is_printed(place: Path) -> None:
    rows = (*ROWS, "u2;Siv Al;7A;Ekbackaskolan;elev;ja", "121212-1212;Ty Po;7A;Ekbackaskolan;elev;")
    for words in (("--dry-run",), ("--dry-run", "--json"), ()):
        done = _run(place, *words, rows=rows)
        assert done.exit_code == 1
        assert "Rad 5, kolumn Id: cellen ser ut att innehålla ett personnummer" in done.stderr
        said = done.stdout + done.stderr
        assert not any(word in said for word in ("1212", "Elsa", "Siv", "Skyddad Elev", "Bo Ek", "Ty Po"))


def test_kind_is_answered_on_the_line(place: Path) -> None:
    rows = tuple(row.replace(";elev;", ";;") for row in ROWS)
    asked = _run(place, "--make-classes", "--dry-run", rows=rows)
    assert asked.exit_code == 1
    assert "Svara med --kind pupil eller --kind staff." in asked.stderr
    assert _run(place, "--make-classes", "--kind", "pupil", rows=rows).exit_code == 0


def test_a_dry_run_ends_as_the_import_would_and_asks_for_no_flag_that_was_given(place: Path) -> None:
    rows = (*ROWS, "u2;Siv Al;7A;Ekbackaskolan;elev;ja")
    for words in ((), ("--make-classes",), ("--make-classes", "--end-leavers")):
        dry = _run(place, *words, "--dry-run", rows=rows)
        assert ("--make-classes" in dry.stderr) == ("--make-classes" not in words)
        assert ("--end-leavers" in dry.stderr) == ("--end-leavers" not in words)
        assert "Kryssa" not in dry.output
        assert "En av de nya är skyddad." in dry.stdout
        assert "Externt id = Id" in dry.stdout
        assert dry.exit_code == (0 if words else 1)
    assert _run(place, "--make-classes", "--end-leavers").exit_code == 0


def test_leavers_alone_are_asked_for_as_a_flag(place: Path) -> None:
    rows = ("p-elsa }dman;Elsa Ödman;7A;Ekbackaskolan;elev;",)
    for words in (("--dry-run",), ()):
        done = _run(place, *words, rows=rows)
        assert done.exit_code == 1
        assert "1 rad: " in done.stdout
        assert "med en flagga" in done.stderr
        assert "Kryssa" not in done.output


def test_a_school_that_is_missing_is_told_with_where_to_add_it(place: Path) -> None:
    done = _run(place, rows=("u1;Bo Ek;7A;Rymdgymnasiet;elev;",))
    assert "lägg först upp verksamheten under Organisation och platser" in done.stderr


def test_a_file_that_is_not_there_is_one_sentence(place: Path) -> None:
    done = _run(place)
    assert isinstance(done.exception, TrackerError)
    assert done.exception.code == "cli.no_file"
