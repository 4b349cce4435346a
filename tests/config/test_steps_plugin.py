"""The step `plugin` as it is written, and what it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.steps_plugin import STEPS, WrittenPlugin
from pbx.ivr.plugin_steps import AskPlugin

pytestmark = pytest.mark.requirement("IVR-10")


def written(**changed: Any) -> WrittenPlugin:
    asked = {"name": "loyalty", "with": {"rate": 2}, "send": ["caller"], "take": {"sum": "points"}} | changed
    return WrittenPlugin.model_validate({"plugin": asked, "ways": {"known": "tell"}, "failed": "sorry"})


def test_what_it_becomes() -> None:
    assert STEPS["plugin"].build(written(budget="200ms")) == AskPlugin(
        name="loyalty",
        settings={"rate": 2},
        send=("caller",),
        take={"sum": "points"},
        budget_s=0.2,
        by_outcome={"known": "tell"},
        failed="sorry",
    )


@pytest.mark.parametrize("changed", [{"budget": "49ms"}, {"budget": "5100ms"}, {"name": "../x"}])
def test_what_is_wrong(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        written(**changed)
