"""A ring as written, and what it becomes."""

import pytest
from pydantic import ValidationError

from pbx.config.steps_ring import MAX_TARGETS, STEPS, WrittenRing
from pbx.ivr import steps
from pbx.ivr.step import Step
from pbx.ivr.timing import Timing

MOBILE = {"number": "07700 900999", "account": 1001, "after": "10s", "for": "15s"}


def ring(targets: object) -> Step:
    written: dict[str, object] = {"ring": targets, "for": "20s", "no_answer": "a", "busy": "b"}
    return STEPS["ring"].build(WrittenRing.model_validate(written))


def test_several_ring_together() -> None:
    step = ring(["extension/1001", "group/support"])
    one = steps.Ring(target="extension/1001", others=("group/support",), ring_s=20.0, no_answer="a", busy="b")
    assert step == one
    assert step.words == "rings extension/1001 and group/support for 20 s"


def test_as_many_ring_as_may() -> None:
    most = [f"extension/{number}" for number in range(1001, 1001 + MAX_TARGETS)]
    assert isinstance(ring(most), steps.Ring)
    for wrong in ([*most, "group/support"], [], ["group/support"] * 2):
        with pytest.raises(ValidationError):
            ring(wrong)


def test_a_ring_of_one() -> None:
    assert ring("group/support") == steps.Ring(target="group/support", ring_s=20.0, no_answer="a", busy="b")
    assert STEPS["ring"].step is steps.Ring


@pytest.mark.requirement("CF-12")
def test_each_place_has_its_time() -> None:
    step = ring([{"to": "extension/1001", "for": "10s"}, MOBILE])
    assert isinstance(step, steps.Ring)
    assert step.targets == ("extension/1001", "number/07700 900999")
    assert step.timings == {
        "extension/1001": Timing(ring_s=10.0),
        "number/07700 900999": Timing(after_s=10.0, ring_s=15.0, account="1001"),
    }
    number = "number 0770******99 after 10 s for 15 s"
    assert step.words == f"rings extension/1001 for 10 s and {number} for 20 s"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"to": "extension/1001", **MOBILE}, "expected to"),
        ({"after": "1s"}, "expected to"),
        ({"number": "07700 900999"}, "whose call is it?"),
        ({"to": "extension/1001", "account": "1001"}, "account goes with number"),
        ({"to": "extension/1001", "after": "20s"}, "never rings"),
        ([MOBILE, {**MOBILE, "after": "2s"}], "listed twice"),
        (1001, "needs quotes"),
    ],
)
def test_a_place_that_is_none(wrong: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ring(wrong)
