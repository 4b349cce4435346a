"""A park as written, and what it becomes."""

import pytest
from pydantic import ValidationError

from pbx.config.parking import LEAST_S, MOST_S
from pbx.config.steps_waiting import STEPS, WrittenPark
from pbx.ivr.waiting import Park


def built(written: dict[str, object]) -> object:
    return STEPS["park"].build(WrittenPark.model_validate(written))


def test_what_it_becomes() -> None:
    assert built({"park": "any", "back": "a"}) == Park(slot="", back="a", full="a")
    whole = built({"park": 705, "for": "2 min", "tell": "group/a", "back": "a", "full": "b"})
    assert whole == Park(slot="705", back="a", full="b", wait_s=120.0, tell="group/a")


@pytest.mark.parametrize("wait", [f"{LEAST_S:g}s", f"{MOST_S:g}s"])
def test_as_long_as_may_be(wait: str) -> None:
    built({"park": "any", "for": wait, "back": "a"})


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"park": "any", "for": f"{LEAST_S - 1:g}s", "back": "a"}, "greater than"),
        ({"park": "any", "for": f"{MOST_S + 1:g}s", "back": "a"}, "less than"),
        ({"park": "lot", "back": "a"}, "any, or a slot"),
        ({"park": "any"}, "back"),
    ],
)
def test_what_is_refused(written: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        built(written)
