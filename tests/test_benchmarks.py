"""The benchmarks still run, at a small size; here nothing is timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import kept, seeding, serving
from benchmarks.asking import Person

if TYPE_CHECKING:
    from pathlib import Path

TINY = seeding.Size(assets=300, movements=900, persons=60, devices=40, findings=20, schools=3, users=3)


@pytest.mark.wire
def test_every_page_of_the_benchmark_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setattr(kept.tempfile, "gettempdir", lambda: str(folder))
    made = kept.made(TINY, tmp_path)
    with serving.product(tmp_path, made.url) as server:
        for number in (0, 2):  # a technician, school staff
            person = Person(server.port, made, number)
            person.arrive()
            person.leaf()
            for deed in dict.fromkeys(person.deeds()):
                deed()
            person.leave()
            assert not person.timings.errors
            assert {"list", "asset page", "return"} <= set(person.timings.seconds)
        assert server.peak_mb() > 1
