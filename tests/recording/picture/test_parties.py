"""Who is heard on which channel after connections, transfers and partings."""

from pbx.recording.picture.parties import Event, Turn, turns


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
    events = (event(1, "party.joined", party="agent"), event(3, "bridge", leg="leg-2", peer="leg-1"))
    assert of(2, *events) == [(0, "PBX"), (3, "agent")]


def test_a_recording_that_moves_to_the_peer_hears_the_other_side() -> None:
    events = (
        event(0, "consent.informed", party="caller"),
        event(10, "bridge", leg="leg-1", peer="leg-2"),
        event(10, "party.joined", party="agent"),
        event(50, "recording.moved", **{"from": "leg-1", "leg": "leg-2"}),
        event(60, "unbridge", leg="leg-2"),
        event(70, "bridge", leg="leg-2", peer="leg-3"),
        event(70, "party.joined", party="other"),
    )
    assert of(1, *events) == [(0, "caller"), (50, "agent")]
    assert of(2, *events) == [(0, "PBX"), (10, "agent"), (50, "caller"), (60, "PBX"), (70, "other")]


def test_nobody_s_name_is_invented() -> None:
    events = (event(10, "recording.moved", leg="0123456789"),)
    assert of(1, *events) == [(0, "leg leg-1"), (10, "leg 012345")]


def test_an_event_from_before_the_beginning() -> None:
    assert turns("a", [event(-5, "bridge", leg="a", peer="b")])[-1] == Turn(2, 0, "leg b")
