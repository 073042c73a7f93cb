"""Imports as the pages show them: those that were made, one with its rows, and what an unknown name may stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from discovery.sighting import DeviceClass
from tracker.errors import NotFoundError
from tracker.imports.questions import Kind, Question
from tracker.queries.narrowing import PAGE, Page, cursor_of, one_of, paged, within
from tracker.tables import DeviceModel, ImportLine, ImportRun, Site, Unit, User
from tracker.words import AssetStatus, ImportState, ImportWhat, Permission

if TYPE_CHECKING:
    from tracker.roles import Viewer

OUTCOMES = ("new", "changed", "wrong", "conflict")
MOST_MODELS = 500
"""Models to choose among; a register with more of them is better answered by the near ones."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One import in the list."""

    run: ImportRun
    who: str | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """One import: its questions (a draft's), and a page of the rows with the chosen outcome."""

    run: ImportRun
    who: str | None
    undone_by: str | None
    questions: tuple[Question, ...]
    outcome: str | None
    lines: Page[ImportLine]


_PERMISSION = {
    ImportWhat.ASSETS: Permission.ASSET_IMPORT,
    ImportWhat.PEOPLE: Permission.PERSON_EDIT,
}


def _visible(viewer: Viewer, what: ImportWhat) -> sa.ColumnElement[bool]:
    """The viewer's own drafts, and what was stored within the subtrees that they may import into."""
    paths = viewer.paths(_PERMISSION[what])
    within_reach = (
        sa.or_(*(col(ImportRun.unit_path).startswith(path) for path in paths)) if paths else sa.false()
    )
    is_draft = col(ImportRun.state) == ImportState.DRAFT
    mine = sa.and_(is_draft, col(ImportRun.by_id) == viewer.user_id)
    return sa.and_(col(ImportRun.what) == what, sa.or_(mine, sa.and_(sa.not_(is_draft), within_reach)))


def runs(
    session: Session,
    viewer: Viewer,
    cursor: str | None = None,
    what: ImportWhat = ImportWhat.ASSETS,
) -> Page[RunRow]:
    """The imports that the viewer may see, the newest first."""
    backwards, _, number = cursor_of(cursor)
    wanted = select(ImportRun, User.name).join(User, col(User.id) == col(ImportRun.by_id), isouter=True)
    wanted = wanted.where(_visible(viewer, what))
    total = session.exec(select(func.count(col(ImportRun.id))).where(_visible(viewer, what))).one()
    if cursor:
        wanted = wanted.where(col(ImportRun.id) > number if backwards else col(ImportRun.id) < number)
    order = col(ImportRun.id).asc() if backwards else col(ImportRun.id).desc()
    rows = [RunRow(run, who) for run, who in session.exec(wanted.order_by(order).limit(PAGE + 1))]
    cursors = [f"|{row.run.id}" for row in rows]
    kept, after, before = paged(rows, cursors, before=backwards, cursor=cursor)
    return Page(kept, after, before, total, total)


def run_for(
    session: Session, viewer: Viewer, import_id: int, what: ImportWhat = ImportWhat.ASSETS
) -> ImportRun:
    """The import.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
    """
    run = session.exec(
        select(ImportRun).where(col(ImportRun.id) == import_id, _visible(viewer, what))
    ).first()
    if run is None:
        raise NotFoundError
    return run


def user_name(session: Session, user_id: int | None) -> str | None:
    """An account's name, None for the operator."""
    user = session.get(User, user_id) if user_id is not None else None
    return user.name if user is not None else None


def _lines(session: Session, run: ImportRun, outcome: str, cursor: str | None) -> Page[ImportLine]:
    backwards, _, number = cursor_of(cursor)
    place = col(ImportLine.number)
    wanted = select(ImportLine).where(col(ImportLine.import_id) == run.id, col(ImportLine.outcome) == outcome)
    if cursor:
        wanted = wanted.where(place < number if backwards else place > number)
    order = place.desc() if backwards else place.asc()
    rows = list(session.exec(wanted.order_by(order).limit(PAGE + 1)))
    kept, after, before = paged(rows, [f"|{row.number}" for row in rows], before=backwards, cursor=cursor)
    total = int(run.counts.get(outcome, 0))
    return Page(kept, after, before, total, total)


def run_page(
    session: Session, viewer: Viewer, import_id: int, outcome: str | None, cursor: str | None
) -> RunPage:
    """One import; without a chosen outcome the rows with complaints, else the changed, else the new.

    Raises:
        NotFoundError: it is not there, or not for this viewer.
        InvalidError: an outcome or a cursor that there is not.
    """
    run = run_for(session, viewer, import_id)
    chosen = one_of(outcome, OUTCOMES, "show")
    if chosen is None:
        first = ("wrong", "conflict", "changed", "new")
        chosen = next((name for name in first if run.counts.get(name)), None)
    nothing: Page[ImportLine] = Page((), None, None, 0, 0)
    lines = _lines(session, run, chosen, cursor) if chosen else nothing
    asked = tuple(
        Question(Kind(kind), value, rows, tuple(near))
        for kind, value, rows, near in run.facts.get("questions", ())
    )
    undone_by = user_name(session, run.undone_by_id)
    return RunPage(run, user_name(session, run.by_id), undone_by, asked, chosen, lines)


def known_names(session: Session, viewer: Viewer) -> dict[Kind, tuple[str, ...]]:
    """What an unknown name may be mapped to, by kind. Rooms are made or left; persons come with their own import."""
    mine = within(viewer, Permission.ASSET_IMPORT, col(Unit.id))
    units = session.exec(select(Unit.name).where(mine).order_by(col(Unit.path))).all()
    sites = session.exec(select(Site.name).order_by(col(Site.sort_key))).all()
    models = session.exec(select(DeviceModel).order_by(col(DeviceModel.sort_key)).limit(MOST_MODELS)).all()
    return {
        Kind.UNIT: tuple(dict.fromkeys(units)),
        Kind.SITE: tuple(sites),
        Kind.MODEL: tuple(f"{model.vendor} {model.name}".strip() for model in models),
        Kind.STATUS: tuple(status.value for status in AssetStatus if status is not AssetStatus.DELETED),
        Kind.CLASS: tuple(kind.value for kind in DeviceClass),
    }
