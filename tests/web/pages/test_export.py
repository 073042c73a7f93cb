"""The export of a list goes out while it is read: its first piece before the last row, and no more memory for more rows."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

from sqlalchemy import insert
from sqlmodel import select

from tests.conftest import NOW
from tracker.db import writing
from tracker.queries import assets as queries
from tracker.swedish import search_key, sort_key
from tracker.tables import Asset, Unit
from tracker.words import AssetStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from sqlalchemy import Engine

    from tests.web.conftest import Browser


def _fill(engine: Engine, first: int, last: int) -> None:
    with writing(engine) as session:
        unit_id = session.exec(select(Unit.id).where(Unit.name == "Ekbackaskolan")).one()
        common = {"status": AssetStatus.IN_STOCK, "unit_id": unit_id, "version": 1, "expected_online": True}
        tags = [f"X-{number:06d}" for number in range(first, last)]
        session.connection().execute(
            insert(Asset),
            [
                common
                | {"tag": tag, "name": f"Vagn {tag}", "created_at": NOW, "changed_at": NOW}
                | {"sort_key": sort_key(tag), "search_key": search_key(tag)}
                for tag in tags
            ],
        )


def _pieces(anna: Browser) -> Iterator[bytes]:
    answer = anna.client.get("/assets.csv", buffered=False)
    assert answer.status_code == 200
    assert "Content-Length" not in answer.headers
    return iter(answer.response)


def test_the_first_piece_goes_out_before_the_last_row_is_read(
    browser: Callable[[str], Browser], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(engine, 0, 3_000)
    read, all_of_them = 0, queries.every_asset

    def counted(*args: object) -> Iterator[object]:
        nonlocal read
        for row in all_of_them(*args):  # type: ignore[arg-type]
            read += 1
            yield row

    monkeypatch.setattr("web.pages.assets.queries.every_asset", counted)
    pieces = _pieces(browser("anna"))
    heading = next(pieces)
    assert (heading.count(b"\r\n"), read) == (1, 0)
    piece = next(pieces)
    assert 0 < piece.count(b"\r\n") <= read < 3_000
    rest = sum(piece.count(b"\r\n") for piece in pieces)
    assert piece.count(b"\r\n") + rest == read == 3_000


def _peak(anna: Browser) -> tuple[int, int]:
    """Rows, and the most bytes that Python held meanwhile."""
    gc.collect()  # what an earlier test left is not the export's
    tracemalloc.start()
    try:
        rows = sum(piece.count(b"\r\n") for piece in _pieces(anna)) - 1
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_rows_take_no_more_memory(browser: Callable[[str], Browser], engine: Engine) -> None:
    anna = browser("anna")
    _fill(engine, 0, 2_000)
    _peak(anna)  # what the first answer leaves behind is not the rows'
    few_rows, few = _peak(anna)
    _fill(engine, 2_000, 8_000)
    rows, many = _peak(anna)
    assert (few_rows, rows) == (2_000, 8_000)
    assert many < 2 * few  # all rows held at once would be four times as much
