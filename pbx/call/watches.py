"""The watched calls of all tenants: who watches whom, and the orders that seat them together."""

from dataclasses import dataclass, field
from typing import Literal

from pbx.core.ids import CallId, LegId
from pbx.media.effects import JoinRoom, LeaveRoom, MediaEffect

WatchMode = Literal["listen", "whisper", "barge"]
MODES: dict[str, WatchMode] = {"4": "listen", "5": "whisper", "6": "barge"}  # by key of the supervisor
MAX_WATCHERS = 4  # of one call: a supervisor, his trainee, and two more who look in


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPair:
    """Two who are bridged; `watched` is the one whose extension is watched, who alone hears a whisper."""

    call: CallId
    watched: LegId
    other: LegId
    sample_rate: Literal[8000, 16000] = 8000


@dataclass(slots=True)
class _Watch:
    pair: WatchedPair
    watchers: dict[LegId, WatchMode] = field(default_factory=dict)


class Watches:
    """A room lies over the bridge of two who talk, while somebody watches; then the bridge is back.

    A watch is of these two: when others talk in their call, it is over, for those have agreed to nothing.
    Orders are for legs of other calls than the one that asks.
    """

    __slots__ = ("_calls", "_places")

    def __init__(self) -> None:
        self._calls: dict[CallId, _Watch] = {}
        self._places: dict[LegId, CallId] = {}

    def begin(self, watcher: LegId, pair: WatchedPair, mode: WatchMode) -> list[MediaEffect] | None:
        """Seat a watcher; None = there is no seat, or the call goes on with other parties."""
        watch = self._calls.get(pair.call) or _Watch(pair)
        if watcher in self._places or watch.pair != pair or len(watch.watchers) >= MAX_WATCHERS:
            return None
        two = () if watch.watchers else (pair.watched, pair.other)
        self._calls[pair.call], self._places[watcher] = watch, pair.call
        watch.watchers[watcher] = mode
        return [*(_join(leg, pair) for leg in two), _seat(watcher, watch)]

    def press(self, watcher: LegId, key: str) -> tuple[list[MediaEffect], WatchMode | None]:
        """A watcher changes what he does; the mode is None when he does not."""
        watch, mode = self._watch(watcher), MODES.get(key)
        if watch is None or mode is None or watch.watchers[watcher] == mode:
            return [], None
        watch.watchers[watcher] = mode
        return [_seat(watcher, watch)], mode

    def end(self, watcher: LegId) -> list[MediaEffect]:
        """A watcher is gone; with the last one the room goes. A stranger's going means nothing."""
        watch = self._watch(watcher)
        if watch is None:
            return []
        del watch.watchers[watcher], self._places[watcher]
        pair, gone = watch.pair, [watcher]
        if not watch.watchers:
            del self._calls[pair.call]
            gone += [pair.watched, pair.other]
        return [LeaveRoom(leg=leg) for leg in gone]

    def follow(self, call: CallId, talking: frozenset[LegId]) -> tuple[list[MediaEffect], tuple[LegId, ...]]:
        """Take who talks in a call now; when those are others, return whose watch is over."""
        watch = self._calls.get(call)
        if watch is None or talking == {watch.pair.watched, watch.pair.other}:
            return [], ()
        watchers = tuple(watch.watchers)
        return [order for watcher in watchers for order in self.end(watcher)], watchers

    def _watch(self, watcher: LegId) -> _Watch | None:
        call = self._places.get(watcher)
        return self._calls[call] if call is not None else None


def _room(pair: WatchedPair) -> str:
    return f"watch:{pair.call}"  # a conference has a / in its name and no colon


def _join(leg: LegId, pair: WatchedPair) -> JoinRoom:
    return JoinRoom(leg=leg, room=_room(pair), sample_rate=pair.sample_rate)


def _seat(watcher: LegId, watch: _Watch) -> JoinRoom:
    pair, mode = watch.pair, watch.watchers[watcher]
    target = pair.watched if mode == "whisper" else None
    return JoinRoom(leg=watcher, room=_room(pair), role=mode, target=target, sample_rate=pair.sample_rate)
