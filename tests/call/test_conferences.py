"""Rooms of all tenants: music for one, each other for more, and nobody on two media workers."""

import pytest

from pbx.call.company import Present
from pbx.call.conferences import BEEP, Conferences, Guest
from pbx.call.leg import Leg
from pbx.core.ids import CallId, LegId
from pbx.media.effects import ChangeSeat, JoinRoom, LeaveRoom, MediaEffect, Music, Play, SetMusic
from pbx.services.conference import Place, RoomSettings
from tests.call.captures import AT, capture

pytestmark = pytest.mark.requirement("CNF-02")
HOME = ("acme", "GB")
MUSIC = Music(sources=())
ROOM = RoomSettings(name="team", max_parties=3, music=MUSIC)
A, B, C, D = (LegId(name) for name in "abcd")


def guest(leg: LegId, call: CallId, worker: int) -> Guest:
    sits = Leg(id=leg, role="caller", party="extension/1001", number="1001", offered_at=AT, worker=worker)
    return Guest(present=Present(leg=sits, capture=capture()), call=call)


def enter(rooms: Conferences, leg: LegId, room: RoomSettings = ROOM, worker: int = 0) -> list[MediaEffect]:
    entry = rooms.enter(HOME, room, guest(leg, CallId(f"call-{leg}"), worker))
    assert not entry.refused
    return [*entry.effects]


def joined(effects: list[MediaEffect]) -> list[LegId]:
    return [effect.leg for effect in effects if isinstance(effect, JoinRoom)]


def beeps(effects: list[MediaEffect]) -> list[LegId]:
    return [effect.leg for effect in effects if isinstance(effect, Play) and effect.token == BEEP]


def test_who_is_alone_hears_music_until_a_second_comes() -> None:
    rooms = Conferences()
    assert enter(rooms, A) == [SetMusic(leg=A, music=MUSIC)]
    second = enter(rooms, B)
    assert second[0] == SetMusic(leg=A, music=None)
    assert joined(second) == [A, B]
    assert beeps(second) == [A]
    assert joined(enter(rooms, C)) == [C]


def test_who_stays_alone_hears_music_again() -> None:
    rooms = Conferences()
    enter(rooms, A)
    enter(rooms, B)
    gone = rooms.leave(A)
    assert gone == [LeaveRoom(leg=A), LeaveRoom(leg=B), SetMusic(leg=B, music=MUSIC)]
    assert rooms.leave(B) == [SetMusic(leg=B, music=None)]
    assert rooms.leave(B) == []


def test_those_who_stay_hear_that_one_goes_unless_nobody_is_announced() -> None:
    rooms = Conferences()
    quiet = RoomSettings(name="quiet", beeps=False)
    for leg in (A, B, C):
        enter(rooms, leg)
    assert beeps(rooms.leave(B)) == [A, C]
    for leg in (B, D):
        assert not beeps(enter(rooms, leg, quiet))


def test_a_room_without_music_is_silent_for_one() -> None:
    assert enter(Conferences(), A, RoomSettings(name="x")) == []


def test_the_room_is_full_at_its_limit() -> None:
    rooms = Conferences()
    for leg in (A, B, C):
        enter(rooms, leg)
    entry = rooms.enter(HOME, ROOM, guest(D, CallId("d"), 0))
    assert (entry.refused, entry.effects) == ("full", ())
    assert rooms.leave(D) == []
    rooms.leave(A)
    enter(rooms, D)


def test_rooms_of_one_name_are_of_different_tenants() -> None:
    rooms = Conferences()
    enter(rooms, A)
    entry = rooms.enter(("other", "GB"), ROOM, guest(B, CallId("b"), 0))
    assert not joined([*entry.effects])


def test_a_place_is_kept_while_nobody_else_is_there() -> None:
    rooms = Conferences()
    enter(rooms, A)
    assert rooms.take(A, Place(muted=True, out_db=3.0)) == []
    seats = [effect for effect in enter(rooms, B) if isinstance(effect, JoinRoom | ChangeSeat)]
    assert seats[0] == JoinRoom(leg=A, room="acme/team", muted=True, sample_rate=16000)
    assert seats[1] == ChangeSeat(leg=A, muted=True, in_db=0.0, out_db=3.0)
    assert rooms.take(B, Place(in_db=-3.0)) == [ChangeSeat(leg=B, muted=False, in_db=-3.0, out_db=0.0)]
    assert rooms.take(D, Place(muted=True)) == []


def test_who_is_at_another_worker_has_to_move_first() -> None:
    rooms = Conferences()
    enter(rooms, A, worker=1)
    entry = rooms.enter(HOME, ROOM, guest(B, CallId("b"), 0))
    assert entry.beside == CallId("call-a")
    assert entry.effects == ()
    assert joined(enter(rooms, B, worker=1)) == [A, B]


@pytest.mark.requirement("F-02")
def test_after_the_death_of_a_worker_the_first_who_comes_back_says_where_the_room_is() -> None:
    rooms = Conferences()
    for leg in (A, B, C):
        enter(rooms, leg)
    rooms.take(B, Place(muted=True))
    for leg in (A, B, C):
        rooms.lost(leg)
    rooms.lost(D)
    assert enter(rooms, B, worker=2) == [SetMusic(leg=B, music=MUSIC)]
    entry = rooms.enter(HOME, ROOM, guest(A, CallId("call-a"), 1))
    assert entry.beside == CallId("call-b")
    again = enter(rooms, A, worker=2)
    assert joined(again) == [A, B]
    assert JoinRoom(leg=B, room="acme/team", muted=True, sample_rate=16000) in again
    assert beeps(again) == []  # he had never left


def talking(rooms: Conferences, room: str = "acme/team") -> list[LegId]:
    return [seat.leg for seat in rooms.view(9)[room] if seat.talks]


@pytest.mark.requirement("CNF-02")
def test_who_talks_is_shown_until_another_does_or_he_leaves() -> None:
    rooms = Conferences()
    for leg in (A, B, C):
        enter(rooms, leg)
    assert talking(rooms) == []
    rooms.talks("acme/team", A)
    assert talking(rooms) == [A]
    rooms.talks("acme/team", B)
    assert talking(rooms) == [B]
    rooms.leave(B)
    rooms.talks("acme/team", B)  # of the worker, before it knew
    assert talking(rooms) == []
    rooms.talks("acme/nobody", A)
    assert set(rooms.view(9)) == {"acme/team"}


def test_who_is_muted_alone_or_lost_is_not_shown_as_talking() -> None:
    rooms = Conferences()
    enter(rooms, A)
    enter(rooms, B)
    rooms.talks("acme/team", A)
    rooms.take(A, Place(muted=True))
    assert talking(rooms) == []
    assert [seat.muted for seat in rooms.view(9)["acme/team"]] == [True, False]
    rooms.take(A, Place())
    assert talking(rooms) == [A]
    rooms.lost(A)
    assert talking(rooms) == []
    enter(rooms, A)
    rooms.leave(B)
    rooms.talks("acme/team", A)
    assert talking(rooms) == [], "nobody listens"
    rooms.leave(A)
    assert rooms.view(9) == {}
