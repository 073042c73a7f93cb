"""Importing people on the pages: compared, ticked, stored, taken back; nothing personal is kept, shown or written past its reader."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, func, select

from tests.conftest import NOW
from tracker.imports import drafts
from tracker.imports.people.columns import recognise
from tracker.swedish import search_key, sort_key
from tracker.tables import (
    Asset,
    Grant,
    ImportLine,
    ImportPart,
    ImportRun,
    JournalEntry,
    Person,
    Role,
    Unit,
    User,
)
from tracker.words import AssetStatus, ImportState, Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tests.conftest import SteppedClock

PAGES = "/administration/people/import"
HEAD = "Externt id;Namn;Klass;Skola;Typ;Skyddad"
ELSA = "p-elsa }dman;Elsa Ödman;7A;Ekbackaskolan;elev;"
AKE = "p-{ke zetterlund;Åke Zetterlund;7A;Ekbackaskolan;elev;"
SHY = "p-skyddad elev;Skyddad Elev;7A;Ekbackaskolan;elev;ja"
NEW = "u1;Bo Ek;7B;Ekbackaskolan;elev;"


def _send(
    who: Any, *rows: str, head: str = HEAD, name: str = "elever.csv", request_id: str = "r-1"
) -> TestResponse:
    text = "\r\n".join([head, *rows]).encode("cp1252")
    data = {"file": (io.BytesIO(text), name), "request_id": request_id}
    return who.post(PAGES, data, content_type="multipart/form-data")


def _uploaded(who: Any, *rows: str, **more: Any) -> str:
    answer = _send(who, *rows, **more)
    assert answer.status_code == 303, answer.text
    return answer.location


def _version(who: Any, page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', who.get(page).text)
    assert found
    return found[1]


def _store(who: Any, page: str, request_id: str = "s-1", **ticked: str) -> TestResponse:
    return who.post(f"{page}/store", {"version": _version(who, page), "request_id": request_id, **ticked})


def _count(engine: Engine, table: type) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def _person(engine: Engine, code: str) -> Person:
    with Session(engine) as session:
        return session.exec(select(Person).where(col(Person.external_id) == code)).one()


def _editor(engine: Engine, login: str, unit: str, *more: Permission) -> None:
    """Give somebody the right to edit the people of one unit."""
    with Session(engine) as session:
        held = sorted({Permission.PERSON_EDIT, Permission.PERSON_VIEW, *more})
        role = Role(name=f"redigerar {login}", permissions=[one.value for one in held])
        session.add(role)
        session.flush()
        user_id = session.exec(select(User.id).where(User.login == login)).one()
        unit_id = session.exec(select(Unit.id).where(Unit.name == unit)).one()
        session.add(Grant(user_id=user_id, role_id=role.id, unit_id=unit_id))
        session.commit()


def test_a_new_protected_pupil_is_counted_and_where_units_are_added_is_told(
    browser: Callable, engine: Engine
) -> None:
    anna = browser("anna")
    empty = anna.get("/administration/people/import").text
    assert "Skolor och andra verksamheter ska finnas först" in empty
    assert 'href="/administration/units">Lägg upp verksamheter</a>' in empty
    shown = anna.get(_uploaded(anna, "u8;Siv Al;7A;Ekbackaskolan;elev;ja")).text
    assert "<dt>Nya som är skyddade</dt><dd>1</dd>" in shown


def test_a_file_is_compared_ticked_stored_and_taken_back(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    before = _count(engine, Person)
    page = _uploaded(anna, ELSA, AKE, NEW)
    shown = anna.get(page).text
    assert "Filen är känd som en lista över personer." in shown
    assert "Lägg upp en klass som inte finns" in shown
    assert "Ekbackaskolan 7B" in shown
    assert "Avsluta en person som inte finns i filen" in shown
    assert _count(engine, Person) == before, "nothing is stored before it is confirmed"
    stopped = _store(anna, page, end_leavers="yes")
    assert stopped.status_code == 422
    assert 'href="#make_classes"' in stopped.text
    assert 'name="end_leavers" type="checkbox" value="yes" checked' in stopped.text, "nothing ticked is lost"
    assert _count(engine, Person) == before
    assert _store(anna, page, "s-2", end_leavers="yes", make_classes="yes").status_code == 303
    assert (_count(engine, Person), _count(engine, ImportPart)) == (before + 1, 0)
    gone = _person(engine, "p-skyddad elev")
    assert (gone.is_active, gone.left_on) == (False, NOW.date())
    done = anna.get(page).text
    assert "Vad inläsningen gjorde" in done
    assert 'href="/administration/people?state=left_holding"' in done
    assert "elever.csv" in anna.get(PAGES).text
    assert "elever.csv" not in anna.get("/imports").text
    assert anna.post(f"{page}/undo", {"request_id": "u-1"}).status_code == 303
    assert _count(engine, Person) == before
    assert _person(engine, "p-skyddad elev").is_active
    assert "1 borttagna, 1 återställda" in anna.get(page).text


def test_leavers_stay_when_nothing_is_ticked(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, ELSA, AKE)
    nothing = _store(anna, page)
    assert nothing.status_code == 409
    assert "Kryssa för det som ska göras" in nothing.text
    assert _person(engine, "p-skyddad elev").is_active


def test_many_leavers_are_ended_only_when_they_are_counted(browser: Callable, engine: Engine) -> None:
    with Session(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "7A")).one()
        for n in range(9):
            name = f"Elev {chr(97 + n)}"
            keys = {"sort_key": sort_key(name), "search_key": search_key(name)}
            session.add(Person(external_id=f"e{n}", name=name, unit_id=unit_id or 0, is_pupil=True, **keys))
        session.commit()
    anna = browser("anna")
    page = _uploaded(anna, ELSA, AKE, SHY)
    assert "Ekbackaskolan: 9 av 12 elever finns inte i filen." in anna.get(page).text
    for n, typed in enumerate(("", "8", "nio")):
        stopped = _store(anna, page, f"s-{n}", end_leavers="yes", leavers=typed)
        assert stopped.status_code == 422
        assert "Skriv antalet, 9, för att göra det." in stopped.text
    assert _person(engine, "e0").is_active
    assert _store(anna, page, "s-9", end_leavers="yes", leavers="9").status_code == 303
    assert not _person(engine, "e0").is_active


def test_leavers_with_devices_are_shown_with_what_they_have(browser: Callable, engine: Engine) -> None:
    elsa = _person(engine, "p-elsa }dman")
    with Session(engine) as session:
        held = {"tag": "EK-17", "sort_key": "ek-17", "search_key": "ek-17", "status": AssetStatus.HANDED_OUT}
        more = {"holder_id": elsa.id, "created_at": NOW, "changed_at": NOW}
        session.add(Asset(**held, **more, unit_id=elsa.unit_id))
        session.commit()
    anna = browser("anna")
    shown = anna.get(_uploaded(anna, AKE, SHY)).text
    assert "En enhet finns kvar hos dem som slutar." in shown
    assert re.search(r'Har kvar <a href="/assets/\d+">EK-17</a>', shown)


def test_a_file_with_a_personal_identity_number_is_kept_nowhere_and_repeated_nowhere(
    browser: Callable, engine: Engine, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    anna = browser("anna")
    answers = [
        _send(anna, ELSA, "121212-1212;Bo Ek;7A;Ekbackaskolan;elev;"),
        _send(anna, ELSA, "u1;Bo Ek 191212121212;7A;Ekbackaskolan;elev;", request_id="r-2"),
        _send(anna, f"{ELSA};121212-1212", head=f"{HEAD};Övrigt", request_id="r-3"),
        _send(anna, f"{ELSA};121212-1212", head=f"{HEAD};Personnummer", request_id="r-4"),
        _send(anna, ELSA, head="121212-1212;Namn", request_id="r-5"),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert "1212" not in answer.text
        assert "personnummer" in answer.text
    assert "Rad 3, kolumn Externt id: cellen ser ut att innehålla ett personnummer" in answers[0].text
    assert (_count(engine, ImportRun), _count(engine, ImportPart), _count(engine, ImportLine)) == (0, 0, 0)
    engine.dispose()
    assert not any(b"121212" in path.read_bytes() for path in tmp_path.glob("register.db*"))
    assert "1212" not in caplog.text


def test_a_files_name_with_a_personal_identity_number_is_not_kept(browser: Callable, engine: Engine) -> None:
    page = _uploaded(browser("anna"), ELSA, name="19121212-1212.csv")
    with Session(engine) as session:
        assert session.exec(select(ImportRun.file)).one() == "?"
    assert "1212" not in browser("anna").get(page).text


def test_errors_stand_on_one_page_and_nothing_can_be_stored(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(
        anna, ";Bo Ek;7A;Ekbackaskolan;elev;", "u2;Bo Al;7A;Ekbaka skolan;elev;", "u3;Bo Ek;7A;Mars;x;"
    )
    shown = anna.get(page).text
    assert "Rad 2, kolumn Externt id: id saknas." in shown
    assert "Rad 3, kolumn Skola: Ekbaka skolan finns inte i registret; menas Ekbackaskolan" in shown
    assert "Rad 4, kolumn Typ: x är inte känt; skriv elev eller personal." in shown
    assert "3 rader har fel" in shown
    assert f'action="{page}/store"' not in shown
    assert _store(anna, page).status_code == 409
    with Session(engine) as session:  # the register is put right, and the same file is compared again
        unit = session.exec(select(Unit).where(Unit.name == "Kvarnskolan")).one()
        unit.name = "Mars"
        session.add(unit)
        session.commit()
    assert anna.post(f"{page}/kind", {"version": _version(anna, page)}).status_code == 303
    assert "Mars finns inte" not in anna.get(page).text


def test_a_protected_person_is_masked_for_who_may_not_see_the_name(browser: Callable, engine: Engine) -> None:
    rows = (
        ELSA,
        "p-skyddad elev;Hemligt Namn;;Kvarnskolan;elev;ja",
        "u1;Nya Skyddade;7A;Ekbackaskolan;elev;ja",
    )
    anna = browser("anna")
    for_anna = anna.get(_uploaded(anna, *rows)).text
    assert "Skyddad person" in for_anna
    assert not any(name in for_anna for name in ("Hemligt", "Skyddad Elev", "Nya Skyddade"))
    assert "Åke Zetterlund" in for_anna, "who leaves and is not protected"
    moved = for_anna[for_anna.index('id="moved"') :]
    assert "Kvarnskolan" not in moved[: moved.index("</details>")], "nor is the school told"
    _editor(engine, "cecilia", "Ekbacka kommun", Permission.PERSON_VIEW_PROTECTED)
    cecilia = browser("cecilia")
    for_cecilia = cecilia.get(_uploaded(cecilia, *rows, request_id="c-1")).text
    assert all(name in for_cecilia for name in ("Hemligt Namn", "Nya Skyddade"))


def test_protection_is_taken_away_by_a_tick_of_its_own(browser: Callable, engine: Engine) -> None:
    rows = (
        ELSA,
        AKE,
        "p-skyddad elev;Skyddad Elev;7A;Ekbackaskolan;elev;nej",
        "u1;Bo Ek;7A;Ekbackaskolan;elev;",
    )
    anna = browser("anna")
    shown = anna.get(_uploaded(anna, *rows)).text
    assert "clear_protection" not in shown
    assert "skyddet står kvar" in shown
    _editor(engine, "cecilia", "Ekbacka kommun", Permission.PERSON_VIEW_PROTECTED)
    cecilia = browser("cecilia")
    page = _uploaded(cecilia, *rows, request_id="c-1")
    assert "Ta bort skyddet för en person" in cecilia.get(page).text
    assert _store(cecilia, page).status_code == 303
    assert _person(engine, "p-skyddad elev").is_protected
    again = _uploaded(cecilia, *rows, request_id="c-2")
    assert _store(cecilia, again, "s-2", clear_protection="yes").status_code == 303
    assert not _person(engine, "p-skyddad elev").is_protected


def test_whoever_edits_one_school_reads_in_for_that_only_and_sees_no_other_import(
    browser: Callable, engine: Engine
) -> None:
    _editor(engine, "bjorn", "Ekbackaskolan")
    anna, bjorn = browser("anna"), browser("bjorn")
    shown = bjorn.get(_uploaded(bjorn, ELSA, "u1;Bo Ek;;Kvarnskolan;elev;")).text
    assert "Kvarnskolan ligger utanför de verksamheter som du får läsa in personer för" in shown
    page = _uploaded(anna, "p-kim kvarn;Kim Kvarnberg;;Kvarnskolan;elev;", request_id="a-1")
    assert bjorn.get(page).status_code == 404, "another one's draft"
    assert _store(anna, page).status_code == 303
    assert bjorn.get(page).status_code == 404, "another school's"
    assert bjorn.post(f"{page}/undo", {"request_id": "u-1"}).status_code == 404
    assert "Kvarnberg" not in bjorn.get(PAGES).text


def test_a_register_that_has_changed_is_compared_again(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, ELSA, AKE, SHY, "u1;Bo Ek;7A;Ekbackaskolan;elev;")
    with Session(engine) as session:
        elsa = session.exec(select(Person).where(col(Person.external_id) == "p-elsa }dman")).one()
        elsa.name = "Elsa Gift"
        session.add(elsa)
        session.commit()
    late = _store(anna, page)
    assert late.status_code == 409
    assert "Registret har ändrats sedan jämförelsen" in late.text
    assert "Elsa Gift → Elsa Ödman" in late.text
    assert _person(engine, "p-elsa }dman").name == "Elsa Gift"
    assert _store(anna, page, "s-2").status_code == 303


def test_a_repeated_send_does_nothing_twice(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, ELSA, AKE, SHY, "u1;Bo Ek;7A;Ekbackaskolan;elev;")
    assert _uploaded(anna, ELSA, AKE, SHY, "u1;Bo Ek;7A;Ekbackaskolan;elev;") == page
    version = _version(anna, page)
    for _ in range(2):
        assert anna.post(f"{page}/store", {"version": version, "request_id": "s-1"}).status_code == 303
    with Session(engine) as session:
        stored = session.exec(select(func.count()).where(JournalEntry.what == "people:import:store")).one()
    assert (stored, _count(engine, ImportRun)) == (1, 1)


def test_what_the_file_does_not_say_is_answered_on_the_page(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, "u1;Bo Ek;7A;Ekbackaskolan", head="Id;Namn;Klass;Skola")
    assert "En ny person är varken elev eller personal enligt filen" in anna.get(page).text
    assert _store(anna, page).status_code == 409
    assert anna.post(f"{page}/kind", {"version": _version(anna, page), "kind": "pupil"}).status_code == 303
    assert "Avsluta 3 personer" in anna.get(page).text
    assert _store(anna, page, "s-2").status_code == 303
    assert _person(engine, "u1").is_pupil


def test_long_lists_are_cut_and_say_how_many_more(browser: Callable) -> None:
    anna = browser("anna")
    shown = anna.get(_uploaded(anna, *(f"n{n};Bo Ek;7A;Ekbackaskolan;elev;" for n in range(60)))).text
    assert shown.count("Bo Ek") == 50
    assert "… och 10 till." in shown


def test_a_draft_is_discarded_and_an_old_one_goes_by_itself(
    browser: Callable, engine: Engine, clock: SteppedClock
) -> None:
    anna = browser("anna")
    page = _uploaded(anna, ELSA)
    assert anna.post(f"{page}/discard").status_code == 303
    assert (_count(engine, ImportRun), _count(engine, ImportLine), _count(engine, ImportPart)) == (0, 0, 0)
    _uploaded(anna, NEW, request_id="r-2")
    clock.step(hours=25)
    _uploaded(browser("anna"), ELSA, request_id="r-3")
    with Session(engine) as session:
        assert len(session.exec(select(ImportRun).where(ImportRun.state == ImportState.DRAFT)).all()) == 1
    assert drafts.DRAFT_LIVES.days == 1


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_sample_is_a_file_that_is_recognised(browser: Callable, language: str) -> None:
    anna = browser("anna")
    anna.post("/language", {"language": language, "next": "/"})
    got = anna.get(f"{PAGES}/sample.csv")
    headers = got.data.decode("utf-8-sig").strip().split(";")
    assert set(recognise(tuple(headers)).places) == {
        "id",
        "name",
        "class",
        "school",
        "kind",
        "protected",
        "active",
    }
    assert ".csv" in got.headers["Content-Disposition"]


def test_the_list_of_people_leads_there_and_back(browser: Callable) -> None:
    anna = browser("anna")
    assert f'href="{PAGES}"' in anna.get("/administration/people").text
    assert 'href="/administration/people"' in anna.get(PAGES).text
    assert f'href="{PAGES}"' not in browser("bjorn").get("/administration/people").text


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "tom"), (b"PK\x03\x04xx", "skadad"), (b"\xd0\xcf\x11\xe0", "äldre"), (b"a;b\n1;2", "id")],
)
def test_a_file_that_cannot_be_used_says_why(
    browser: Callable, engine: Engine, data: bytes, said: str
) -> None:
    sent = {"file": (io.BytesIO(data), "lista.xlsx"), "request_id": "r-1"}
    answer = browser("anna").post(PAGES, sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in answer.text
    assert _count(engine, ImportRun) == 0


def test_no_file_is_said_beside_the_field(browser: Callable) -> None:
    answer = browser("anna").post(PAGES, {"request_id": "r-1"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Välj en fil." in answer.text
