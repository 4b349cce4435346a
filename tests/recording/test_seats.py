"""Whose voice lies where: connections, transfers, watchers, and what nobody can know."""

from collections.abc import Mapping
from typing import Any

import pytest

from pbx.recording.seats import ANYBODY, GUARD, Seat, kept, mentioned, occupied, seats

N_SAMPLES = 80_000  # ten seconds


def event(at_ms: int, kind: str, **details: str) -> dict[str, Any]:
    return {"at_ms": at_ms, "kind": kind, "details": details}


def manifest(*events: dict[str, Any], omitted: int = 0) -> Mapping[str, Any]:
    channels = [{"n": 1, "leg": "a", "dir": "rx"}, {"n": 2, "leg": "a", "dir": "tx"}]
    said = {"samples": N_SAMPLES, "channels": channels}
    return said | {"events": list(events), "events_omitted": omitted}


def test_two_who_talk_after_a_flow() -> None:
    found = seats(manifest(event(2000, "bridge", leg="a", peer="b"), event(9000, "unbridge", leg="a")))
    assert found == [Seat(1, "a", 0, N_SAMPLES), Seat(2, "b", 16_000, 72_000)]
    assert kept(found, {"a"}) == ([(0, N_SAMPLES)], [])
    assert kept(found, {"b"}) == ([], [(16_000, 72_000)])  # nobody else was there: not a sample is lost


def test_a_recording_that_begins_in_a_conversation_knows_the_peer_by_his_gate() -> None:
    found = seats(manifest(event(-1, "gate", leg="a", open="true"), event(0, "gate", leg="b", open="true")))
    assert found == [Seat(1, "a", 0, N_SAMPLES), Seat(2, "b", 0, N_SAMPLES)]


def own(number: int, *turns: tuple[str, int, int], omitted: int = 0) -> dict[str, Any]:
    said = [{"leg": leg, "at": at, "len": length} for leg, at, length in turns]
    return {"n": number, "leg": "", "dir": "rx", "turns": said, "turns_omitted": omitted}


@pytest.mark.requirement("D-03")
def test_whoever_has_a_channel_of_his_own_gets_it_and_the_mix_is_nobodys() -> None:
    said = dict(manifest(event(1000, "room.joined", leg="a", room="r")))
    said["channels"] = [
        *said["channels"],
        own(3, ("b", 8000, 24_000), ("c", 40_000, 40_000)),
        own(4, ("c", 8000, 16_000), omitted=2),
    ]
    found = seats(said)
    assert kept(found, {"b"}, 4) == ([], [], [(8000, 32_000)], [])
    assert kept(found, {"c"}, 4) == ([], [], [(40_000, N_SAMPLES)], [(8000, 24_000 - GUARD)])
    assert occupied(found, {"c"}, 4) == ([], [], [(40_000, N_SAMPLES)], [(8000, 24_000)])
    lost = {**said, "events": [event(0, "ring.dropped", items="3")]}
    assert {(seat.channel, seat.leg) for seat in seats(lost)} == {(n, ANYBODY) for n in (1, 2, 3, 4)}


def test_a_transfer_is_muted_a_second_around_the_change() -> None:
    found = seats(
        manifest(
            event(0, "bridge", leg="b", peer="a"),
            event(4000, "unbridge", leg="a"),
            event(4000, "bridge", leg="a", peer="c"),
        )
    )
    assert kept(found, {"b"}) == ([], [(0, 32_000 - GUARD)])
    assert kept(found, {"c"}) == ([], [(32_000 + GUARD, N_SAMPLES)])
    assert occupied(found, {"c"}) == ([], [(32_000, N_SAMPLES)])


def test_whoever_moves_to_the_other_channel_is_followed() -> None:
    found = seats(
        manifest(
            event(0, "bridge", leg="a", peer="b"),
            event(5000, "recording.moved", leg="b", **{"from": "a"}),
            event(5000, "gate", leg="b", open="true"),
            event(5000, "gate", leg="a", open="true"),
        )
    )
    assert found == [
        Seat(1, "a", 0, 40_000),
        Seat(2, "b", 0, 40_000),
        Seat(1, "b", 40_000, N_SAMPLES),
        Seat(2, "a", 40_000, N_SAMPLES),
    ]
    assert kept(found, {"b"}) == ([(40_000 + GUARD, N_SAMPLES)], [(0, 40_000 - GUARD)])


def test_what_a_watched_party_is_sent_may_be_the_watcher() -> None:
    found = seats(
        manifest(
            event(0, "bridge", leg="a", peer="b"),
            event(3000, "watcher.joined", party="extension/9"),
            event(3000, "watcher.joined", party="extension/8"),
            event(4000, "watcher.left", party="extension/9"),
            event(6000, "watcher.left", party="extension/8"),
        )
    )
    assert Seat(2, ANYBODY, 24_000, 48_000) in found
    assert kept(found, {"a"}) == ([(0, N_SAMPLES)], [])
    assert kept(found, {"b"}) == ([], [(0, 24_000 - GUARD), (48_000 + GUARD, N_SAMPLES)])


def test_behind_the_last_event_of_a_list_that_was_too_long_nobody_knows() -> None:
    found = seats(manifest(event(2000, "bridge", leg="a", peer="b"), omitted=1))
    assert kept(found, {"a", "b"}) == ([(0, 16_000 - GUARD)], [])


@pytest.mark.parametrize("legs", [{"a"}, {"b"}])
def test_a_journal_that_has_lost_notes_proves_nothing(legs: set[str]) -> None:
    found = seats(manifest(event(0, "bridge", leg="a", peer="b"), event(9, "ring.dropped", items="3")))
    assert kept(found, legs) == ([], [])


@pytest.mark.requirement("R-07")
def test_in_a_room_anybody_may_be_heard() -> None:
    found = seats(
        manifest(
            event(2000, "bridge", leg="a", peer="b"),
            event(3000, "room.joined", leg="a", room="three:1"),
            event(3000, "gate", leg="c", open="true"),
            event(5000, "room.left", leg="a", room="three:1"),
            event(5000, "gate", leg="b", open="true"),
        )
    )
    assert found[1:] == [
        Seat(2, "b", 16_000, 24_000),
        Seat(2, ANYBODY, 24_000, 40_000),
        Seat(2, "b", 40_000, N_SAMPLES),
    ]


def test_a_manifest_names_those_of_other_calls() -> None:
    said = dict(manifest(event(0, "party.seated", leg="d", party="trunk/x"), event(0, "gate", leg="e")))
    assert mentioned(said) == {"d"}
    said["channels"] = [*said["channels"], own(3, ("b", 0, 10), ("c", 20, 10)), own(4)]
    assert mentioned(said) == {"b", "c", "d"}


def test_at_another_media_worker_nobody_is_the_peer_until_it_says_so() -> None:
    events = (
        event(0, "gate", leg="b", open="true"),
        event(2000, "recording.continues", chapter="2", cause="worker_lost"),
        event(3000, "gate", leg="c", open="true"),
    )
    found = [seat for seat in seats(manifest(*events)) if seat.channel == 2]
    assert [(seat.leg, seat.start) for seat in found] == [("b", 0), ("c", 24_000)]
    assert found[0].end == 16_000
