"""Where the sound of a manifest comes from."""

from dataclasses import replace

import pytest
import rfc8785

from pbx.recording import provenance
from pbx.recording.effects import ConsentMark
from pbx.recording.gaps import MOVED, Gap
from pbx.recording.journal import MAX_NOTE, Head, Note
from pbx.recording.provenance import (
    MAX_CONSENTS,
    MAX_EVENT_OCTETS,
    MAX_EVENTS,
    MAX_KIND,
    MAX_KINDS,
    MAX_SEGMENTS,
    OTHER_KINDS,
)
from pbx.recording.skew import Skew
from pbx.recording.timeline import SenderClock, Timeline

MS = 1_000_000
HEAD = Head(
    recording="r1", call="c1", tenant="acme", kind="call", leg="l1", started_at="2026-01-02", origin_ns=0
)
TIMELINE = Timeline(encoding="PCMU", n_samples=8, gaps=())
CLOCK = SenderClock(
    channel=1, start=-8, codecs=("opus",), clock_rate=48_000, began_ns=5, skew=None, corrected_ppm=0.0
)
pytestmark = pytest.mark.requirement("R-28")


def test_each_segment_names_its_codec_its_clock_and_whose_it_was() -> None:
    known = replace(
        CLOCK,
        channel=2,
        start=80,
        codecs=("PCMA", "PCMU"),
        clock_rate=8000,
        began_ns=10,
        skew=Skew(ppm=40.12345, uncertainty_ppm=0.5),
        corrected_ppm=40.12345,
    )
    notes = [Note(MOVED, {"leg": "l2"}, 10), Note(MOVED, {"leg": "l3"}, 11), Note("k", {"leg": "l4"}, 1)]
    said = provenance.segments(HEAD, replace(TIMELINE, clocks=(CLOCK, known)), notes)
    assert said["segments_omitted"] == 0
    assert said["segments"] == [
        {
            "ch": 1,
            "leg": "l1",
            "at": -8,
            "codecs": ["opus"],
            "clock_rate": 48_000,
            "skew": None,
            "corrected_ppm": 0,
        },
        {
            "ch": 2,
            "leg": "l2",
            "at": 80,
            "codecs": ["PCMA", "PCMU"],
            "clock_rate": 8000,
            "skew": {"ppm": 40.123, "uncertainty_ppm": 0.5},
            "corrected_ppm": 40.123,
        },
    ]


@pytest.mark.parametrize("beyond", [0, 1])
def test_segments_and_consents_beyond_the_limit_are_counted(beyond: int) -> None:
    many = provenance.segments(HEAD, replace(TIMELINE, clocks=(CLOCK,) * (MAX_SEGMENTS + beyond)), [])
    assert (len(many["segments"]), many["segments_omitted"]) == (MAX_SEGMENTS, beyond)
    agreed = provenance.agreement(HEAD, [ConsentMark(consent="x", sha256="0")] * (MAX_CONSENTS + beyond))
    assert (len(agreed["consents"]), agreed["consents_omitted"]) == (MAX_CONSENTS, beyond)


def test_loss_is_the_whole_loss_of_each_channel() -> None:
    gaps = (
        Gap(channel=1, start=0, length=160, cause="loss"),
        Gap(channel=2, start=0, length=999, cause="hold"),
        Gap(channel=1, start=800, length=320, cause="loss"),
    )
    assert provenance.loss(replace(TIMELINE, gaps=gaps)) == [
        {"ch": 1, "gaps": 2, "samples": 480},
        {"ch": 2, "gaps": 0, "samples": 0},
    ]


def test_policy_and_consents_are_named() -> None:
    policy = {"rules_version": "7", "rules_sha256": "a", "texts_sha256": "b"}
    said = provenance.agreement(replace(HEAD, policy=policy), [ConsentMark(consent="x", sha256="c")])
    assert said == {"policy": policy, "consents": [{"id": "x", "sha256": "c"}], "consents_omitted": 0}
    assert provenance.agreement(HEAD, [])["policy"] is None


@pytest.mark.parametrize("beyond", [0, 1])
def test_events_beyond_the_limit_are_named_by_kind(beyond: int) -> None:
    notes = [Note("k", {}, MS)] * MAX_EVENTS + [Note("late", {}, 9 * MS)] * beyond
    said = provenance.events(notes, 0)
    assert (len(said["events"]), said["events_omitted"]) == (MAX_EVENTS, beyond)
    left_out = [{"kind": "late", "n": 1, "from_ms": 9, "to_ms": 9}]
    assert said["events_left_out"] == left_out[:beyond]


def test_events_have_no_more_room_than_they_are_given() -> None:
    size = len(rfc8785.dumps({"at_ms": 1, "kind": "k", "details": {"t": ""}})) + 1
    full = Note("k", {"t": "x" * (MAX_EVENT_OCTETS // 256 - size)}, MS)
    assert len(provenance.events([full] * 256, 0)["events"]) == 256
    one_more = replace(full, details={"t": full.details["t"] + "x"})
    said = provenance.events([one_more, *[full] * 255, Note("end", {}, 3 * MS)], 0)
    assert (len(said["events"]), said["events_omitted"]) == (255, 2)
    assert [(one["kind"], one["n"], one["to_ms"]) for one in said["events_left_out"]] == [
        ("k", 1, 1),
        ("end", 1, 3),
    ]


@pytest.mark.parametrize(("n_kinds", "others"), [(MAX_KINDS - 2, 0), (MAX_KINDS - 1, 1), (MAX_KINDS + 7, 9)])
def test_of_too_many_kinds_the_last_are_told_together(n_kinds: int, others: int) -> None:
    long = Note("k", {"t": "x" * MAX_NOTE}, MS)
    kinds = [Note(f"{number:03}" + "y" * MAX_KIND, {}, MS) for number in range(n_kinds)]
    left_out = provenance.events([long] * 256 + kinds, 0)["events_left_out"]
    assert left_out[0]["kind"] == "k"
    assert sum(one["n"] for one in left_out if one["kind"] == OTHER_KINDS) == others
    assert len(left_out) == 1 + min(n_kinds, MAX_KINDS - 2) + bool(others)
    assert all(len(one["kind"]) <= MAX_KIND for one in left_out)
