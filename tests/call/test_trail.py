"""What a call has come through, step by step, and its place in the record."""

from pbx.call.trail import MAX_ENTRIES, MAX_WORDS, Trail
from pbx.sip.events import LegEnded
from tests.call.conftest import Board
from tests.call.support import A, to_agents


def test_a_record_names_steps_with_their_lines_and_times(board: Board) -> None:
    to_agents(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.pass_time(60.0)
    route = board.record.route
    assert "flows/support.yaml:4: support.welcome +0.0s > " in route
    assert route.index("support.welcome") < route.index("support.consent") < route.index("support.agents")
    assert "extension 1001 has no telephone: skipped" in route


def test_entries_are_limited_and_so_are_those_of_the_record() -> None:
    trail = Trail()
    for i in range(MAX_ENTRIES + 1):
        trail.entered(("f", f"s{i}", "p:1"), float(i))
    assert len(trail.entries) == MAX_ENTRIES
    words = trail.words(0.0)
    assert len(words) == MAX_WORDS + 1
    assert words[0] == "p:1: f.s0 +0.0s" and words[-1] == f"and {MAX_ENTRIES - MAX_WORDS} more"


def test_a_note_has_no_place() -> None:
    trail = Trail()
    trail.note("nobody has answered in time", 12.0)
    assert trail.words(2.0) == ["nobody has answered in time +10.0s"]
    assert [one.words for one in trail.since(0)] == ["nobody has answered in time"]
    assert trail.since(1) == []
