"""The conferences of all tenants: who sits in which, and what each hears of the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pbx.call.capture import Capture
from pbx.call.company import Present
from pbx.call.leg import Leg
from pbx.consent.effects import ConsentDecision, ConsentState
from pbx.core.ids import CallId, LegId, Token
from pbx.media.effects import ChangeSeat, JoinRoom, LeaveRoom, MediaEffect, Play, SetMusic, ToneSource
from pbx.services.conference import TONE_MS, Place, RoomSettings

BEEP = Token(-2)  # never a token of a feature


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who wants in, of which call, and the media worker that has it."""

    present: Present
    call: CallId

    @property
    def leg(self) -> LegId:
        """The one that sits."""
        return self.present.leg.id

    @property
    def worker(self) -> int:
        """Where its media are now."""
        return self.present.leg.worker


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """What is shown of one party of a room."""

    leg: LegId
    call: CallId
    party: str
    muted: bool
    talks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`refused` says why there is no seat; `beside` names the call whose worker has the room's media."""

    effects: tuple[MediaEffect, ...] = ()
    refused: str = ""
    beside: CallId | None = None


@dataclass(slots=True)
class _Party:
    guest: Guest
    place: Place = field(default_factory=Place)
    is_lost: bool = False  # its media worker died
    is_joined: bool = False
    has_music: bool = False


@dataclass(slots=True)
class _Conference:
    name: str  # of the tenant and the room
    country: str
    settings: RoomSettings
    parties: dict[LegId, _Party] = field(default_factory=dict)
    talker: LegId | None = None


class Conferences:
    """A room is there while somebody is in it. One party hears music, more hear each other.

    All legs of a room are of one media worker. Orders may be for legs of other calls than the one that asks.
    """

    __slots__ = ("_places", "_rooms", "records")

    def __init__(self) -> None:
        self._rooms: dict[str, _Conference] = {}
        self._places: dict[LegId, str] = {}
        self.records: dict[str, Capture] = {}  # of rooms that may be recorded themselves

    def enter(self, home: tuple[str, str], settings: RoomSettings, guest: Guest) -> Entry:
        """Seat a party, or seat it anew after its worker died; `home` = tenant and country."""
        tenant, country = home
        name = f"{tenant}/{settings.name}"
        room = self._rooms.get(name) or _Conference(name, country.lower(), settings)
        others = [one for leg, one in room.parties.items() if leg != guest.leg]
        if len(others) >= settings.max_parties:
            return Entry(refused="full")
        seated = next((one.guest for one in others if not one.is_lost), None)
        if seated is not None and seated.worker != guest.worker:
            return Entry(refused="the media of the room are elsewhere", beside=seated.call)
        known = room.parties.get(guest.leg)
        room.parties[guest.leg] = _Party(guest, known.place if known is not None else Place())
        self._rooms[name], self._places[guest.leg] = room, name
        effects = _settled(room)
        return Entry(effects=(*effects, *(_beeps(room, guest.leg) if known is None else ())))

    def place(self, leg: LegId) -> str | None:
        """Return the room of a leg, `tenant/room`."""
        return self._places.get(leg)

    def guests(self, name: str) -> list[Guest]:
        """Return who is in a room, in the order in which they came, but those whose media worker died."""
        room = self._rooms.get(name)
        return (
            [party.guest for party in room.parties.values() if not party.is_lost] if room is not None else []
        )

    def questions(self, name: str, leg: Leg, state: ConsentState) -> list[ConsentDecision]:
        """Return by which rules somebody at the door of a room is to be told or asked of what runs in it."""
        legs, captures = self._heard_in(name)
        asked = (capture.at_door(leg, state, legs) for capture in captures)
        return [rule for rule in asked if rule is not None]

    def shuts_out(self, name: str, leg: Leg, state: ConsentState) -> bool:
        """Whether somebody at the door has not agreed to what has to be recorded in the room."""
        legs, captures = self._heard_in(name)
        return any(capture.shuts_out(leg, state, legs) for capture in captures)

    def _heard_in(self, name: str) -> tuple[list[Leg], Iterable[Capture]]:
        """Who is in a room, and whatever may record them."""
        present = [guest.present for guest in self.guests(name)]
        captures = {id(one.capture): one.capture for one in present}
        if (own := self.records.get(name)) is not None:
            captures[id(own)] = own
        return [one.leg for one in present], captures.values()

    def is_kept(self, name: str) -> bool:
        """Whether the call of somebody who is in a room is recorded."""
        return any(guest.present.capture.keeps_call for guest in self.guests(name))

    def seated(self, name: str) -> frozenset[LegId]:
        """Return whose seat it is, with and without media."""
        room = self._rooms.get(name)
        return frozenset(room.parties if room is not None else ())

    def company(self, leg: LegId) -> list[Present]:
        """Return who is in the room of a leg, itself included, but those whose media worker died."""
        name = self._places.get(leg)
        parties = self._rooms[name].parties.values() if name is not None else ()
        return [party.guest.present for party in parties if not party.is_lost]

    def take(self, leg: LegId, place: Place) -> list[MediaEffect]:
        """A party mutes itself, or changes a volume."""
        party = self._party(leg)
        if party is None:
            return []
        party.place = place
        return [_seat(party)] if party.is_joined else []

    def leave(self, leg: LegId) -> list[MediaEffect]:
        """A party is gone, or goes elsewhere; a stranger's going means nothing."""
        name = self._places.pop(leg, None)
        if name is None:
            return []
        room = self._rooms[name]
        party = room.parties.pop(leg)
        effects = _unseated(party)
        if not room.parties:
            del self._rooms[name]
            return effects
        return [*effects, *_settled(room), *_beeps(room, leg)]

    def lost(self, leg: LegId) -> None:
        """The media worker of a party died: it enters again once it has another one."""
        party = self._party(leg)
        if party is not None:
            party.is_lost, party.is_joined, party.has_music = True, False, False

    def talks(self, name: str, talker: LegId | None) -> None:
        """Note who talks in a room. The worker may tell of a room, or of a party, that is gone."""
        room = self._rooms.get(name)
        if room is not None:
            room.talker = talker if talker in room.parties else None

    def view(self, max_seats: int) -> Mapping[str, tuple[SeatView, ...]]:
        """Return the parties of each room, in the order in which they came, by tenant/room.

        These are whole rooms, the oldest first, with `max_seats` parties at most.
        """
        found: dict[str, tuple[SeatView, ...]] = {}
        for name, room in self._rooms.items():
            max_seats -= len(room.parties)
            if max_seats < 0:
                break
            found[name] = tuple(_view(room, party) for party in room.parties.values())
        return found

    def _party(self, leg: LegId) -> _Party | None:
        name = self._places.get(leg)
        return self._rooms[name].parties[leg] if name is not None else None


def _beeps(room: _Conference, moves: LegId) -> list[MediaEffect]:
    """What those who hear each other hear of somebody who comes or goes."""
    tone = ToneSource(country=room.country, tone="record", duration_ms=TONE_MS)
    return [
        Play(leg=leg, token=BEEP, sources=(tone,))
        for leg, party in room.parties.items()
        if room.settings.beeps and party.is_joined and leg != moves
    ]


def _settled(room: _Conference) -> list[MediaEffect]:
    """Music for one, each other for more: the orders that make it so."""
    here = [party for party in room.parties.values() if not party.is_lost]
    effects: list[MediaEffect] = []
    for party in here:
        if len(here) > 1 and not party.is_joined:
            effects += [*_quiet(party), *_joined(room, party)]
        elif len(here) == 1:
            effects += [*_unseated(party), *_entertained(room, party)]
    return effects


def _joined(room: _Conference, party: _Party) -> list[MediaEffect]:
    party.is_joined = True
    join = JoinRoom(
        leg=party.guest.leg,
        room=room.name,
        muted=party.place.muted,
        sample_rate=room.settings.sample_rate,
    )
    return [join] if party.place == Place() else [join, _seat(party)]


def _view(room: _Conference, party: _Party) -> SeatView:
    guest = party.guest
    is_heard = party.is_joined and not party.place.muted
    return SeatView(
        leg=guest.leg,
        call=guest.call,
        party=guest.present.leg.party,
        muted=party.place.muted,
        talks=is_heard and room.talker == guest.leg,
    )


def _unseated(party: _Party) -> list[MediaEffect]:
    effects: list[MediaEffect] = [LeaveRoom(leg=party.guest.leg)] if party.is_joined else []
    party.is_joined = False
    return [*effects, *_quiet(party)]


def _entertained(room: _Conference, party: _Party) -> list[MediaEffect]:
    if room.settings.music is None:
        return []
    party.has_music = True
    return [SetMusic(leg=party.guest.leg, music=room.settings.music)]


def _quiet(party: _Party) -> list[MediaEffect]:
    if not party.has_music:
        return []
    party.has_music = False
    return [SetMusic(leg=party.guest.leg, music=None)]


def _seat(party: _Party) -> ChangeSeat:
    place = party.place
    return ChangeSeat(leg=party.guest.leg, muted=place.muted, in_db=place.in_db, out_db=place.out_db)
