"""The return box: one scan, one glance, next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for

from tracker.errors import InvalidError, NotFoundError, TrackerError
from tracker.movements.returns import Outcome, OutcomeKind, TakeBack, take_back, undo_return
from tracker.queries import return_box
from tracker.queries.return_box import LeftHolder, ReturnLine
from tracker.requests import once
from tracker.words import Condition, Permission
from web import doors
from web.access import allow
from web.asking import wants_json
from web.forms import reading
from web.shown import t

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlmodel import Session


bp = Blueprint("returns", __name__)

CHARGER = {"yes": True, "missing": False}


@dataclass(frozen=True, slots=True)
class Shown:
    """One outcome as the card and the row show it.

    Attributes:
        kind: an `OutcomeKind` or ``undone``.
        facts: pairs of text code (below ``returns``) and value.
    """

    kind: str
    title: str
    said: str
    at: datetime
    line: ReturnLine | None = None
    facts: tuple[tuple[str, object], ...] = ()


def _today() -> datetime:
    local = doors.now().astimezone(doors.doors().zone)
    return datetime.combine(local.date(), time(), local.tzinfo)


def _of_line(line: ReturnLine) -> Shown:
    if line.asset_id is None:
        code = line.code or ""
        return Shown("unknown", code, t("returns.text.unknown", what=code), line.at, line)
    tag = line.tag or ""
    title = f"{line.model} {tag}" if line.model else tag
    pairs = (("holder", line.holder), ("unit", line.unit))
    facts = tuple((code, value) for code, value in pairs if value)
    if line.is_undone:
        return Shown("undone", title, t("returns.undone", tag=tag), line.at, line, facts)
    return Shown("fine", title, t("returns.text.fine", tag=tag), line.at, line, facts)


def _of_outcome(session: Session, outcome: Outcome) -> Shown:
    if outcome.kind is OutcomeKind.FINE and outcome.movement_id is not None:
        return _of_line(return_box.line(session, outcome.movement_id, g.viewer, g.language))
    if outcome.kind is OutcomeKind.ALREADY:
        tag = outcome.tag or outcome.code
        code = "already_by" if outcome.who else "already"
        said = t(f"returns.text.{code}", tag=tag, name=outcome.who)
        facts: tuple[tuple[str, object], ...] = ()
        if outcome.when:
            facts = (("at", datetime.fromisoformat(outcome.when)),)
        title = f"{outcome.model} {tag}" if outcome.model else tag
        return Shown("already", title, said, doors.now(), facts=facts)
    said = t(f"returns.text.{outcome.kind.value}", what=outcome.code)
    near = (("near", ", ".join(outcome.near_misses)),) if outcome.near_misses else ()
    return Shown(outcome.kind.value, outcome.code, said, doors.now(), facts=near)


def _page(last: Shown | None = None, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
    with doors.reading() as session:
        lines = return_box.lines_since(session, _today(), g.viewer, g.language)
        left = return_box.left(session, _today(), g.viewer)
    shown = [_of_line(line) for line in lines]
    page = render_template(
        "returns/box.html", lines=shown, left=left, last=last, problem=problem, conditions=tuple(Condition)
    )
    return page, status


def _parts(shown: Shown, was: int | None = None) -> Response:
    """What changed on the page, for the script: `was` is the movement that the line stood for."""
    with doors.reading() as session:
        left = return_box.left(session, _today(), g.viewer)
    parts = {"line": shown, "conditions": tuple(Condition), "left": left}
    return jsonify(
        kind=shown.kind,
        was=was,
        said=shown.said,
        card=render_template("returns/_card.html", **parts),
        row=render_template("returns/_row.html", **parts),
        left=render_template("returns/_left.html", **parts),
    )


@bp.get("/returns")
@allow(Permission.RETURN_MAKE)
def box() -> ResponseReturnValue:
    """The box, today's returns and what is left."""
    return _page()


@bp.get("/returns/left/<int:unit_id>")
@allow(Permission.RETURN_MAKE)
def left_in(unit_id: int) -> ResponseReturnValue:
    """Who in a class has something left to return."""
    with doors.reading() as session:
        name, holders = return_box.left_in(session, unit_id, g.viewer, g.language)
    return _left_of(name, holders)


@bp.get("/returns/left/protected")
@allow(Permission.RETURN_MAKE)
def left_protected() -> ResponseReturnValue:
    """What protected persons have left to return, by asset."""
    with doors.reading() as session:
        holders = return_box.left_masked(session, _today(), g.viewer, g.language)
    return _left_of(t("returns.left.protected"), holders)


def _left_of(name: str, holders: list[LeftHolder]) -> ResponseReturnValue:
    """A page of its own, or what the script opens the class with."""
    if wants_json():
        return jsonify(html=render_template("returns/_holders.html", holders=holders))
    return render_template("returns/left.html", name=name, holders=holders)


@bp.post("/returns")
@allow(Permission.RETURN_MAKE)
def take() -> ResponseReturnValue:
    """Take back what was scanned."""
    code = reading.line(request.form, "code")
    if code is None:
        if wants_json():
            raise InvalidError({"code": TrackerError("returns.problem.empty")})
        return _page(problem=t("returns.problem.empty"), status=422)
    command = TakeBack(code=code, request_id=reading.request_id(request.form))
    with doors.writing() as session:
        outcome = take_back(session, command, by=g.viewer, now=doors.now())
        shown = _of_outcome(session, outcome)
    return _parts(shown) if wants_json() else _page(shown)


def _again(session: Session, movement_id: int, form: Any) -> dict[str, Any]:
    # A movement is never changed: what was noted wrong is undone and taken back anew, in one transaction.
    before = return_box.line(session, movement_id, g.viewer, g.language)
    if before.tag is None:
        raise NotFoundError
    undo_return(session, movement_id, by=g.viewer, now=doors.now())
    condition = form.get("condition") or (before.condition or Condition.WHOLE).value
    if condition not in set(Condition):
        raise InvalidError({"condition": TrackerError("web.problem.400.text")})
    command = TakeBack(
        code=before.tag,
        condition=Condition(condition),
        has_charger=CHARGER.get(form.get("charger", ""), before.has_charger is not False),
        request_id=f"{reading.request_id(form)[:32]}.again",
    )
    return take_back(session, command, by=g.viewer, now=doors.now()).as_answer()


@bp.post("/returns/amend")
@allow(Permission.RETURN_MAKE)
def amend() -> ResponseReturnValue:
    """Note the condition or a missing charger on a return that was just made."""
    movement_id = _movement()
    with doors.writing() as session:
        answer = once(
            session,
            reading.request_id(request.form),
            by=g.viewer,
            what="return-amend",
            now=doors.now(),
            act=lambda: _again(session, movement_id, request.form),
        )
        shown = _of_outcome(session, Outcome.from_answer(answer))
    return _changed(shown, movement_id)


@bp.post("/returns/undo")
@allow(Permission.RETURN_MAKE)
def undo() -> ResponseReturnValue:
    """Undo a return: the device is handed out again to whom it was."""
    movement_id = _movement()
    with doors.writing() as session:
        undo_return(session, movement_id, by=g.viewer, now=doors.now())
        shown = _of_line(return_box.line(session, movement_id, g.viewer, g.language))
    return _changed(shown, movement_id)


def _changed(shown: Shown, movement_id: int) -> ResponseReturnValue:
    if not wants_json():
        return redirect(url_for("returns.box"), 303)
    return _parts(shown, movement_id)


def _movement() -> int:
    movement_id = reading.number(request.form, "movement")
    if movement_id is None:
        raise NotFoundError
    return movement_id
