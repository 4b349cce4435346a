"""The orders of features are told apart from those that leave the call."""

from typing import get_args

from pbx.call.effects import CallEffect
from pbx.call.ordered import EnterFlow, HandOff, Ordered


def test_what_the_call_does_itself_never_leaves_it() -> None:
    assert EnterFlow in get_args(HandOff)
    assert set(get_args(HandOff)).isdisjoint(get_args(CallEffect))
    assert set(get_args(Ordered)) == {*get_args(HandOff), *get_args(CallEffect)}
