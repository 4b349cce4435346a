"""The layout: columns, times, causes and what is said about the recording."""

from typing import Any, get_args

import pytest

from pbx.recording.gaps import GapCause
from pbx.recording.picture.scene import CAUSES, MIN_TICK, PLOT, Entry, Hole, Strip, clock, compose, ticks
from pbx.recording.timeline import MAX_SAMPLES, RATE


def signed(n_samples: int, **fields: Any) -> dict[str, Any]:
    """A manifest of version 1 with what a layout reads."""
    return {
        "recording": "rec-1",
        "call": "call-1",
        "tenant": "acme",
        "kind": "call",
        "started_at": "2026-01-02T04:04:05+01:00",
        "channels": [{"n": 1, "leg": "leg-1", "dir": "rx"}, {"n": 2, "leg": "leg-1", "dir": "tx"}],
        "codec": "PCMA",
        "samples": n_samples,
        "gaps": [],
        "gaps_omitted": 0,
        "events": [],
        "events_omitted": 0,
        "recovered": False,
        "damage": None,
    } | fields


def gap(channel: int, start: int, length: int, cause: GapCause) -> dict[str, Any]:
    return {"ch": channel, "at": start, "len": length, "cause": cause}


def measure(text: str) -> float:
    return 8.0 * len(text)


def test_title_and_facts() -> None:
    scene = compose(signed(61 * RATE), measure)
    assert scene.title == "Recording rec-1"
    assert scene.facts == "2026-01-02 03:04:05 UTC   1:01   call   tenant acme   call call-1"
    assert (scene.legend, scene.notes, scene.flags, scene.n_rows) == ((), (), (), 0)


def test_holes_keep_their_place_and_are_never_too_narrow_to_be_seen() -> None:
    n = PLOT * 100
    gaps = [gap(1, 0, 1, "loss"), gap(1, 50, 200, "silence"), gap(1, n - 1, 1, "loss"), gap(2, 0, n, "hold")]
    first, second = compose(signed(n, gaps=gaps), measure).lanes
    assert first.holes == (Hole(0, 3, "silence"), Hole(0, 1, "loss"), Hole(PLOT - 1, PLOT, "loss"))
    assert second.holes == (Hole(0, PLOT, "hold"),)


def test_the_legend_counts_each_cause_once_and_only_what_there_is() -> None:
    gaps = [gap(1, 0, 80, "loss"), gap(2, 0, 80, "loss"), gap(1, 800, 4000, "hold")]
    legend = compose(signed(RATE, gaps=gaps), measure).legend
    assert legend == (
        Entry("hold", "on hold: 1 gap, 0.50 s"),
        Entry("loss", "lost on the way: 2 gaps, 0.02 s"),
    )


def test_every_cause_of_a_gap_has_its_words() -> None:
    assert set(CAUSES) == set(get_args(GapCause))


def test_parties_fill_their_lane() -> None:
    events = [
        {"at_ms": 0, "kind": "consent.informed", "details": {"party": "caller"}},
        {"at_ms": 500, "kind": "bridge", "details": {"leg": "leg-1", "peer": "leg-2"}},
        {"at_ms": 500, "kind": "party.joined", "details": {"party": "extension/acme/1001"}},
    ]
    scene = compose(signed(RATE, events=events), measure)
    first, second = scene.lanes
    assert (first.names, first.strips) == (("caller",), (Strip(0, PLOT, "caller"),))
    assert second.strips == (Strip(0, PLOT // 2, "PBX"), Strip(PLOT // 2, PLOT, "1001"))
    assert [flag.mark.text for flag in scene.flags] == ["connected, 1001 joined", "consent: informed"]
    assert scene.n_rows == 1


def test_each_further_channel_has_a_lane_with_who_was_in_it() -> None:
    half = RATE // 2
    turns = [
        {"leg": "leg-3xyz", "at": 0, "len": half // 2, "party": "extension/acme/1003"},
        {"leg": "leg-4xyz", "at": half, "len": half},
    ]
    channels = [*signed(RATE)["channels"], {"n": 3, "leg": "leg-3", "dir": "rx", "turns": turns}]
    scene = compose(signed(RATE, channels=channels, gaps=[gap(3, half // 2, half // 2, "absent")]), measure)
    third = scene.lanes[2]
    assert (third.channel, third.names) == (3, ("1003", "leg leg-4x"))
    assert third.strips == (Strip(0, PLOT // 4, "1003"), Strip(PLOT // 2, PLOT, "leg leg-4x"))
    assert third.holes == (Hole(PLOT // 4, PLOT // 2, "absent"),)
    assert scene.legend == (Entry("absent", "nobody here: 1 gap, 0.25 s"),)


@pytest.mark.parametrize(
    ("fields", "notes"),
    [
        ({"recovered": True}, ("recovered: the end of the recording was not written",)),
        (
            {"recovered": True, "damage": {"at": 1}},
            ("the journal was damaged: what was behind the damage is missing",),
        ),
        ({"gaps_omitted": 1234}, ("1,234 further gaps are not in the manifest",)),
        ({"events_omitted": 2}, ("2 further events are not in the manifest",)),
    ],
)
def test_what_is_not_shown_is_said(fields: dict[str, Any], notes: tuple[str, ...]) -> None:
    assert compose(signed(RATE, **fields), measure).notes == notes


def test_labels_without_room_are_counted() -> None:
    events = [{"at_ms": 6 * place, "kind": "x" * 40, "details": {}} for place in range(100)]
    scene = compose(signed(RATE, events=events), measure)
    unnamed = sum(flag.row is None for flag in scene.flags)
    assert unnamed > 0
    assert scene.notes == (f"{unnamed} marks have no room for their words",)


@pytest.mark.parametrize(
    ("at_ms", "step", "text"),
    [(0, 1000, "0:00"), (3_600_000, 1000, "60:00"), (61_500, 500, "1:01.5"), (70, 10, "0:00.07")],
)
def test_clock(at_ms: int, step: int, text: str) -> None:
    assert clock(at_ms, step) == text


@pytest.mark.parametrize("n_samples", [0, 1, 80, RATE, 24 * RATE, 3600 * RATE, 4 * 3600 * RATE, MAX_SAMPLES])
def test_times_are_round_and_have_room(n_samples: int) -> None:
    found = ticks(n_samples)
    assert found[0][0] == 0
    columns = [column for column, _ in found]
    assert all(b - a >= MIN_TICK - 1 for a, b in zip(columns, columns[1:], strict=False))
    assert len(found) <= PLOT // MIN_TICK + 1
    assert len({text for _, text in found}) == len(found)
    if n_samples >= RATE:
        assert len(found) >= 4


def test_times_of_an_hour() -> None:
    assert [text for _, text in ticks(3600 * RATE)][:3] == ["0:00", "5:00", "10:00"]
