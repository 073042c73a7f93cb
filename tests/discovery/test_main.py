"""``python -m discovery`` as an operator types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "discovery", *words]
    return subprocess.run(
        line, cwd=ROOT, input=given, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["survey", "8.8.8.0/24"], "public"),
        (["survey", "10.0.0.0/40"], "10.0.0.0/40 is no network"),
        (["survey", "10.0.0.7/24"], "an address in 10.0.0.0/24"),
        (["survey", "0.0.0.0/0"], "everything"),
        (["survey"], "no network to look at"),
        (["survey", "--config", "/nowhere.toml"], "/nowhere.toml"),
        (["survey", "127.0.0.0/30", "--network", "skolan"], "no network is called skolan"),
        (["sweep", "10.255.255.0/24"], "ARP does not pass routers"),
        (["plan", "10.0.0.0/8"], "too-large"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(words: list[str], said: str) -> None:
    done = _run(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_plan_sends_nothing_and_says_all() -> None:
    done = _run("plan", "10.1.2.0/28")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    *lines, foretold = lines
    assert {line["type"] for line in lines} == {"plan"}
    assert foretold["type"] == "duration"
    assert foretold["seconds"] > 0
    assert {line["method"] for line in lines} >= {"icmp", "tcp", "http", "mdns", "ssdp", "ssh", "nbns"}
    assert all(line["packets"] >= line["targets"] == 14 for line in lines)


def test_a_survey_writes_lines_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "survey.jsonl"
    done = _run("survey", "127.9.9.0/30", "--out", str(out), "--survey", "night-1", "--observer", "probe-2")
    assert done.returncode == 0, done.stderr
    (coverage,) = [
        line for line in map(json.loads, out.read_text().splitlines()) if line["type"] == "coverage"
    ]
    assert (coverage["v"], coverage["survey"], coverage["observer"]) == (1, "night-1", "probe-2")


def test_a_sweep_says_who_answers_and_then_its_coverage() -> None:
    done = _run("sweep", "127.9.9.0/30", "127.9.8.0/30", "--method", "tcp")
    assert done.returncode == 0, done.stderr
    covered = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["type"], line["network"]) for line in covered] == [
        ("coverage", "127.9.9.0/30"),
        ("coverage", "127.9.8.0/30"),
    ]


def test_identify_answers_each_line_with_a_line() -> None:
    given = [
        json.dumps({"id": "x", "evidence": [{"probe": "http", "key": "title", "value": "AXIS P3245-LV"}]}),
        "",
        "nonsense",
        json.dumps({"id": "y", "evidence": []}),
        json.dumps({"id": "z", "evidence": [{"probe": "http"}]}),
    ]
    done = _run("identify", given="\n".join(given) + "\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [line["id"] for line in lines] == ["x", None, "y", "z"]
    assert (lines[0]["device_class"], lines[0]["vendor"], lines[0]["is_iot"]) == ("camera", "Axis", True)
    assert (lines[2]["device_class"], lines[2]["vendor"], lines[2]["because"]) == ("unknown", None, [])
    assert "error" in lines[1]
    assert "error" in lines[3]
