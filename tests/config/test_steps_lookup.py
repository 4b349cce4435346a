"""The step `lookup` as it is written, and what it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.queries import WrittenQuery
from pbx.config.steps_lookup import STEPS, WrittenLookup, with_levels
from pbx.ivr.lookup import LookUp
from pbx.ivr.steps import FlowPlan, HangUp

pytestmark = pytest.mark.requirement("IVR-04")
QUERY = WrittenQuery.model_validate(
    {"url_file": "x", "select": "SELECT a, b FROM t WHERE n = :n", "columns": {"a": "V0", "b": "V2"}}
)


def written(**changed: Any) -> WrittenLookup:
    lookup = {"query": "order", "with": {"n": "order"}, "take": {"day": "a"}} | changed
    return WrittenLookup.model_validate({"lookup": lookup, "found": "tell", "failed": "sorry"})


def test_what_it_becomes() -> None:
    made = STEPS["lookup"].build(written(keep="1 min", send_secret=["pin"]))
    assert made == LookUp(
        query="order",
        given={"n": "order"},
        take={"day": "a"},
        keep_s=60.0,
        secrets=("pin",),
        found="tell",
        failed="sorry",
    )


@pytest.mark.parametrize("changed", [{"with": {}}, {"take": {"x": "A B"}}, {"keep": "2h"}, {"select": "x"}])
def test_what_is_wrong(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        written(**changed)


@pytest.mark.parametrize(("column", "level"), [("a", "V0"), ("b", "V2")])
def test_the_level_is_that_of_what_is_taken(column: str, level: str) -> None:
    step = STEPS["lookup"].build(written(take={"x": column}))
    plan = FlowPlan(name="f", start="ask", steps={"ask": step, "tell": HangUp(), "sorry": HangUp()})
    made = with_levels(plan, {"order": QUERY}).steps["ask"]
    assert isinstance(made, LookUp) and made.level == level
    assert with_levels(plan, {}) is plan
