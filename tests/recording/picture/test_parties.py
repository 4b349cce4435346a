"""Who is heard on which channel after connections, transfers and partings."""

from pbx.recording.picture.parties import FRAME_MS, Event, Turn, turns


def event(at_ms: int, kind: str, **details: str) -> Event:
    return Event(at_ms=at_ms, kind=kind, details=details)


def of(channel: int, *events: Event) -> list[tuple[int, str]]:
    return [(turn.start_ms, turn.party) for turn in turns("leg-1", events) if turn.channel == channel]


def test_a_call_through_a_flow() -> None:
    events = (
        event(7, "gate", leg="leg-1", open="false"),
        event(500, "consent.informed", party="caller"),
        event(2000, "bridge", leg="leg-1", peer="leg-2"),
        event(2000, "party.joined", party="agent"),
        event(9000, "unbridge", leg="leg-1"),
    )
    assert of(1, *events) == [(0, "caller")]  # although it is told half a second later
    assert of(2, *events) == [(0, "PBX"), (2000, "agent"), (9000, "PBX")]


def test_who_joins_before_the_bridge_is_the_one_that_comes() -> None:
    events = (event(10, "party.joined", party="agent"), event(30, "bridge", leg="leg-2", peer="leg-1"))
    assert of(2, *events) == [(0, "PBX"), (30, "agent")]


def test_a_recording_that_moves_to_the_peer_hears_the_other_side() -> None:
    events = (
        event(0, "consent.informed", party="caller"),
        event(20, "bridge", leg="leg-1", peer="leg-2"),
        event(20, "party.joined", party="agent"),
        event(50, "recording.moved", **{"from": "leg-1", "leg": "leg-2"}),
        event(70, "unbridge", leg="leg-2"),
        event(90, "bridge", leg="leg-2", peer="leg-3"),
        event(90, "party.joined", party="other"),
    )
    assert of(1, *events) == [(0, "caller"), (50, "agent")]
    assert of(2, *events) == [(0, "PBX"), (20, "agent"), (50, "caller"), (70, "PBX"), (90, "other")]


def test_nobody_s_name_is_invented() -> None:
    events = (event(20, "recording.moved", leg="0123456789"),)
    assert of(1, *events) == [(0, "leg leg-1"), (20, "leg 012345")]


def test_an_event_from_before_the_beginning() -> None:
    assert turns("a", [event(-5, "bridge", leg="a", peer="b")])[-1] == Turn(2, 0, "leg b")


def test_a_recording_that_begins_in_the_middle_of_a_call_has_its_peer_from_the_start() -> None:
    """The bridge is older than the journal: the gate of the peer is what names him."""
    events = (
        event(0, "gate", leg="leg-1", open="true"),
        event(0, "gate", leg="leg-2", open="false"),
        event(2, "party.joined", party="agent"),
        event(900, "gate", leg="leg-2", open="true"),
        event(5000, "unbridge", leg="leg-1"),
    )
    assert of(2, *events) == [(0, "agent"), (5000, "PBX")]


def test_what_lasts_a_frame_is_a_turn_and_what_is_shorter_is_none() -> None:
    assert of(2, event(FRAME_MS, "bridge", leg="leg-1", peer="b")) == [(0, "PBX"), (FRAME_MS, "leg b")]
    assert of(2, event(FRAME_MS - 1, "bridge", leg="leg-1", peer="b")) == [(0, "leg b")]
