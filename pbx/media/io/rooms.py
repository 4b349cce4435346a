"""Rooms: the conferences of a worker, and who sits in which."""

import logging
from collections.abc import Callable

from pbx.core.ids import LegId
from pbx.media.effects import ChangeSeat, JoinRoom, LeaveRoom, SeatRole
from pbx.media.events import ActiveTalker, MediaEvent, RoomRefused
from pbx.media.io.leg import RtpLeg
from pbx.media.io.recordings import ROOM_GONE, ROOM_LEFT, note_seat, note_voice
from pbx.media.io.tap import Tap
from pbx.media.room import Room, Seat

_log = logging.getLogger(__name__)
HEARD_BY_ALL: tuple[SeatRole, ...] = ("party", "barge")
KEY_MS = 100  # as long as we press a key for a party that a room had no need to time


class RoomPartner:
    """One room as its parties' partner; it mixes when the first of them is asked for in a tick."""

    __slots__ = ("_emit", "_mix", "_mixed_at", "_recorded", "_voices", "legs", "mixer", "room", "sample_rate")

    def __init__(self, name: str, sample_rate: int, emit: Callable[[MediaEvent], None]) -> None:
        self.room, self.sample_rate, self._emit = name, sample_rate, emit
        self.mixer = Room(sample_rate)
        self._mix: dict[LegId, bytes] = {}
        self._mixed_at = -1.0
        self._recorded: tuple[LegId, ...] = ()
        self.legs: dict[LegId, RtpLeg] = {}
        self._voices: dict[LegId, Tap] = {}  # also of who has left and fades out

    def sit(self, leg: RtpLeg, seat: Seat) -> None:
        """Seat a leg; ValueError for a full room or a seat that cannot be."""
        self.mixer.join(leg.leg, seat)
        self.legs[leg.leg], self._voices[leg.leg] = leg, leg.tap

    def rise(self, leg: LegId) -> None:
        """Unseat a leg; what it said last is heard once more."""
        self.mixer.leave(leg)
        self.legs.pop(leg, None)

    def hear(self, leg: LegId, pcm: bytes | None, now: float) -> None:
        self.mixer.put(leg, pcm)

    def speak(self, leg: LegId, now: float) -> bytes | None:
        if now != self._mixed_at:
            self._mix, self._mixed_at = self.mixer.mix(now), now
            self._recorded = tuple(one for one, party in self.legs.items() if party.tap.recordings)
            if len(self._voices) > len(self.legs):
                self._forget_silent()
            for fact in self.mixer.take_facts():
                self._emit(ActiveTalker(room=self.room, talker=fact.talker))
        return self._mix.get(leg)

    def may_record(self, leg: LegId) -> bool:
        """Whoever only listens, or whispers to somebody else, stops no recording."""
        return all(self._voices[one].may_record for one in self.mixer.heard_by(leg))

    def hearers(self, leg: LegId) -> tuple[Tap, ...]:
        recorded = [one for one in self._recorded if one in self.legs]
        return tuple(self.legs[one].tap for one in recorded if leg in self.mixer.heard_by(one))

    def _forget_silent(self) -> None:
        """Who has left is in nobody's mix any more."""
        heard = {one for leg in self.legs for one in self.mixer.heard_by(leg)}
        self._voices = {leg: tap for leg, tap in self._voices.items() if leg in self.legs or leg in heard}

    def fellows(self, leg: LegId) -> tuple[RtpLeg, ...]:
        return tuple(party for one, party in self.legs.items() if one != leg and self.is_heard(one))

    def voices(self, leg: LegId) -> tuple[RtpLeg, ...]:
        if self.mixer.seat(leg).deaf:
            return ()
        return tuple(party for party in self.fellows(leg) if not self.mixer.seat(party.leg).muted)

    def is_heard(self, leg: LegId) -> bool:
        """Whether everybody may hear the party; muting is for a while."""
        return self.mixer.seat(leg).role in HEARD_BY_ALL

    def press(self, leg: LegId, key: str) -> None:
        """A key means nothing to a room; only the peer of a watched call gets it, as without a room."""
        peer = self.legs[leg].peer
        if peer is not None and peer.leg in self.legs:
            peer.press(key, KEY_MS)


class Rooms:
    """A room is there while somebody is in it. `changed` = a leg has another partner.

    `share` = others are in the mix that a leg is sent.
    """

    def __init__(
        self,
        emit: Callable[[MediaEvent], None],
        changed: Callable[[RtpLeg], None],
        share: Callable[[RtpLeg], None],
    ) -> None:
        self._emit, self._changed, self._share = emit, changed, share
        self._rooms: dict[str, RoomPartner] = {}
        self._places: dict[LegId, str] = {}

    def join(self, order: JoinRoom, leg: RtpLeg | None) -> None:
        """Seat a leg, or seat it anew; RoomRefused says why it cannot be."""
        if leg is None:
            self._emit(RoomRefused(leg=order.leg, room=order.room, reason="unknown leg"))
            return
        if leg.partner is not None and order.leg not in self._places:
            self._emit(RoomRefused(leg=order.leg, room=order.room, reason="a bot has the party"))
            return
        if self._places.get(order.leg, order.room) != order.room:
            self.leave(LeaveRoom(leg=order.leg), leg)
        partner = self._rooms.get(order.room)
        if partner is None:
            partner = RoomPartner(order.room, order.sample_rate, self._emit)
        was_heard = order.leg in partner.legs and partner.is_heard(order.leg)
        seat = Seat(role=order.role, target=order.target, muted=order.muted, deaf=order.deaf)
        try:
            partner.sit(leg, seat)
        except ValueError as error:
            self._emit(RoomRefused(leg=order.leg, room=order.room, reason=str(error)))
            return
        self._rooms[order.room], self._places[order.leg] = partner, order.room
        leg.partner = partner
        _note_coming(leg, partner.is_heard(order.leg), was_heard)
        self._share_among(partner)
        self._changed(leg)
        _log.info("leg=%s room=%s joined as %s", order.leg, order.room, order.role)

    def change(self, order: ChangeSeat) -> None:
        """Mute, deafen or level a party; one that is in no room has left and said so."""
        room = self._rooms.get(self._places.get(order.leg, ""))
        if room is None:
            return
        named = {"muted": order.muted, "deaf": order.deaf, "in_db": order.in_db, "out_db": order.out_db}
        changes = {name: value for name, value in named.items() if value is not None}
        try:
            room.mixer.change(order.leg, **changes)
        except ValueError as error:
            _log.error("leg=%s seat not changed: %s", order.leg, error)
        self._share_among(room)

    def leave(self, order: LeaveRoom, leg: RtpLeg | None) -> None:
        """Take a leg out of its room; it hears its peer again, if it has one."""
        name = self._places.pop(order.leg, None)
        if name is None:
            return
        partner = self._rooms[name]
        partner.rise(order.leg)
        if not partner.mixer.parties:
            del self._rooms[name]
        for party in partner.legs.values():
            party.tap.note(ROOM_GONE, {"leg": order.leg})
        self._share_among(partner)
        if leg is not None:
            leg.partner = None
            self._share(leg)
            leg.tap.note(ROOM_LEFT, {"leg": leg.leg, "room": name})
            note_seat(leg)
            self._changed(leg)
        _log.info("leg=%s room=%s left", order.leg, name)

    def _share_among(self, room: RoomPartner) -> None:
        for party in room.legs.values():
            self._share(party)


def _note_coming(leg: RtpLeg, is_heard: bool, was_heard: bool) -> None:
    """Say in what is recorded of those who are together who is heard from now on, or is no more."""
    note_seat(leg)
    for party in leg.company:
        if is_heard:
            note_voice(party.tap, leg)
        elif was_heard:
            party.tap.note(ROOM_GONE, {"leg": leg.leg})
