"""Numbers that refuse: what counts at once, and what the store says later."""

import pytest

from pbx.call.refusals import Refusals, number_of, plain_tag
from pbx.core.ids import LegId
from tests.call.captures import party

pytestmark = pytest.mark.requirement("REC-06")
NUMBER = "+447700900123"
TAG = plain_tag("acme", NUMBER)


def test_a_change_counts_at_once_and_is_news_once() -> None:
    refusals = Refusals()
    assert refusals.change("acme", NUMBER, refuses=True)
    assert not refusals.change("acme", NUMBER, refuses=True)
    assert refusals.knows("acme", NUMBER)
    assert not refusals.knows("other", NUMBER)


def test_an_older_state_of_the_store_takes_nothing_back() -> None:
    refusals = Refusals()
    refusals.change("acme", NUMBER, refuses=True)
    refusals.restore([])  # read before the change was written
    assert refusals.knows("acme", NUMBER)


def test_what_the_store_has_confirmed_it_may_forget() -> None:
    refusals = Refusals()
    refusals.change("acme", NUMBER, refuses=True)
    refusals.restore([TAG])
    refusals.restore([])
    assert not refusals.knows("acme", NUMBER)


def test_a_yes_that_is_not_written_yet_counts_too() -> None:
    refusals = Refusals()
    refusals.restore([TAG])
    assert refusals.change("acme", NUMBER, refuses=False)
    refusals.restore([TAG])
    assert not refusals.knows("acme", NUMBER)


@pytest.mark.parametrize(
    ("who", "number", "kept"),
    [
        ("trunk/carrier", NUMBER, NUMBER),
        ("trunk/carrier", "", ""),  # withheld
        ("trunk/carrier", "999", ""),  # no E.164 number
        ("extension/1001", "1001", ""),
    ],
)
def test_who_can_be_remembered(who: str, number: str, kept: str) -> None:
    assert number_of(party(LegId("a"), who, number)) == kept
