"""Calls that somebody else than their parties ends, each told once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.conferences import Conferences
from pbx.call.context import Wall
from pbx.call.recording_clients import RecordingClients
from pbx.call.refusals import Refusals
from pbx.call.room_recordings import RoomRecordings
from pbx.call.stops import Stops
from pbx.call.supervision import OVER, Supervision
from pbx.call.tolls import Tolls
from pbx.core.ids import CallId, SeededIds
from pbx.fraud.guard import TollGuard
from pbx.sip.effects import HangUp
from tests.call.conftest import Board
from tests.call.parties import hang_up
from tests.call.test_supervision import STAFF, S, allowed, busy, watch

pytestmark = pytest.mark.requirement("R-27")


def test_the_call_of_a_watcher_ends_when_there_is_nothing_to_hear() -> None:
    board = Board(change=allowed)
    callee = busy(board)
    watch(board)
    hang_up(board, callee)
    assert S in [one.leg for one in board.all(HangUp)]
    assert OVER in {call.record().cause for call in board.switchboard.calls.values()}


def test_where_no_board_has_anything_to_tell_no_call_ends() -> None:
    board = Board(change=lambda one: replace(one, staff_acknowledged=STAFF))
    busy(board)
    calls, ids = board.switchboard.calls, SeededIds("stops")
    wall = Wall(datetime(2026, 1, 2, tzinfo=UTC), board.now)
    tolls, rooms = (
        Tolls(TollGuard({}, ids, wall)),
        RoomRecordings(calls, Conferences(), (ids, wall, Refusals())),
    )
    clients = RecordingClients((ids, wall), lambda leg: None, lambda call: ())
    boards = (Supervision(dict(calls)), clients, tolls, rooms)
    stops = Stops(calls, lambda leg: calls.get(CallId(leg)), boards)
    assert list(stops.take()) == []
