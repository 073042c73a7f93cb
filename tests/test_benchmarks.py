"""The benchmarks still run, at a small size; here nothing is timed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks import export, kept, seeding, serving
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


@pytest.mark.wire
def test_the_export_benchmark_reads_every_row_and_says_when_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setattr(kept.tempfile, "gettempdir", lambda: str(folder))
    monkeypatch.setattr(export, "SECONDS", float("inf"))  # nothing is timed here
    monkeypatch.setattr(export, "PEAK_MB", float("inf"))
    monkeypatch.setattr(export.seeding, "QUICK", TINY)
    monkeypatch.setattr("sys.argv", ["export", "--quick"])
    export.main()
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith(f"| {TINY.assets} | ")
    whole = export.take

    def without_the_last(*args: object) -> export.Export:
        return replace(whole(*args), rows=TINY.assets - 1)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "take", without_the_last)
    with pytest.raises(SystemExit, match="rows are missing"):
        export.main()
