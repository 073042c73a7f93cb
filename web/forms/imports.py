"""The import page's forms: a file, and answers to what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.errors import InvalidError, TrackerError
from tracker.imports.questions import CREATABLE, Answer, Answers, Do, Kind, key

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict

MOST_QUESTIONS = 500
"""Answers one form may carry."""
_MAP = "map:"


def file_sent(files: ImmutableMultiDict[str, FileStorage]) -> FileStorage:
    """The chosen file.

    Raises:
        InvalidError: none was chosen.
    """
    sent = files.get("file")
    if sent is None or not sent.filename:
        raise InvalidError({"file": TrackerError("imports.page.no_file")})
    return sent


def _answer(kind: Kind, said: str) -> Answer | None:
    if said == Do.CREATE and kind in CREATABLE:
        return Answer(Do.CREATE)
    if said == Do.LEAVE:
        return Answer(Do.LEAVE)
    return Answer(Do.MAP, said.removeprefix(_MAP)[:300]) if said.startswith(_MAP) else None


def answers(form: MultiDict[str, str]) -> Answers:
    """What the form answers; a question without an answer stays one."""
    each: dict[tuple[Kind, str], Answer] = {}
    for n in range(MOST_QUESTIONS):
        kind = form.get(f"kind-{n}", "")
        if kind not in set(Kind):
            break
        if found := _answer(Kind(kind), form.get(f"answer-{n}", "")):
            each[Kind(kind), key(form.get(f"value-{n}", ""))] = found
    every = {kind: found for kind in Kind if (found := _answer(kind, form.get(f"rest-{kind}", "")))}
    return Answers(each, every)
