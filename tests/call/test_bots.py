"""One voice bot at a time; what an earlier one says later is not heard."""

import re

import pytest

from pbx.call.bots import Bots
from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.ivr.effects import TalkToBot
from pbx.ivr.events import BotLeft
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import StreamEnd, StreamEnded

A, B = LegId("a"), LegId("b")
ORDER = TalkToBot(url=Secret("wss://bot.example/?token=x"), parameters={"k": "v"}, plain=False)


@pytest.fixture
def bots() -> Bots:
    return Bots(CallId("c1"), A)


def ended(stream: str, reason: StreamEnd = "bot_closed", leg: LegId = A) -> StreamEnded:
    return StreamEnded(leg=leg, stream=stream, reason=reason)


def test_the_order(bots: Bots) -> None:
    opened = bots.open(ORDER, "acme", {})
    assert opened == OpenStream(
        leg=A, stream=opened.stream, account="acme", url=ORDER.url, parameters={"k": "v"}, plain=False
    )
    assert re.fullmatch("MZ[0-9a-f]{32}", opened.stream)
    assert "token" not in repr(opened)


@pytest.mark.requirement("MED-14")
def test_what_is_known_is_filled_in(bots: Bots) -> None:
    order = TalkToBot(
        url=Secret("wss://bot.example/?token=x&from={caller}&order={order}"),
        parameters={"who": "{verification} of {tenant} in {call}"},
        plain=False,
        entered={"order": Secret("4711"), "caller": Secret("0000")},
    )
    opened = bots.open(order, "acme", {"caller": "+441632960999", "verification": "V1"})
    assert opened.url.reveal() == "wss://bot.example/?token=x&from=%2B441632960999&order=4711"
    assert opened.parameters == {"who": "V1 of acme in c1"}
    assert "4711" not in repr(order) and "4711" not in repr(opened)


@pytest.mark.parametrize(
    ("reason", "outcome"), [("bot_closed", "next"), ("lost", "failed"), ("unreachable", "failed")]
)
def test_how_it_ends(bots: Bots, reason: StreamEnd, outcome: str) -> None:
    stream = bots.open(ORDER, "acme", {}).stream
    left = bots.ended(ended(stream, reason))
    assert left is not None
    assert left.outcome == outcome
    assert bots.ended(ended(stream, reason)) is None
    assert bots.close() == []


def test_only_the_last_one_counts(bots: Bots) -> None:
    first = bots.open(ORDER, "acme", {}).stream
    assert bots.close() == [CloseStream(leg=A)]
    second = bots.open(ORDER, "acme", {}).stream
    assert first != second
    assert bots.ended(ended(first, "closed")) is None
    assert bots.ended(ended(second, leg=B)) is None
    assert bots.ended(ended(second)) == BotLeft(outcome="next")


def test_a_worker_that_is_gone_says_nothing_of_its_bot(bots: Bots) -> None:
    assert bots.lost() == []
    stream = bots.open(ORDER, "acme", {}).stream
    (lost,) = bots.lost()
    assert lost == ended(stream, "failed")
    assert bots.ended(lost) == BotLeft(outcome="failed")
    assert bots.lost() == []
