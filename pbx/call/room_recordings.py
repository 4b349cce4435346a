"""Room recordings: conferences that are recorded, each as one, beside the calls of those who sit there.

A call does not know of it: where its caller sits, and what he was told, is compared after each step with what
was known before. Orders may be for legs of other calls than the one that has changed.
"""

from collections.abc import Iterable, Mapping

from pbx.call.attendance import NOT_AGREED
from pbx.call.call import Call
from pbx.call.capture import Capture
from pbx.call.conferences import Conferences
from pbx.call.context import Wall
from pbx.call.effects import CallEffect, CallFinished
from pbx.call.events import CallEvent, LegLost, RecordingOrdered
from pbx.call.gathering import Member
from pbx.call.recorded_room import RecordedRoom, comes_back
from pbx.call.refusals import Refusals
from pbx.call.room_orders import RoomOrders
from pbx.core.ids import CallId, Ids, LegId, RecordingId
from pbx.media.effects import MoveRecording, SetGate
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped, RoomRefused
from pbx.sip.record_header import RecordRequested

MAX_CLOSING = 1000  # journals whose end nobody has told yet: their worker has died
_Told = RecordingStarted | RecordingFailed | RecordingStopped


class RoomRecordings:
    """At most one recording of each conference at a time, with a call record of its own."""

    __slots__ = (
        "_by_call",
        "_by_recording",
        "_calls",
        "_changed",
        "_conferences",
        "_cut_off",
        "_ids",
        "_places",
        "_refusals",
        "_rooms",
        "_touched",
        "_turned_out",
        "_wall",
    )

    def __init__(
        self, calls: Mapping[CallId, Call], conferences: Conferences, by: tuple[Ids, Wall, Refusals]
    ) -> None:
        """`calls` are the live ones; somebody else keeps them."""
        self._calls, self._conferences = calls, conferences
        self._ids, self._wall, self._refusals = by
        self._rooms: dict[str, RecordedRoom] = {}
        self._by_call: dict[CallId, RecordedRoom] = {}
        self._by_recording: dict[RecordingId, RecordedRoom] = {}
        self._places: dict[LegId, str] = {}  # where each caller sat when he was looked at last
        self._touched: dict[CallId, Call] = {}
        self._cut_off: list[CallId] = []  # whose room may not go on unrecorded
        self._turned_out: list[
            tuple[CallId, RoomRefused]
        ] = []  # who does not agree to what has to be recorded
        self._changed: dict[CallId, RecordedRoom] = {}

    @property
    def deadline(self) -> float | None:
        """When a pause has lasted too long, or a room may not go on."""
        machines = ((one.capture, one.grace, one.refusers) for one in self._rooms.values())
        dues = (machine.deadline for three in machines for machine in three)
        return min((due for due in dues if due is not None), default=None)

    @property
    def rooms(self) -> Mapping[CallId, RecordedRoom]:
        """The rooms that have a record, by its call."""
        return {key: room for key, room in self._by_call.items() if room.is_on_record}

    def keeping(self, leg: LegId) -> Capture | None:
        """What is recorded of a leg in its room, None = nothing."""
        room = self._rooms.get(self._conferences.place(leg) or "")
        return room.capture if room is not None and room.capture.keeps(leg) else None

    def take_touched(self) -> list[Call]:
        """The other calls that wait for something else since this was asked last."""
        touched, self._touched = self._touched, {}
        return list(touched.values())

    def take_changed(self) -> list[RecordedRoom]:
        """The rooms in which something has happened since this was asked last, also those that are over."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def unreachable(self, call: CallId) -> None:
        """No recorder of others takes the room with this record: its calls end if they may not go on so."""
        room = self._by_call.get(call)
        if room is not None and room.capture.ruling.on_failure == "refuse":
            self._put_out(room)

    def _put_out(self, room: RecordedRoom) -> None:
        room.is_cut_off, room.grace.deadline = True, None
        self._cut_off += [guest.call for guest in self._conferences.guests(room.name)]

    def _turn_out(self, room: RecordedRoom, now: float) -> None:
        over = room.refusers.take_over(now)
        for guest in self._conferences.guests(room.name) if over else ():
            if guest.leg in over:
                event = RoomRefused(leg=guest.leg, room=room.name, reason=NOT_AGREED)
                self._turned_out.append((guest.call, event))

    def take_turned_out(self) -> list[tuple[CallId, RoomRefused]]:
        """The calls of those who have to leave a room, since this was asked last."""
        found, self._turned_out = self._turned_out, []
        return found

    def take_unrecorded(self) -> list[CallId]:
        """The calls of those in a room that had to be recorded and was not, since this was asked last."""
        found, self._cut_off = self._cut_off, []
        return found

    def tick(self, now: float) -> list[CallEffect]:
        """A forgotten pause ends by itself, and so does the time to say goodbye."""
        for room in self._rooms.values():
            self._turn_out(room, now)
            if room.grace.is_over(now):
                self._put_out(room)
        due = [room for room in self._rooms.values() if (room.capture.deadline or now + 1) <= now]
        return [done for room in due for done in self._follow(room, now, room.capture.tick(now))]

    def hear(self, event: CallEvent, now: float) -> list[CallEffect] | None:
        """An event of a room's recording, or an order from outside for it; None = another's too."""
        if isinstance(event, LegLost):
            self._lost(event.leg)
        if isinstance(event, RecordingOrdered) and (room := self._by_call.get(event.call)) is not None:
            act = room.capture.unpause if event.on else room.capture.pause
            return self._follow(room, now, act(event.actor, event.reason, now))
        if not isinstance(event, _Told) or (room := self._by_recording.get(event.recording)) is None:
            return None
        done = room.capture.handle(event)
        if not isinstance(event, RecordingStarted):
            self._by_recording.pop(event.recording, None)
        return self._follow(room, now, done) if room.name in self._rooms else [*room.saved(), *done]

    def key(self, call: Call, event: CallEvent, now: float) -> list[CallEffect]:
        """The record key of who sits in a conference; nothing = it is for the recording of his own call."""
        if not isinstance(event, RecordRequested):
            return []
        room = self._rooms.get(self._conferences.place(event.leg) or "")
        if room is None or event.leg != call.caller.id:
            return []
        members = self._members(room.name)
        own = call.parts.capture
        decided = room.capture.ruling.decide(one.leg.party for one in members)
        if own.is_running and not (room.capture.is_running or room.capture.ruling.may_order):
            return []
        done, answer = RoomOrders(room.gathering).key(call.caller, members, now, on=event.on)
        if event.on:
            room.ordered(call.caller.id)
        return [*self._follow(room, now, [*decided, *done]), answer]

    def _lost(self, leg: LegId) -> None:
        room = self._rooms.get(self._conferences.place(leg) or "")
        if room is not None:
            room.lost(leg)

    def after(self, call: Call, effects: list[CallEffect], now: float) -> list[CallEffect]:
        """A call has changed, and orders `effects`: what has to be so before these comes first."""
        leg = call.caller
        before, here = self._places.get(leg.id), self._conferences.place(leg.id)
        is_plain = call.parts.context.recording.is_plain
        if before is None and (here is None or (is_plain and not self._conferences.is_kept(here))):
            return effects
        if here is not None:
            self._places[leg.id] = here
        elif not comes_back(leg):
            self._places.pop(leg.id, None)
            call.parts.kept_in_room(leg, now, is_kept=False)
        done: list[CallEffect] = []
        for name in dict.fromkeys(one for one in (before, here) if one is not None):
            done += self._follow(self._room(name, call), now)
        early = [one for one in done if _comes_first(one)]
        return [*early, *effects, *(one for one in done if not isinstance(one, MoveRecording))]

    def _room(self, name: str, call: Call) -> RecordedRoom:
        room = self._rooms.get(name)
        if room is None:
            room = RecordedRoom(name, call.parts.context, (self._ids, self._wall), self._refusals)
            self._rooms[name] = self._by_call[room.call] = room
            self._conferences.records[name] = room.capture
        return room

    def _members(self, name: str) -> list[Member]:
        return [
            Member(leg=one.present.leg, capture=one.present.capture, telling=call.parts.features.telling)
            for one in self._conferences.guests(name)
            if (call := self._calls.get(one.call)) is not None
        ]

    def _follow(self, room: RecordedRoom, now: float, done: Iterable[CallEffect] = ()) -> list[CallEffect]:
        """Bring the recording to what is in the room now; its record is saved first."""
        self._changed[room.call] = room
        seated, members = self._conferences.seated(room.name), self._members(room.name)
        done = [*done, *room.follow(members, seated, now)]
        if room.capture.recording is not None and room.capture.is_running:
            self._claim(room.capture.recording, room)
        for guest in self._conferences.guests(room.name):
            self._places[guest.leg] = room.name  # he may have come when nothing was recorded here
            call = self._calls.get(guest.call)
            if call is None:
                continue
            is_kept = room.capture.is_running and room.capture.keeps(guest.leg)
            paused = is_kept and room.capture.paused is not None
            is_news = call.parts.kept_in_room(guest.present.leg, now, is_kept=is_kept, is_paused=paused)
            if room.tell(call.parts.indicator, guest.present.leg, now) or is_news:
                done += call.parts.indicator.follow(now)
                self._touched[call.id] = call
            elif done:
                self._touched[call.id] = call
        if not seated:
            done += self._over(room, now)
        return [*room.saved(), *done, *self._finished(room)]

    def _claim(self, recording: RecordingId, room: RecordedRoom) -> None:
        self._by_recording[recording] = room
        while len(self._by_recording) > MAX_CLOSING + len(self._rooms):
            del self._by_recording[next(iter(self._by_recording))]

    def _over(self, room: RecordedRoom, now: float) -> list[CallEffect]:
        self._rooms.pop(room.name, None)
        self._conferences.records.pop(room.name, None)
        self._by_call.pop(room.call, None)
        return room.over(now)

    def _finished(self, room: RecordedRoom) -> list[CallEffect]:
        return [] if room.name in self._rooms or not room.is_on_record else [CallFinished(call=room.call)]


def _comes_first(effect: CallEffect) -> bool:
    """A recording moves before its leg closes, and a gate shuts before its leg is heard in the room."""
    return isinstance(effect, MoveRecording) or (isinstance(effect, SetGate) and not effect.open)
