"""The pages about people: no name in an address, none to whom it is not for, nothing that runs, nothing typed lost."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, select

from tests.web.conftest import JSON, NOW
from tracker.db import writing
from tracker.swedish import search_key, sort_key
from tracker.tables import Grant, Person, Role, Unit, User
from tracker.words import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

PATH = "/administration/people"
NUMBER = "19121212-1212"
HOSTILE = (
    "<script>window.canary=1</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "'; DROP TABLE person; --",
    "javascript:alert(1)",
)


def _form(ids: Callable, **more: object) -> dict[str, object]:
    unit = ids(Unit, name=str(more.pop("unit_name", "7A")))
    form = {
        "name": "Maja Ny",
        "external_id": "",
        "unit": unit,
        "kind": "pupil",
        "active": "yes",
        "version": 1,
    }
    return form | {"request_id": "r-1"} | more


def _names(page: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'class="row-link"[^>]*>([^<]*)<', page)]


@pytest.fixture
def trusted(engine: Engine) -> None:
    """Anna may also see protected persons: the control of what others do not see."""
    with writing(engine) as session:
        role = Role(name="Ser skyddade", permissions=[Permission.PERSON_VIEW_PROTECTED.value])
        session.add(role)
        session.flush()
        user_id = session.exec(select(User.id).where(User.login == "anna")).one()
        root = session.exec(select(Unit.id).where(Unit.name == "Ekbacka kommun")).one()
        session.add(Grant(user_id=user_id, role_id=role.id, unit_id=root))


def test_filters_stand_in_the_address_and_names_never_do(browser: Callable, ids: Callable) -> None:
    anna, unit = browser("anna"), ids(Unit, name="7A")
    answer = anna.post(PATH, {"q": "", "unit": unit, "kind": "pupil", "state": "all", "person": "x"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{PATH}?unit={unit}&kind=pupil&state=all"
    assert _names(anna.get(answer.headers["Location"]).text) == ["Elsa Ödman", "Åke Zetterlund"]
    found = anna.post(PATH, {"q": "ödman", "unit": "", "kind": "", "state": "active"})
    assert found.status_code == 200
    assert "Location" not in found.headers
    assert _names(found.text) == ["Elsa Ödman"]
    assert 'value="ödman"' in found.text
    assert not re.search(r'(href|action)="[^"]*(dman|%C3%B6dman)', found.text, re.IGNORECASE)
    assert _names(anna.get(f"{PATH}?q=ödman").text) != ["Elsa Ödman"]


def test_a_script_looks_while_one_types(browser: Callable) -> None:
    anna = browser("anna")
    answer = anna.post(PATH, {"q": "kvarn", "state": "active"}, headers=JSON).get_json()
    assert _names(answer["inside"]) == ["Kim Kvarn"]
    assert answer["said"] == "En träff."
    assert "<html" not in answer["inside"]


def test_next_page_is_led_to_by_a_number(browser: Callable, engine: Engine) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "7A")).one()
        for n in range(120):
            name = f"Elev Hemmansson {n:03d}"
            keys = {"sort_key": sort_key(name), "search_key": search_key(name)}
            session.add(Person(name=name, unit_id=unit_id, **keys))
    bjorn, seen, path = browser("bjorn"), [], f"{PATH}?kind=staff"
    for _ in range(4):
        page = bjorn.get(path).text
        seen += _names(page)
        assert not re.search(r'href="[^"]*emmansson', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = html.unescape(following[1])
    assert seen == [f"Elev Hemmansson {n:03d}" for n in range(120)]
    many = bjorn.post(PATH, {"q": "hemmansson", "state": "active"}).text
    assert "120 träffar, här är de 50 första" in many
    assert "cursor=" not in many


def _every_page(who: Any, ids: Callable) -> str:
    """All that someone sees of people, of the protected one among them."""
    person = ids(Person, name="Skyddad Elev")
    unit = ids(Unit, name="7A")
    pages = [PATH, f"{PATH}?state=all", f"{PATH}?unit={unit}", f"{PATH}/{person}", f"{PATH}/{person}/edit"]
    pages += [f"{PATH}/units/{unit}", f"{PATH}/new"]
    said = [who.get(page).text for page in pages]
    said += [who.post(PATH, {"q": text}).text for text in ("skyddad elev", "p-skyddad")]
    said.append(who.post(PATH, {"q": "skyddad"}, headers=JSON).text)
    return "\n".join(said).replace('value="skyddad elev"', "")


@pytest.mark.parametrize("login", ["anna", "bjorn"])
def test_a_protected_person_is_named_nowhere(browser: Callable, ids: Callable, login: str) -> None:
    said = _every_page(browser(login), ids)
    assert "Skyddad Elev" not in said
    assert "p-skyddad elev" not in said
    assert "Skyddad person" in said


@pytest.mark.usefixtures("trusted")
def test_who_may_see_a_protected_person_does(browser: Callable, ids: Callable) -> None:
    said = _every_page(browser("anna"), ids)
    assert said.count("Skyddad Elev") >= 6
    assert "Ändra Skyddad Elev" in said


def test_a_protected_persons_form_is_refused_in_a_sentence(browser: Callable, ids: Callable) -> None:
    person = ids(Person, name="Skyddad Elev")
    anna = browser("anna")
    answer = anna.get(f"{PATH}/{person}/edit")
    assert answer.status_code == 409
    assert "ändras av den som har rätt att se dem" in answer.text
    sent = anna.post(f"{PATH}/{person}/edit", _form(ids, name="Annat Namn"))
    assert sent.status_code == 409
    assert "Skyddad Elev" not in sent.text
    assert ids(Person, name="Skyddad Elev") == person


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_on_every_page(browser: Callable, ids: Callable, name: str) -> None:
    anna = browser("anna")
    made = anna.post(f"{PATH}/new", _form(ids, name=name, external_id=name))
    assert made.status_code == 303
    person, unit = ids(Person, name=name), ids(Unit, name="7A")
    pages = [anna.get(page) for page in (PATH, made.headers["Location"], f"{PATH}/{person}/edit")]
    pages += [anna.get(f"{PATH}/units/{unit}"), anna.post(PATH, {"q": name})]
    for page in pages:
        assert page.status_code == 200
        assert name in html.unescape(page.text)
        assert "<script>window" not in page.text
        assert "<img src=x" not in page.text
        assert 'href="javascript:' not in page.text


def test_a_personal_identity_number_is_refused_and_not_said_again(
    browser: Callable, ids: Callable, engine: Engine
) -> None:
    anna, elsa = browser("anna"), ids(Person, name="Elsa Ödman")
    answers = [
        anna.post(f"{PATH}/new", _form(ids, name=f"Maja {NUMBER}")),
        anna.post(f"{PATH}/new", _form(ids, external_id=NUMBER)),
        anna.post(f"{PATH}/{elsa}/edit", _form(ids, external_id="191212121212")),
        anna.post(PATH, {"q": f"elsa {NUMBER}"}),
        anna.post(PATH, {"q": "1212121212"}, headers=JSON),
    ]
    for answer in answers:
        assert answer.status_code == 422
        said = answer.get_json()["said"] if answer.is_json else answer.text
        assert "personnummer" in said
        assert "1212" not in answer.text
    assert 'href="#external_id"' in answers[1].text
    assert 'value="Maja Ny"' in answers[1].text
    with Session(engine) as session:
        assert len(session.exec(select(Person)).all()) == 4


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(browser: Callable, ids: Callable) -> None:
    anna = browser("anna")
    form = _form(ids, name="", external_id="maja.ny", kind="staff", protected="yes")
    answer = anna.post(f"{PATH}/new", form)
    assert answer.status_code == 422
    assert 'href="#name"' in answer.text
    assert 'value="maja.ny"' in answer.text
    assert '<option value="staff" selected>' in answer.text
    assert re.search(r'id="protected"[^>]* checked', answer.text)
    for wrong in ({"kind": "cat"}, {"unit": ""}, {"request_id": ""}):
        assert anna.post(f"{PATH}/new", form | {"name": "Maja Ny"} | wrong).status_code == 422
    elsa = ids(Person, name="Elsa Ödman")
    late = anna.post(f"{PATH}/{elsa}/edit", _form(ids, name="Elsa Ek", left_on="i går"))
    assert late.status_code == 422
    assert 'href="#left_on"' in late.text


def test_who_leaves_with_a_device_is_told_of_and_listed(
    browser: Callable, ids: Callable, two_schools: dict[str, Any]
) -> None:
    anna, elsa = browser("anna"), ids(Person, name="Elsa Ödman")
    form = _form(ids, name="Elsa Ödman", left_on="2026-06-11")
    del form["active"]
    done = anna.post(f"{PATH}/{elsa}/edit", form)
    assert done.status_code == 303
    page = anna.get(done.headers["Location"]).text
    assert "Har slutat men har en enhet kvar att lämna tillbaka." in page
    assert "11 juni" in page
    assert "10481" in page
    assert f"/receipts/{two_schools['own']['number']}" in page
    assert "Lämna ut</span>" not in page
    listed = anna.get(f"{PATH}?state=left_holding").text
    assert _names(listed) == ["Elsa Ödman"]
    assert "11 juni" in listed
    assert _names(browser("bjorn").get(f"{PATH}?state=left_holding").text) == ["Elsa Ödman"]


def test_a_form_grown_old_is_told_and_may_be_sent_again(browser: Callable, ids: Callable) -> None:
    anna, path = browser("anna"), f"{PATH}/{ids(Person, name='Elsa Ödman')}/edit"
    assert anna.post(path, _form(ids, name="Elsa Ek")).status_code == 303
    wrong = anna.post(path, _form(ids, name="", request_id="r-2"))
    assert 'name="version" value="1"' in wrong.text  # another complaint does not make it younger
    late = anna.post(path, _form(ids, name="Elsa Ö", request_id="r-2"))
    assert late.status_code == 409
    assert "Anna Ek" in late.text
    assert 'value="Elsa Ö"' in late.text
    assert 'name="version" value="2"' in late.text


def test_an_empty_day_is_today_where_the_municipality_is(
    browser: Callable, ids: Callable, engine: Engine, clock: Any
) -> None:
    clock.moment = NOW.replace(hour=23, minute=30)  # the 24th in Stockholm
    form = _form(ids, name="Elsa Ödman")
    del form["active"]
    assert browser("anna").post(f"{PATH}/{ids(Person, name='Elsa Ödman')}/edit", form).status_code == 303
    with Session(engine) as session:
        left_on = session.exec(select(Person.left_on).where(Person.name == "Elsa Ödman")).one()
    assert str(left_on) == "2026-11-24"


def test_a_class_is_printed_with_what_each_has(
    browser: Callable, ids: Callable, two_schools: dict[str, Any]
) -> None:
    bjorn, unit = browser("bjorn"), ids(Unit, name="7A")
    assert f'href="{PATH}/units/{unit}"' in bjorn.get(f"{PATH}?unit={ids(Unit, name='Ekbackaskolan')}").text
    assert f'<option value="{unit}">Ekbackaskolan / 7A</option>' in bjorn.get(PATH).text
    page = bjorn.get(f"{PATH}/units/{unit}").text
    assert _names(page) == ["Elsa Ödman", "Åke Zetterlund"]
    assert "data-print" in page
    assert "2 personer. En har något utlämnat." in page
    assert f'href="/assets/{two_schools["own"]["asset_id"]}"' in page
    assert "Återlämnad" in page


def test_school_staff_see_their_people_and_are_offered_no_form(browser: Callable, ids: Callable) -> None:
    bjorn = browser("bjorn")
    page = bjorn.get(PATH).text
    assert "Kim Kvarn" not in page
    assert f"{PATH}/new" not in page
    own = bjorn.get(f"{PATH}/{ids(Person, name='Elsa Ödman')}").text
    assert "/edit" not in own
    assert f"/handovers?holder={ids(Person, name='Elsa Ödman')}" in own
    assert f'href="{PATH}"' in bjorn.get("/assets").text
    assert f'href="{PATH}"' in browser("anna").get("/administration/units").text
    assert f'href="{PATH}"' not in browser("cecilia").get("/assets").text


def test_an_assets_page_leads_to_its_holder_only_where_that_may_be_opened(
    browser: Callable, ids: Callable, two_schools: dict[str, Any]
) -> None:
    path, elsa = f"/assets/{two_schools['own']['asset_id']}", ids(Person, name="Elsa Ödman")
    assert f'href="{PATH}/{elsa}"' in browser("bjorn").get(path).text
    assert PATH not in browser("cecilia").get(path).text


def test_who_sees_people_without_handing_out_is_led_to_their_page(
    browser: Callable, ids: Callable, engine: Engine
) -> None:
    with writing(engine) as session:
        role = Role(name="Ser personer", permissions=[Permission.PERSON_VIEW.value])
        session.add(role)
        session.flush()
        root = session.exec(select(Unit.id).where(Unit.name == "Ekbacka kommun")).one()
        session.add(Grant(user_id=ids(User, login="david"), role_id=role.id, unit_id=root))
    (hit,) = browser("david").fetch("/search", {"q": "ödman"}).get_json()["hits"]
    assert hit["href"] == f"{PATH}/{ids(Person, name='Elsa Ödman')}"


def test_all_that_is_wrong_is_said_at_once(browser: Callable, ids: Callable) -> None:
    form = _form(ids, name="", external_id=NUMBER, unit="", kind="", left_on="i går")
    anna, elsa = browser("anna"), ids(Person, name="Elsa Ödman")
    for path, named in (
        ("new", ("name", "external_id", "unit", "kind")),
        (f"{elsa}/edit", ("left_on", "unit")),
    ):
        answer = anna.post(f"{PATH}/{path}", form)
        assert answer.status_code == 422
        for name in named:
            assert f'<li><a href="#{name}">' in answer.text
            assert f'id="{name}-error"' in answer.text
