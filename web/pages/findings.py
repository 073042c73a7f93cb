"""The queue: one finding at a time, by keyboard, with its reason, its evidence and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for

from discovery.sighting import DeviceClass
from tracker.clock import local_date
from tracker.errors import InvalidError, NotFoundError
from tracker.findings_text import sentence, why
from tracker.lifecycle import REGISTRABLE
from tracker.movements import answers, decisions, placing, registrations
from tracker.queries import findings as queries
from tracker.queries.finding_page import finding_page
from tracker.queries.findings import Group
from tracker.queries.places import sites_for, units_for
from tracker.queries.scans import last_night
from tracker.words import AssetStatus, FindingKind, Permission
from web import doors
from web.access import allow
from web.asking import wants_json
from web.forms import findings as forms
from web.forms.reading import number, request_id
from web.shown import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

    from tracker.findings_text import Told
    from tracker.queries.finding_page import FindingPage
    from tracker.queries.findings import Queue

bp = Blueprint("findings", __name__)

FILTERS = ("kind", "site", "mine", "state")


@dataclass(frozen=True, slots=True)
class Shown:
    """A group in the list: its sentence, and the findings it stands for as a decision's form names them."""

    group: Group
    said: str
    marked: str


def _filter() -> queries.QueueFilter:
    return queries.QueueFilter(
        kind=request.args.get("kind") or None,
        site=request.args.get("site") or None,
        mine=request.args.get("mine") == "yes",
        state=request.args.get("state") or "open",
    )


def _kept() -> dict[str, str]:
    """The filter as it stands in the address, to go on with."""
    return {name: request.values[name] for name in FILTERS if request.values.get(name)}


def _say(finding: Told) -> str:
    return sentence(finding, g.language, doors.doors().zone)


def _shown(queue: Queue) -> list[Shown]:
    shown = []
    for group in queue.groups:
        said = _say(group.first)
        if len(group.marks) > 1:
            said = t("queue.group", n=len(group.marks), said=said)
        shown.append(Shown(group, said, " ".join(group.marks)))
    return shown


def _group_of(queue: Queue, finding_id: int | None) -> Group | None:
    if finding_id is None:
        return queue.groups[0] if queue.groups else None
    return next((group for group in queue.groups if group.has(finding_id)), None)


def _next_after(queue: Queue, group: Group | None) -> int | None:
    """What takes focus when this group is settled: the one below, else the one above."""
    if group is None or group not in queue.groups:
        return queue.groups[0].first.id if queue.groups else None
    at = queue.groups.index(group)
    rest = [*queue.groups[at + 1 : at + 2], *queue.groups[max(at - 1, 0) : at]]
    return rest[0].first.id if rest else None


def _chosen(
    session: Session, queue: Queue, finding_id: int | None
) -> tuple[Group | None, FindingPage | None]:
    group = _group_of(queue, finding_id)
    if finding_id is None and group is None:
        return None, None
    first = finding_id if finding_id is not None else (group.first.id if group is not None else 0)
    return group, finding_page(session, g.viewer, first or 0)


def _page(finding_id: int | None, problem: InvalidError | None = None) -> ResponseReturnValue:
    alone = request.values.get("alone") == "yes"
    with doors.reading() as session:
        queue = queries.queue(session, g.viewer, _filter())
        group, chosen = _chosen(session, queue, finding_id)
        sites = queries.sites(session, g.viewer)
        people = queries.deciders(session) if g.viewer.may(Permission.FINDING_DECIDE) else ()
        # An empty queue says whether anybody has looked.
        last_scan = last_night(session) if not queue.groups and g.viewer.may(Permission.SCAN_VIEW) else None
    marks: tuple[str, ...] = (queries.mark(chosen.finding),) if chosen else ()
    if group is not None and not alone:
        marks = group.marks
    page = render_template(
        "findings/queue.html",
        queue=queue,
        shown=_shown(queue),
        group=group,
        count=len(marks),
        marked=" ".join(marks),
        alone=alone,
        chosen=chosen,
        is_explicit=finding_id is not None,
        said=_say(chosen.finding) if chosen else "",
        why=why(chosen.finding, g.language) if chosen else None,
        sites=sites,
        people=people,
        last_scan=last_scan,
        kinds=tuple(FindingKind),
        filters=_kept(),
        kept=tuple(_kept().items()),
        undo=request.args.get("undo"),
        undone=request.args.get("done", type=int),
        next_id=_next_after(queue, group),
        today=local_date(doors.now(), doors.doors().zone),
        errors={name: t(error.code, **error.data) for name, error in problem.fields.items()}
        if problem
        else {},
    )
    return page, 422 if problem else 200


@bp.get("/findings")
@allow(Permission.FINDING_VIEW)
def queue() -> ResponseReturnValue:
    """The queue, with its first finding open."""
    return _page(None)


@bp.get("/findings/<int:finding_id>/alike")
@allow(Permission.FINDING_VIEW)
def members(finding_id: int) -> ResponseReturnValue:
    """Those that one decision settles together: a page of its own, or what the script opens the queue with."""
    with doors.reading() as session:
        found, count = queries.members(session, g.viewer, _filter(), finding_id)
    more = {"members": found, "count": count, "say": _say, "filters": _kept()}
    if wants_json():
        return jsonify(html=render_template("findings/_members.html", **more))
    return render_template("findings/members.html", finding_id=finding_id, **more)


@bp.get("/findings/<int:finding_id>")
@allow(Permission.FINDING_VIEW)
def show(finding_id: int) -> ResponseReturnValue:
    """The queue with one finding open."""
    return _page(finding_id)


def _go_on(**more: object) -> ResponseReturnValue:
    following = number(request.form, "next")
    kept: dict[str, object] = {**_kept(), **more}
    if following is None:
        return redirect(url_for("findings.queue", **kept), 303)  # type: ignore[arg-type]
    return redirect(url_for("findings.show", finding_id=following, **kept), 303)  # type: ignore[arg-type]


@bp.post("/findings/decide")
@allow(Permission.FINDING_DECIDE)
def decide() -> ResponseReturnValue:
    """Not ours, or ignore until a day; one finding, a group or what was marked."""
    today = local_date(doors.now(), doors.doors().zone)
    try:
        command = forms.decide(request.form)
        with doors.writing() as session:
            settled = decisions.decide(session, command, by=g.viewer, now=doors.now(), today=today)
    except InvalidError as problem:
        return _page(number(request.form, "shown"), problem)
    return _go_on(undo=command.request_id, done=settled)


@bp.post("/findings/correct-place")
@allow(Permission.FINDING_DECIDE)
def correct() -> ResponseReturnValue:
    """What was seen somewhere else belongs there from now on; one finding, a group or what was marked."""
    command = forms.correct(request.form)
    with doors.writing() as session:
        corrected = placing.correct_place(session, command, by=g.viewer, now=doors.now())
    return _go_on(undo=command.request_id, done=corrected, what=placing.WHAT)


@bp.post("/findings/undo")
@allow(Permission.FINDING_DECIDE)
def undo() -> ResponseReturnValue:
    """Take back what one press decided or corrected."""
    batch = request.form.get("batch", "")[:40]
    with doors.writing() as session:
        reopened = answers.undo(session, batch, by=g.viewer, now=doors.now())
    if not reopened:
        return redirect(url_for("findings.queue"), 303)
    return redirect(url_for("findings.show", finding_id=reopened[0]), 303)


@bp.post("/findings/<int:finding_id>/assign")
@allow(Permission.FINDING_DECIDE)
def assign(finding_id: int) -> ResponseReturnValue:
    """Say who takes care of it."""
    version, to = number(request.form, "version"), number(request.form, "to")
    with doors.writing() as session:
        decisions.assign(session, finding_id, version or 0, to, by=g.viewer, now=doors.now())
    return redirect(url_for("findings.show", finding_id=finding_id, **_kept()), 303)  # type: ignore[arg-type]


def _proposal(page: FindingPage) -> dict[str, str]:
    """The form filled in from evidence."""
    device = page.device
    if device is None:
        return {}
    return {
        "vendor": device.vendor or "",
        "model": device.model or "",
        "device_class": device.device_class.value,
        "name": device.name or "",
        "serial": next((value for kind, value in page.identifiers if kind == "serial"), ""),
        "macs": " ".join(value for kind, value in page.identifiers if kind == "mac"),
        "site_id": str(page.site.id) if page.site is not None else "",
        "unit_id": str(page.site.unit_id) if page.site is not None else "",
        "status": AssetStatus.IN_USE.value,
    }


def _register_page(finding_id: int, problem: InvalidError | None = None) -> ResponseReturnValue:
    with doors.reading() as session:
        page = finding_page(session, g.viewer, finding_id)
        if page.device is None or page.finding.closed_at is not None:
            raise NotFoundError
        units = units_for(session, g.viewer, Permission.ASSET_EDIT)
        sites = sites_for(session)
    errors = {name: t(error.code, **error.data) for name, error in problem.fields.items()} if problem else {}
    html = render_template(
        "findings/register.html",
        page=page,
        said=_say(page.finding),
        values=request.form.to_dict() if problem else _proposal(page),
        errors=errors,
        units=units,
        sites=sites,
        classes=tuple(DeviceClass),
        statuses=sorted(REGISTRABLE, key=lambda status: status.value),
        next_id=request.values.get("next", ""),
        again=request_id(request.form) if problem else None,
    )
    return html, 422 if problem else 200


@bp.get("/findings/<int:finding_id>/register")
@allow(Permission.FINDING_DECIDE)
def register_form(finding_id: int) -> ResponseReturnValue:
    """The form, filled in from what was seen."""
    return _register_page(finding_id)


@bp.post("/findings/<int:finding_id>/register")
@allow(Permission.FINDING_DECIDE)
def register(finding_id: int) -> ResponseReturnValue:
    """Enter the unit into the register; the finding has lost its cause."""
    with doors.reading() as session:
        device = finding_page(session, g.viewer, finding_id).device
    try:
        command = forms.register(request.form, device.id if device is not None else None)
        with doors.writing() as session:
            registrations.register(session, command, by=g.viewer, now=doors.now())
    except InvalidError as problem:
        return _register_page(finding_id, problem)
    return _go_on(registered=command.tag)
