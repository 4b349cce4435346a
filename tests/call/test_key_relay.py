"""Keys of a bridged party, where SIP INFO is on one side or on both."""

from dataclasses import replace
from functools import partial

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import CallEffect
from pbx.core.audio import DigitChoice, DigitKind
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import TakeDigit
from pbx.media.events import DigitReceived
from pbx.sip.effects import SendInfo
from pbx.sip.events import InfoDigit
from pbx.sip.negotiation import MediaProfile
from tests.call.conftest import Board
from tests.call.parties import A, hang_up, talking


def taking(context: CallContext, party: str, digits: DigitChoice) -> CallContext:
    return replace(context, party_media={**context.party_media, party: MediaProfile(digits=digits)})


def board_with(digits: DigitChoice, party: str = "extension/1003") -> tuple[Board, LegId]:
    """Alice and Bob talk; a party of them takes its keys as `digits` says. Bob's leg."""
    board = Board(change=partial(taking, party=party, digits=digits))
    return board, talking(board)


def info(leg: LegId, key: str = "5") -> InfoDigit:
    return InfoDigit(leg=leg, digit=Secret(key), duration_ms=160)


def media(leg: LegId, key: str = "5", kind: DigitKind = "rfc4733") -> DigitReceived:
    return DigitReceived(leg=leg, digit=Secret(key), duration_ms=160, kind=kind)


def told(effects: list[CallEffect]) -> list[tuple[str, str]]:
    """Who is told a key, and how."""
    return [(type(one).__name__, one.leg) for one in effects if isinstance(one, SendInfo | TakeDigit)]


@pytest.mark.requirement("MED-05")
def test_an_info_digit_goes_to_the_worker_which_presses_it_for_the_peer() -> None:
    board, bob = board_with("auto")
    assert board.send(info(bob)) == [TakeDigit(leg=bob, digit=Secret("5"), duration_ms=160)]
    assert told(board.send(info(A, "6"))) == [("TakeDigit", A)]


@pytest.mark.requirement("MED-05")
def test_a_peer_that_takes_info_gets_events_and_tones_by_info() -> None:
    board, bob = board_with("info")
    assert board.send(media(A)) == [SendInfo(leg=bob, digit=Secret("5"), duration_ms=160)]
    assert told(board.send(media(A, "6", "rfc4733"))) == [("SendInfo", bob)]


@pytest.mark.requirement("MED-05")
def test_info_to_info() -> None:
    board, bob = board_with("info")
    assert told(board.send(info(A))) == [("TakeDigit", A), ("SendInfo", bob)]


@pytest.mark.requirement("MED-05")
def test_one_press_in_two_kinds_is_told_once() -> None:
    board, bob = board_with("info")
    board.send(media(A))
    board.now += 0.2
    assert told(board.send(info(A))) == [("TakeDigit", A)], "the worker judges for itself"
    board.now += 0.2
    assert told(board.send(media(A))) == [("SendInfo", bob)], "pressed again"


@pytest.mark.parametrize(("digits", "n_told"), [("auto", 1), ("info", 1), ("rfc4733", 0), ("inband", 0)])
def test_info_counts_only_where_it_is_taken(digits: DigitChoice, n_told: int) -> None:
    board, bob = board_with(digits)
    assert len(told(board.send(info(bob)))) == n_told


@pytest.mark.parametrize(("digits", "n_told"), [("auto", 1), ("info", 0), ("rfc4733", 1), ("inband", 0)])
def test_events_count_only_where_they_are_taken(digits: DigitChoice, n_told: int) -> None:
    """Alice takes INFO; Bob presses by events."""

    def change(context: CallContext) -> CallContext:
        return taking(taking(context, "extension/1003", digits), "trunk/carrier", "info")

    board = Board(change=change)
    bob = talking(board)
    assert len(told(board.send(media(bob)))) == n_told


def test_a_party_that_talks_with_nobody_is_heard_by_nobody() -> None:
    board, bob = board_with("info")
    hang_up(board, bob)
    assert told(board.send(media(A))) == []
    assert told(board.send(info(LegId("nobody")))) == []
