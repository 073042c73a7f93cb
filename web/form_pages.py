"""A page with a form: shown, and after a refusal shown again with what was filled in and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask import g, render_template, request

from tracker.errors import NotFoundError, TrackerError
from tracker.requests import once
from web import doors
from web.forms import reading
from web.problems import status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlmodel import Session

_T = TypeVar("_T")


def attempt(
    deed: Callable[[Session], _T],
    *,
    then: Callable[[_T], ResponseReturnValue],
    again: Callable[[TrackerError], ResponseReturnValue],
) -> ResponseReturnValue:
    """Do a deed in one write and answer `then`; after a refusal nothing is stored and `again` shows the form.

    Raises:
        NotFoundError: what the form is about is not there, or not for this viewer; there is no form to show.
    """
    try:
        with doors.writing() as session:
            done = deed(session)
    except NotFoundError:
        raise
    except TrackerError as error:
        return again(error)
    return then(done)


def pressed(what: str, act: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
    """Do in one write what this form asks, once however often it is sent; the answer, the first time's if there was one."""
    request_id = reading.request_id(request.form)
    with doors.writing() as session:
        return once(session, request_id, by=g.viewer, what=what, now=doors.now(), act=lambda: act(session))


def form_page(template: str, error: TrackerError | None, **parts: object) -> ResponseReturnValue:
    """The page, its `form` empty; after an error as it was sent, with the error's status."""
    text = render_template(template, form=request.form if error else {}, **parts)
    return text, status_of(error) if error else 200
