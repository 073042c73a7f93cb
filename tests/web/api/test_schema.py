"""The API keeps to its own description: schemathesis calls every operation with data that fits and data that does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from flask import Response, jsonify
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.control import SkipTest
from schemathesis.generation import GenerationMode

from tracker import throttle
from web.access import public
from web.api.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

EXAMPLES = 12
"""Calls of an operation, each way: with what fits and with what does not."""


def _operations(app: Flask, mode: GenerationMode) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    schema.config.generation.update(modes=[mode])
    if (
        mode is GenerationMode.NEGATIVE
    ):  # the token is ours to send: a call without it is no call with wrong data
        schema.raw_schema.pop("security")
    # What fits the description may still not fit the register: a unit that is not there, a tag that is taken.
    schema.config.checks.positive_data_acceptance.expected_statuses += ["422"]
    return [found.ok() for found in schema.get_all_operations()]


def _call(operation: Any, token: str, mode: GenerationMode, examples: int = EXAMPLES) -> int:
    """Call an operation with drawn data; how often. A failure is raised with its call."""
    called = 0

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        nonlocal called
        called += 1
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    run()
    return called


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls without a token are what is tried here; the throttle has its own test."""
    monkeypatch.setattr(throttle, "FREE", {"login": 100_000, "address": 100_000})


@pytest.mark.usefixtures("patient", "two_schools")
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_keeps_to_its_description(
    app: Flask, program: Callable, mode: GenerationMode
) -> None:
    token = program("anna").token
    wrong, free, called = [], [], 0
    for operation in _operations(app, mode):
        try:
            called += _call(operation, token, mode)
        except SkipTest:
            assert mode is GenerationMode.NEGATIVE, (
                operation.label
            )  # takes any text: nothing is wrong data for it
            free.append(operation.label)
        except BaseExceptionGroup as failures:
            wrong += [f"{operation.label}: {failure}" for failure in failures.exceptions]
    assert wrong == []
    assert called > 100
    assert len(free) <= 2, free


@pytest.mark.usefixtures("patient", "two_schools")
def test_an_answer_that_breaks_the_description_would_be_caught(app: Flask, program: Callable) -> None:
    token = program("anna").token

    @public
    def planted() -> Response:
        return jsonify(rows="none", total="many")

    app.view_functions["api.list_assets"] = planted
    (operation,) = [o for o in _operations(app, GenerationMode.POSITIVE) if o.label == "GET /api/v1/assets"]
    with pytest.raises(BaseExceptionGroup):
        _call(operation, token, GenerationMode.POSITIVE, examples=3)


def test_the_document_is_whole_and_names_every_operation_once(app: Flask) -> None:
    said = json.loads(app.test_client().get("/api/v1/openapi.json").data)
    assert said == json.loads(json.dumps(document()))
    names = [one["operationId"] for path in said["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) > 20
    assert said["openapi"] == "3.1.0"
