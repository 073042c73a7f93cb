"""The import page: a file is compared, asked about, stored and taken back; nobody reaches past their units."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, func, select

from discovery.sighting import DeviceClass
from tests.conftest import NOW
from tracker.imports import drafts
from tracker.swedish import sort_key
from tracker.tables import Asset, DeviceModel, ImportLine, ImportPart, ImportRun, Site, Unit
from tracker.words import AssetStatus, ImportState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from werkzeug.test import TestResponse

    from tests.conftest import SteppedClock

HEAD = "Inventarienummer;Serienummer;Enhet;Plats;Status"
GOOD = f"{HEAD}\r\nEK-1;PF3ABC1;Ekbackaskolan;Ekbackaskolan;i bruk\r\nEK-2;PF3ABC2;Ekbackaskolan;;\r\n"
ASKING = f"{HEAD}\r\nEK-1;;Ekbackaskolan;Ekbacka skolan;i bruk\r\nEK-2;;Ekbackaskolan;Kvarnen;hos läraren\r\n"


def _send(who: Any, text: str, name: str = "lista.csv", request_id: str = "r-1") -> TestResponse:
    data = {"file": (io.BytesIO(text.encode("cp1252")), name), "request_id": request_id}
    return who.post("/imports", data, content_type="multipart/form-data")


def _send_bytes(who: Any, text: str, request_id: str = "r-1") -> TestResponse:
    """As a browser would, without the test client's own temporary file (which it never closes)."""
    parts = {"csrf_token": who.csrf, "request_id": request_id}
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items()
    )
    file = f'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n{text}\r\n--x--\r\n'
    body = (head + file).encode()
    return who.client.post("/imports", data=body, content_type="multipart/form-data; boundary=x")


def _uploaded(who: Any, text: str, name: str = "lista.csv", request_id: str = "r-1") -> str:
    answer = _send(who, text, name, request_id)
    assert answer.status_code == 303, answer.text
    return answer.location


def _version(who: Any, page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', who.get(page).text)
    assert found
    return found[1]


def _store(who: Any, page: str, request_id: str = "s-1") -> TestResponse:
    return who.post(f"{page}/store", {"version": _version(who, page), "request_id": request_id})


def _count(engine: Engine, table: type) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_file_is_compared_stored_and_taken_back(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, GOOD)
    shown = anna.get(page).text
    assert "Filen är känd som vår egen lista." in shown
    assert "Läs in 2 rader" in shown
    assert "EK-2" in shown
    assert _count(engine, Asset) == 0
    assert _store(anna, page).status_code == 303
    assert _count(engine, Asset) == 2
    assert _count(engine, ImportPart) == 0
    assert "lista.csv" in anna.get("/imports").text
    assert "inläst" in anna.get(page).text
    assert anna.post(f"{page}/undo", {"request_id": "u-1"}).status_code == 303
    assert _count(engine, Asset) == 0
    assert "2 borttagna" in anna.get(page).text


def test_what_is_unknown_is_asked_for_and_answered(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, ASKING)
    shown = anna.get(page).text
    assert "3 värden i filen är okända" in shown
    assert "Läs in" not in shown.replace("Läs in filen", "")
    assert '<optgroup label="Liknar"><option value="map:Ekbackaskolan">' in shown
    blocked = anna.post(f"{page}/store", {"version": _version(anna, page), "request_id": "s-0"})
    assert blocked.status_code == 409
    assert "3 värden är okända" in blocked.text
    answers = {
        "kind-0": "site", "value-0": "Ekbacka skolan", "answer-0": "map:Ekbackaskolan",
        "kind-1": "site", "value-1": "Kvarnen", "answer-1": "create",
        "kind-2": "status", "value-2": "hos läraren", "answer-2": "map:handed_out",
    }  # fmt: skip
    assert anna.post(f"{page}/answers", {**answers, "version": _version(anna, page)}).status_code == 303
    assert _store(anna, page).status_code == 303
    with Session(engine) as session:
        found = session.exec(
            select(Asset.tag, Asset.status, Site.name).join(Site, col(Site.id) == col(Asset.site_id))
        ).all()
    assert set(found) == {
        ("EK-1", AssetStatus.IN_USE, "Ekbackaskolan"),
        ("EK-2", AssetStatus.HANDED_OUT, "Kvarnen"),
    }
    anna.post(f"{page}/undo", {"request_id": "u-1"})
    with Session(engine) as session:
        assert "Kvarnen" not in session.exec(select(Site.name)).all()


def test_the_rest_of_a_kind_is_answered_in_one_go(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(
        anna, HEAD + "\r\n" + "".join(f"EK-{n};;Ekbackaskolan;Plats {n};\r\n" for n in range(60))
    )
    shown = anna.get(page).text
    assert shown.count('name="kind-') == 40
    assert "även 20 som inte visas" in shown
    anna.post(f"{page}/answers", {"rest-site": "create", "version": _version(anna, page)})
    _store(anna, page)
    assert _count(engine, Site) == 3 + 60


def test_errors_are_named_by_row_and_column_and_block_everything(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, GOOD + "EK-3;0000;Ekbackaskolan;;\r\n")
    shown = anna.get(page).text
    assert "En rad har fel. Inget har lästs in." in shown
    assert "Serienummer: 0000 är inget serienummer" in shown
    blocked = anna.post(f"{page}/store", {"version": "2", "request_id": "s-1"})
    assert blocked.status_code == 409
    assert _count(engine, Asset) == 0


@pytest.mark.parametrize(
    ("text", "said"), [("", "är tom"), ("a;b\r\n1;2\r\n", "saknar en kolumn för inventarienummer")]
)
def test_a_file_that_cannot_be_used_is_said_beside_the_field(
    browser: Callable, engine: Engine, text: str, said: str
) -> None:
    answer = _send(browser("anna"), text, "../../etc/lista.csv")
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert said in answer.text
    assert "etc" not in answer.text
    assert _count(engine, ImportRun) == 0


def test_a_form_without_a_file_says_so(browser: Callable) -> None:
    answer = browser("anna").post("/imports", {"request_id": "r-1"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Välj en fil." in answer.text


def test_a_larger_body_is_taken_here_and_nowhere_else(browser: Callable, monkeypatch: Any) -> None:
    anna = browser("anna")
    large = GOOD + ";;;;;;;;\r\n" * 110_000
    assert _send_bytes(anna, large).status_code == 303
    assert anna.post("/handovers", {"code": "x" * 1_100_000}).status_code == 413
    monkeypatch.setattr(drafts, "MOST_BYTES", 1_000_000)
    refused = _send_bytes(anna, large, request_id="r-2")
    assert (refused.status_code, "större än 1 MB" in refused.text) == (422, True)


def test_the_same_send_twice_makes_one_draft_and_one_import(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    page = _uploaded(anna, GOOD)
    assert _uploaded(anna, GOOD) == page
    version = _version(anna, page)
    for _ in range(2):
        assert anna.post(f"{page}/store", {"version": version, "request_id": "s-1"}).status_code == 303
    assert (_count(engine, ImportRun), _count(engine, Asset)) == (1, 2)


def test_what_was_shown_is_what_is_stored(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    first, second = _uploaded(anna, GOOD), _uploaded(anna, GOOD.replace("i bruk", "stulen"), request_id="r-2")
    version = _version(anna, first)
    _store(anna, second, "s-2")
    late = anna.post(f"{first}/store", {"version": version, "request_id": "s-1"})
    assert late.status_code == 409
    assert "Registret har ändrats sedan jämförelsen" in late.text
    assert "stulen → i bruk" in late.text
    with Session(engine) as session:
        status = session.exec(select(Asset.status).where(Asset.tag == "EK-1")).one()
    assert status is AssetStatus.STOLEN
    assert anna.post(f"{first}/store", {"version": version, "request_id": "s-3"}).status_code == 409
    assert _store(anna, first, "s-4").status_code == 303


@pytest.mark.usefixtures("frida", "two_schools")
def test_one_school_imports_into_itself_alone(browser: Callable, engine: Engine) -> None:
    frida = browser("frida")
    page = _uploaded(
        frida, f"{HEAD}\r\nEK-1;;Kvarnskolan;;\r\n20417;;Ekbackaskolan;;stulen\r\nEK-2;;Ekbackaskolan;;\r\n"
    )
    shown = frida.get(page).text
    assert "finns redan utanför de verksamheter" in shown
    assert (
        'value="map:Kvarnskolan"'
        not in shown.partition('name="kind-0" value="unit"')[2].partition("</fieldset>")[0]
    )
    with Session(engine) as session:
        assert session.exec(select(Asset.status).where(Asset.tag == "20417")).one() is AssetStatus.HANDED_OUT
    anna = browser("anna")
    assert anna.get(page).status_code == 404, "a draft is its maker's"
    own = _uploaded(frida, f"{HEAD}\r\nEK-2;;Ekbackaskolan;;\r\n", request_id="r-2")
    assert _store(frida, own).status_code == 303
    assert anna.get(own).status_code == 200
    theirs = _uploaded(anna, f"{HEAD}\r\nKV-2;;Kvarnskolan;;\r\n", "kvarn.csv", "r-3")
    assert _store(anna, theirs, "s-3").status_code == 303
    assert frida.get(theirs).status_code == 404
    assert frida.post(f"{theirs}/undo", {"request_id": "u-1"}).status_code == 404
    assert "kvarn.csv" not in frida.get("/imports").text
    assert frida.post(f"{own}/undo", {"request_id": "u-2"}).status_code == 303


def test_rows_are_paged(browser: Callable) -> None:
    anna = browser("anna")
    page = _uploaded(anna, HEAD + "\r\n" + "".join(f"EK-{n:03};;Ekbackaskolan;;\r\n" for n in range(120)))
    first = anna.get(page).text
    assert "EK-049" in first
    assert "EK-050" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert "EK-050" in anna.get(following[1].replace("&amp;", "&")).text
    assert anna.get(f"{page}?show=all").status_code == 422


def test_a_draft_is_discarded_or_expires_and_old_rows_are_purged(
    browser: Callable, engine: Engine, clock: SteppedClock
) -> None:
    anna = browser("anna")
    assert anna.post(f"{_uploaded(anna, GOOD)}/discard").status_code == 303
    assert _count(engine, ImportRun) == 0
    stored = _uploaded(anna, GOOD, request_id="r-2")
    _store(anna, stored)
    _uploaded(anna, GOOD, request_id="r-3")
    clock.step(days=91)
    anna = browser("anna")
    _uploaded(anna, f"{HEAD}\r\nEK-9;;Ekbackaskolan;;\r\n", request_id="r-4")
    with Session(engine) as session:
        states = session.exec(select(ImportRun.state).order_by(col(ImportRun.id))).all()
        lines = session.exec(select(ImportLine.tag)).all()
    assert list(states) == [ImportState.STORED, ImportState.DRAFT]
    assert list(lines) == ["EK-9"]
    late = anna.post(f"{stored}/undo", {"request_id": "u-1"})
    assert (late.status_code, "för gammal" in late.text) == (409, True)
    assert _count(engine, Asset) == 2


def test_the_list_of_assets_leads_here_for_those_who_may(browser: Callable) -> None:
    assert 'href="/imports"' in browser("anna").get("/assets").text
    assert 'href="/imports"' not in browser("bjorn").get("/assets").text


def test_the_export_of_the_list_is_read_again_as_it_is(browser: Callable, engine: Engine) -> None:
    anna = browser("anna")
    with Session(engine) as session:
        unit = session.exec(select(Unit).where(Unit.name == "Ekbackaskolan")).one()
        model = DeviceModel(vendor="-Axis", name="=1+1", sort_key="a", device_class=DeviceClass.CAMERA)
        session.add(model)
        session.flush()
        for tag in ("EK-1", "-2", "EK-3"):
            more = {"unit_id": unit.id, "created_at": NOW, "changed_at": NOW}
            session.add(
                Asset(
                    tag=tag,
                    status=AssetStatus.IN_USE,
                    model_id=model.id,
                    sort_key=sort_key(tag),
                    search_key="",
                    **more,
                )
            )
        session.commit()
    exported = anna.get("/assets.csv")
    assert "'-Axis =1+1" in exported.text
    assert "\r\n'-2;" in exported.text
    data = {"file": (io.BytesIO(exported.data), "enhetskoll.csv"), "request_id": "r-1"}
    answer = anna.post("/imports", data, content_type="multipart/form-data")
    shown = anna.get(answer.location).text
    assert "Inget att läsa in: allt finns redan." in shown
