"""Who watches whom: the orders, and when a watch is over."""

import pytest

from pbx.call.watches import MAX_WATCHERS, WatchedPair, Watches
from pbx.core.ids import CallId, LegId
from pbx.media.effects import JoinRoom, LeaveRoom

pytestmark = pytest.mark.requirement("ACD-13")
A, B, S, T = (LegId(name) for name in "abst")
PAIR = WatchedPair(call=CallId("c"), watched=A, other=B)
ROOM = "watch:c"


def test_the_first_watcher_brings_the_room_and_the_last_takes_it_away() -> None:
    watches = Watches()
    listen = JoinRoom(leg=S, room=ROOM, role="listen")
    assert watches.begin(S, PAIR, "listen") == [
        JoinRoom(leg=A, room=ROOM),
        JoinRoom(leg=B, room=ROOM),
        listen,
    ]
    assert watches.begin(T, PAIR, "barge") == [JoinRoom(leg=T, room=ROOM, role="barge")]
    assert watches.end(S) == [LeaveRoom(leg=S)]
    assert watches.end(T) == [LeaveRoom(leg=leg) for leg in (T, A, B)]
    assert watches.end(T) == []


def test_keys_change_what_a_watcher_does() -> None:
    watches = Watches()
    watches.begin(S, PAIR, "listen")
    assert watches.press(S, "5") == ([JoinRoom(leg=S, room=ROOM, role="whisper", target=A)], "whisper")
    assert watches.press(S, "6") == ([JoinRoom(leg=S, room=ROOM, role="barge")], "barge")
    assert watches.press(S, "6") == watches.press(S, "7") == watches.press(T, "4") == ([], None)


@pytest.mark.requirement("R-27")
def test_a_watch_is_over_when_others_talk() -> None:
    watches = Watches()
    watches.begin(S, PAIR, "listen")
    watches.begin(T, PAIR, "listen")
    assert watches.follow(PAIR.call, frozenset({A, B})) == ([], ())
    assert watches.follow(CallId("other"), frozenset()) == ([], ())
    orders, over = watches.follow(PAIR.call, frozenset({A, LegId("new")}))
    assert orders == [LeaveRoom(leg=leg) for leg in (S, T, A, B)]
    assert over == (S, T)
    assert watches.press(S, "4") == ([], None)


def test_a_watcher_sits_once_with_those_whom_he_means() -> None:
    watches = Watches()
    watches.begin(S, PAIR, "listen")
    assert watches.begin(S, PAIR, "listen") is None
    assert watches.begin(T, WatchedPair(call=PAIR.call, watched=A, other=LegId("new")), "listen") is None


def test_the_limit_of_watchers() -> None:
    watches = Watches()
    seats = [watches.begin(LegId(f"s{n}"), PAIR, "listen") for n in range(MAX_WATCHERS + 1)]
    assert [seat is not None for seat in seats] == [True] * MAX_WATCHERS + [False]
