"""What is repeated after a break: all that was not confirmed, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.unconfirmed import Unconfirmed


def test_what_was_confirmed_is_not_repeated() -> None:
    kept: Unconfirmed[str] = Unconfirmed()
    for message in "abc":
        kept.add(message)
    kept.confirm(2)
    assert (list(kept), len(kept)) == (["c"], 1)
    kept.add("d")
    kept.confirm(1)  # an old confirmation comes late
    assert list(kept) == ["c", "d"]
    kept.confirm(4)
    assert list(kept) == []


def test_more_than_was_sent_cannot_be_confirmed() -> None:
    kept: Unconfirmed[str] = Unconfirmed()
    kept.add("a")
    kept.confirm(1)
    with pytest.raises(ParseError):
        kept.confirm(2)


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_with_repeats_everything_arrives_once_and_in_order(bursts: list[int], data: st.DataObject) -> None:
    kept: Unconfirmed[int] = Unconfirmed()
    sent, received = 0, []
    for burst in bursts:
        for _ in range(burst):
            sent += 1
            kept.add(sent)
        arrived = data.draw(st.integers(0, len(kept)))  # then the connection breaks
        received += list(kept)[:arrived]
        kept.confirm(len(received))
    received += list(kept)
    assert received == list(range(1, sent + 1))
