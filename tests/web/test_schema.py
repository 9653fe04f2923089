"""Whatever the description of the API allows, or just forbids, is answered, never with a crash.

A longer round, by the schemathesis command against a running page:

    schemathesis run http://127.0.0.1:8000/api/openapi.json --max-time 300
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings

pytestmark = [pytest.mark.needs("fastapi", "pebble", "score", "schemathesis"), pytest.mark.slow]

#: all but GET /api/choices, of which nothing can be asked
OPERATIONS = [
    "GET /api/set",
    "GET /api/tune",
    "POST /api/check",
    "POST /api/chords",
    "POST /api/fix",
    "POST /api/harmonize",
    "POST /api/read",
    "POST /api/render/{kind}",
    "POST /api/second-voice",
    "POST /api/vary",
]


@pytest.fixture(scope="module")
def described(page: str) -> dict[str, Any]:
    """The operations of the running page as it describes them, by name."""
    from schemathesis import openapi

    api = openapi.from_url(f"{page}/api/openapi.json")
    return {each.ok().label: each.ok() for each in api.get_all_operations()}


def test_every_operation_is_tried(described: dict[str, Any]) -> None:
    assert sorted(described) == ["GET /api/choices", *OPERATIONS]


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_breaks_the_api(described: dict[str, Any], name: str) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi import checks

    as_described = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    for mode in GenerationMode:

        @given(case=described[name].as_strategy(generation_mode=mode))
        @settings(max_examples=8, phases=[Phase.explicit, Phase.generate])
        def ask(case: Any) -> None:
            case.call_and_validate(checks=as_described, timeout=300)

        ask()
