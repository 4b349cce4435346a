"""Offers and answers of one dialog: who waits for whom, and which descriptions count."""

import pytest

from pbx.sip.exchange import Exchange


@pytest.mark.rfc("3264", "4")
def test_an_offer_waits_until_it_is_answered() -> None:
    exchange = Exchange()
    assert (exchange.pending, exchange.is_complete) == ("", False)
    exchange.offer_sent(b"a")
    assert (exchange.pending, exchange.is_complete) == ("ours", False)
    exchange.answer_received(b"b")
    assert (exchange.local, exchange.remote, exchange.is_complete) == (b"a", b"b", True)
    exchange.offer_received(b"c")
    assert (exchange.pending, exchange.remote) == ("theirs", b"c")
    exchange.answer_sent(b"d")
    assert (exchange.local, exchange.remote, exchange.is_complete) == (b"d", b"c", True)


@pytest.mark.rfc("3261", "14.1")
def test_a_refused_offer_leaves_everything_as_it_was() -> None:
    exchange = Exchange()
    exchange.refused()
    exchange.offer_received(b"a")
    exchange.answer_sent(b"b")
    exchange.offer_sent(b"c")
    exchange.refused()
    assert (exchange.pending, exchange.local, exchange.remote) == ("", b"b", b"a")
    exchange.refused()
    assert (exchange.local, exchange.remote) == (b"b", b"a")
