"""What every call of the API shares: its row in the table, its parameters, its content, and that it does nothing twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, g, request, url_for
from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from tracker.errors import InvalidError, MediaError, RefusedError, TrackerError, UnreadableError
from tracker.requests import once
from tracker.roles import Viewer
from tracker.words import Language, Permission
from web import doors
from web.access import allow, public
from web.api.shapes import Asked

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


bp = Blueprint("api", __name__, url_prefix="/api/v1")

MATCH = re.compile(r'"([0-9]{1,18})(?:-[0-9a-f]{32})?"')
"""An ETag of one thing that is changed by version: the version alone, or with the digest of all that was told of it."""
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
JSON = "application/json"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, read and checked.

    Attributes:
        asked: the parameters of the address, as the operation's query model.
        content: the content, as its model; bytes where the content is a file.
        key: names this call's write; movements take it as their request id.
        if_match: the version that If-Match names, where the operation takes one.
    """

    session: Session
    viewer: Viewer
    language: Language
    now: datetime
    asked: Any = None
    content: Any = None
    key: str = ""
    if_match: int | None = None


Handler = Callable[..., BaseModel]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table that the OpenAPI document is made from."""

    name: str
    method: str
    path: str
    permission: Permission
    summary: str
    answers: type[BaseModel]
    handler: Handler
    query: type[Asked] | None = None
    content: type[Asked] | None = None
    media: str | None = None
    status: int = 200
    writes: bool = field(default=False)
    if_match: bool = False

    @property
    def is_of_one(self) -> bool:
        """Whether it looks at one thing, which the path names."""
        return self.method == "GET" and "<" in self.path


TABLE: list[Operation] = []


class Nothing(Asked):
    """No parameters."""


def _value(error: Any) -> str:
    return str(error.get("input"))[:60]


def _parameters(model: type[Asked]) -> Asked:
    """The address's parameters.

    Raises:
        UnreadableError: one that is unknown, given twice, or cannot be read.
    """
    known = {info.alias or name for name, info in model.model_fields.items()}
    for name in request.args:
        if name not in known:
            raise UnreadableError("api.unknown_parameter", name=name[:60])
        if len(request.args.getlist(name)) > 1:
            raise UnreadableError("api.twice", name=name)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(map(str, first["loc"])) or "?"
        raise UnreadableError("api.wrong_parameter", name=name, value=_value(first)) from wrong


def _content(model: type[Asked]) -> Asked:
    """The content as its model.

    Raises:
        MediaError: not said to be JSON.
        InvalidError: not JSON, or a field that is missing, wrong or unknown.
    """
    if request.mimetype != JSON:
        raise MediaError("api.not_json")
    try:
        return model.model_validate_json(request.get_data(), strict=True)
    except ValidationError as wrong:
        fields: dict[str, TrackerError] = {}
        for error in wrong.errors(include_url=False):
            name = ".".join(map(str, error["loc"])) or "content"
            fields.setdefault(name, TrackerError("api.wrong_field", name=name, said=error["msg"]))
        raise InvalidError(fields) from wrong


def _file() -> bytes:
    if request.mimetype != CSV:
        raise MediaError("api.not_csv")
    return request.get_data()


def _key() -> str:
    """The write's key, bound to the owner: another's key says nothing.

    Raises:
        UnreadableError: none, or one that cannot be a key.
    """
    said = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(said):
        raise UnreadableError("api.no_key")
    return hashlib.sha256(f"{g.viewer.user_id}:{said}".encode()).hexdigest()[:36]


def _match() -> int | None:
    """The version in If-Match, as GET answers it in ETag.

    Raises:
        UnreadableError: it is no version.
    """
    said = request.headers.get("If-Match")
    if said is None:
        return None
    read = MATCH.fullmatch(said)
    if read is None:
        raise UnreadableError("editing.bad_match")
    return int(read[1])


def _write(operation: Operation, call: Callable[[Session, str], Call], args: dict[str, Any]) -> Any:
    key = _key()
    sent = hashlib.sha256(repr((sorted(args.items()), request.query_string, request.get_data())).encode())
    sent.update(request.headers.get("If-Match", "").encode() if operation.if_match else b"")
    what = f"api:{operation.name}:{sent.hexdigest()[:16]}"
    with doors.writing() as session:
        try:
            return once(
                session,
                key,
                by=g.viewer,
                what=what,
                now=doors.now(),
                act=lambda: operation.handler(call(session, f"{key}.m"), **args).model_dump(mode="json"),
            )
        except RefusedError as error:
            if error.code == "movements.request_id_used":
                raise RefusedError("api.other_body", key=request.headers["Idempotency-Key"]) from error
            raise


def _as_told(operation: Operation, body: Any) -> ResponseReturnValue:
    """The answer; of one thing with a mark of all that it says, and empty for whoever has just that already."""
    text, headers = json.dumps(body, ensure_ascii=False), {"Content-Type": JSON}
    marks = [str(body["version"])] if isinstance(body.get("version"), int) else []
    if operation.is_of_one:
        marks.append(hashlib.sha256(text.encode()).hexdigest()[:32])
    if marks:
        headers["ETag"] = f'"{"-".join(marks)}"'
    if operation.is_of_one and request.if_none_match.contains_weak("-".join(marks)):
        return "", 304, headers
    return text, operation.status, headers


def _answer(operation: Operation, args: dict[str, Any]) -> ResponseReturnValue:
    asked = _parameters(operation.query) if operation.query is not None else _parameters(Nothing)
    if_match = _match() if operation.if_match else None
    content: Any = None
    if operation.content is not None:
        content = _content(operation.content)
    elif operation.media == CSV:
        content = _file()

    def call(session: Session, key: str) -> Call:
        return Call(session, g.viewer, g.language, doors.now(), asked, content, key, if_match)

    if operation.writes:
        body = _write(operation, call, args)
    else:
        with doors.reading() as session:
            body = operation.handler(call(session, ""), **args).model_dump(mode="json")
    return _as_told(operation, body)


def operation(  # noqa: PLR0913 -- a row of the table is all of these
    method: str,
    path: str,
    permission: Permission,
    answers: type[BaseModel],
    *,
    query: type[Asked] | None = None,
    content: type[Asked] | None = None,
    media: str | None = None,
    status: int = 200,
    writes: bool | None = None,
    if_match: bool = False,
) -> Callable[[Handler], Handler]:
    """A row: the handler's name is the operation's, its docstring the summary."""

    def add(handler: Handler) -> Handler:
        row = Operation(
            name=handler.__name__,
            method=method,
            path=path,
            permission=permission,
            summary=(handler.__doc__ or "").strip().splitlines()[0],
            answers=answers,
            handler=handler,
            query=query,
            content=content,
            media=media or (JSON if content is not None else None),
            status=status,
            writes=method in {"POST", "PATCH"} if writes is None else writes,
            if_match=if_match,
        )
        TABLE.append(row)

        def view(**args: Any) -> ResponseReturnValue:
            return _answer(row, args)

        bp.add_url_rule(path, row.name, allow(permission)(view), methods=[method])
        return handler

    return add


def open_to_all(path: str, name: str, view: Callable[[], ResponseReturnValue]) -> None:
    """A page of the API that needs no token."""
    bp.add_url_rule(path, name, public(view), methods=["GET"])


def following(**changes: object) -> str:
    """The address of the next page: this one's parameters with some changed."""
    kept = {**request.args.to_dict(), **changes}
    return url_for(request.endpoint or "", **kept, **(request.view_args or {}))  # type: ignore[arg-type]
