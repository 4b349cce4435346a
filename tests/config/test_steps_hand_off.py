"""The step `hand_off` as it is written, and what it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from pbx.config.steps_hand_off import MAX_LEADS, STEPS, WrittenHandOff
from pbx.ivr.hand_off import HandOff

pytestmark = pytest.mark.requirement("IVR-04")


def written(leads_to: list[str], **changed: Any) -> WrittenHandOff:
    asked = {"server": "orders", "path": "/next", "send": ["order"]} | changed
    return WrittenHandOff.model_validate({"hand_off": asked, "leads_to": leads_to, "failed": "sorry"})


def test_what_it_becomes() -> None:
    assert STEPS["hand_off"].build(written(["night"], send_secret=["pin"])) == HandOff(
        server="orders", path="/next", send=("order",), secrets=("pin",), leads_to=("night",), failed="sorry"
    )


@pytest.mark.parametrize("changed", [{"path": "/x?a={order}"}, {"path": "next"}, {"send": ["a", "a"]}])
def test_what_is_wrong(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        written([], **changed)


def test_it_leads_to_so_many_and_no_more() -> None:
    names = [f"s{i}" for i in range(MAX_LEADS + 1)]
    written(names[:-1])
    with pytest.raises(ValidationError):
        written(names)
