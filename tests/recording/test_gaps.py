"""Causes of gaps: what used up the sequence numbers, and what was ordered."""

import pytest

from pbx.recording.gaps import (
    Gap,
    GapCause,
    MasterClock,
    Run,
    add_run,
    explain,
    no_causes,
    ordered,
    share_out,
)
from pbx.recording.journal import Note
from pbx.recording.spans import Span


def shared(gap: Span, *runs: Run) -> dict[GapCause, list[Span]]:
    causes = no_causes()
    share_out(causes, gap, runs, 160)
    return {cause: spans for cause, spans in causes.items() if spans}


def explained(absent: list[Span], **spans: list[Span]) -> list[tuple[int, int, str]]:
    by_order: dict[GapCause, list[Span]] = {
        "secure": spans.pop("secure", []),
        "gate": spans.pop("gate", []),
    }
    causes = no_causes()
    causes["loss"], causes["event"] = spans.pop("loss", []), spans.pop("event", [])
    return [(gap.start, gap.start + gap.length, gap.cause) for gap in explain(1, absent, by_order, causes)]


def test_neighbours_of_one_cause_are_one_run() -> None:
    runs: list[Run] = []
    numbers: list[Run] = [("loss", 0), ("event", 1), ("event", 1), ("loss", 2), ("noise", 1)]
    for cause, count in numbers:
        add_run(runs, cause, count)
    assert runs == [("event", 2), ("loss", 2), ("noise", 1)]


def test_a_stretch_belongs_to_what_used_up_its_numbers() -> None:
    assert shared((100, 580), ("event", 6)) == {"event": [(100, 580)]}
    assert shared((0, 960), ("event", 3), ("loss", 2), ("hold", 1)) == {
        "event": [(0, 480)],
        "loss": [(480, 800)],
        "hold": [(800, 960)],
    }


@pytest.mark.requirement("R-24")
def test_a_long_hold_is_one_stretch_and_not_one_for_each_packet() -> None:
    causes = no_causes()
    for at in range(0, 1600, 160):
        share_out(causes, (at, at + 160), [("hold", 1)], 160)
    assert causes["hold"] == [(0, 1600)]


@pytest.mark.requirement("R-04")
def test_beside_noise_a_lost_packet_lasts_a_frame() -> None:
    assert shared((0, 16_000), ("noise", 1), ("loss", 1)) == {"noise": [(0, 8000)], "loss": [(8000, 8160)]}
    assert shared((0, 16_000), ("loss", 1)) == {"loss": [(0, 16_000)]}


@pytest.mark.requirement("R-19")
def test_numbers_that_are_missing_across_the_edge_of_an_order_are_missing_by_it() -> None:
    gate = [(100, 200)]
    assert explained([(40, 240), (300, 400)], loss=[(40, 240), (300, 400)], gate=gate) == [
        (40, 240, "gate"),
        (300, 400, "loss"),
    ]
    assert explained([(200, 240)], loss=[(200, 240)], gate=gate) == [(200, 240, "loss")]


def test_every_absent_sample_has_one_cause() -> None:
    assert explained([(0, 100)], secure=[(10, 20)], gate=[(15, 30)], event=[(25, 60)], loss=[(50, 70)]) == [
        (0, 10, "silence"),
        (10, 20, "secure"),
        (20, 30, "gate"),
        (30, 50, "event"),
        (50, 70, "loss"),
        (70, 100, "silence"),
    ]


def test_a_gap_names_its_channel() -> None:
    assert explain(2, [(1, 3)], {"secure": [], "gate": []}, no_causes()) == [
        Gap(channel=2, start=1, length=2, cause="silence")
    ]


CLOCK = MasterClock(origin_ns=0, n_samples=80_000)


def noted(at_s: int, kind: str, **details: str) -> Note:
    return Note(at_ns=at_s * 1_000_000_000, kind=kind, details=details)


def gate(at_s: int, leg: str, is_open: str) -> Note:
    return noted(at_s, "gate", leg=leg, open=is_open)


@pytest.mark.requirement("R-07")
def test_in_a_room_one_shut_gate_is_enough_until_that_party_is_gone() -> None:
    notes = [
        noted(1, "room.joined", leg="a", room="acme/team"),
        gate(1, "b", "false"),
        gate(2, "c", "false"),
        gate(3, "b", "true"),
        noted(4, "room.gone", leg="c"),
        gate(5, "b", "false"),
        noted(6, "room.left", leg="a", room="acme/team"),
    ]
    assert ordered(notes, "a", 1, CLOCK)["gate"] == [(8000, 32_000), (40_000, 48_000)]
    assert ordered(notes, "a", 0, CLOCK)["gate"] == []


def test_the_shut_gate_of_a_peer_ends_with_the_connection() -> None:
    notes = [gate(0, "b", "false"), noted(2, "unbridge", leg="a"), gate(3, "a", "false")]
    assert ordered(notes, "a", 1, CLOCK)["gate"] == [(0, 16_000)]
    assert ordered(notes, "a", 0, CLOCK)["gate"] == [(24_000, 80_000)]
