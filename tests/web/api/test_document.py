"""The page about the API holds calls that work as they stand."""

from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]


def _curls() -> list[list[str]]:
    lines = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line) for line in lines if line.strip().startswith("curl ")]


def _sent(words: list[str], token: str, asset_id: object) -> tuple[str, dict[str, str], bytes | None]:
    """Address, headers and content of a curl command, with its variables and its asset's id filled in."""
    headers, content = {}, None
    for option, value in pairwise(words):
        if option == "-H":
            name, _, said = value.partition(": ")
            headers[name] = said.replace("$TOKEN", token)
        elif option == "-d":
            content = value.encode()
        elif option == "--data-binary":
            content = "Märkning;Enhet\n60001;Ekbackaskolan\n".encode()
    parts = urlsplit(
        words[-1].replace("$ENHETSKOLL", "http://localhost").replace("/assets/1", f"/assets/{asset_id}")
    )
    return f"{parts.path}?{parts.query}", headers, content


def test_the_four_calls_of_the_page_work(program: Callable, two_schools: dict) -> None:
    own = program("anna")
    curls = _curls()
    assert len(curls) == 4
    for words in curls:
        path, headers, content = _sent(words, own.token, two_schools["own"]["asset_id"])
        if "If-Match" in headers:  # the version as it was read, which is ours to fill in
            headers["If-Match"] = own.client.get(path, headers=headers).headers["ETag"]
        send = (
            own.client.get if content is None else own.client.patch if "PATCH" in words else own.client.post
        )
        answer = send(path, headers=headers, **({} if content is None else {"data": content}))
        assert answer.status_code == 200, (path, answer.text)
