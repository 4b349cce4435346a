"""Stops: calls that somebody else than their parties wants to end: watches, recorders, rooms, accounts."""

from collections.abc import Callable, Iterator, Mapping

from pbx.call.call import Call
from pbx.call.ending import UNRECORDED as UNAVAILABLE
from pbx.call.events import CallFailed
from pbx.call.guests import NOT_RECORDED
from pbx.call.recording_clients import RecordingClients
from pbx.call.room_recordings import RoomRecordings
from pbx.call.supervision import OVER, Supervision
from pbx.call.tolls import STOPPED, Tolls
from pbx.core.ids import CallId, LegId
from pbx.media.events import RoomRefused

UNRECORDED = (500, "Not recorded")


class Stops:
    """Asks each of the boards once; what it has told is forgotten there."""

    __slots__ = ("_call_of", "_calls", "_recorders", "_rooms", "_supervision", "_tolls")

    def __init__(
        self,
        calls: Mapping[CallId, Call],
        call_of: Callable[[LegId], Call | None],
        boards: tuple[Supervision, RecordingClients, Tolls, RoomRecordings],
    ) -> None:
        self._calls, self._call_of = calls, call_of
        self._supervision, self._recorders, self._tolls, self._rooms = boards

    def take(self) -> Iterator[tuple[Call, CallFailed | RoomRefused]]:
        """Calls whose account may not spend more, that no recorder or room's recording has, and watchers'."""
        for watcher, reason in self._supervision.take_over():
            if (call := self._calls.get(watcher)) is not None:
                yield call, CallFailed(call=watcher, cause=OVER, reason=reason)
        for key in self._recorders.take_unrecorded():
            self._rooms.unreachable(key)
            if (call := self._calls.get(key)) and call.parts.capture.ruling.on_failure == "refuse":
                yield call, CallFailed(call=key, cause=NOT_RECORDED, reason=UNRECORDED)
        for key in self._rooms.take_unrecorded():
            if (call := self._calls.get(key)) is not None:
                yield call, CallFailed(call=key, cause=NOT_RECORDED, reason=UNAVAILABLE)
        for key, turned_out in self._rooms.take_turned_out():
            if (call := self._calls.get(key)) is not None:
                yield call, turned_out
        for leg, cause in self._tolls.take_stopped():
            call = self._call_of(leg)
            if call is not None:
                yield call, CallFailed(call=call.id, cause=cause, reason=STOPPED)
