"""Lists of sources of any length as orders."""

import pytest

from pbx.core.ids import LegId, Token
from pbx.media.effects import AppendSources, Play
from pbx.media.play_orders import MAX_SOURCES, play_orders
from pbx.media.sources import SilenceSource

LEG, TOKEN = LegId("a"), Token(3)


def sources(n: int) -> tuple[SilenceSource, ...]:
    return tuple(SilenceSource(duration_ms=at) for at in range(n))


@pytest.mark.parametrize("n", [0, 1, MAX_SOURCES])
def test_what_goes_into_one_order(n: int) -> None:
    assert play_orders(LEG, TOKEN, sources(n)) == [Play(leg=LEG, token=TOKEN, sources=sources(n))]


def test_one_more_is_appended() -> None:
    whole = sources(MAX_SOURCES + 1)
    first, second = play_orders(LEG, TOKEN, whole)
    assert first == Play(leg=LEG, token=TOKEN, sources=whole[:-1], more=True)
    assert second == AppendSources(leg=LEG, token=TOKEN, sources=whole[-1:])


def test_a_long_list_in_parts() -> None:
    whole = sources(3 * MAX_SOURCES)
    orders = play_orders(LEG, TOKEN, whole)
    assert [order.more for order in orders] == [True, True, False]
    assert tuple(source for order in orders for source in order.sources) == whole


def test_a_key_ends_the_whole_list() -> None:
    first, second = play_orders(LEG, TOKEN, sources(MAX_SOURCES + 1), until_key=True)
    assert isinstance(first, Play) and first.until_key and first.more
    assert isinstance(second, AppendSources)
