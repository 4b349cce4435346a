"""The recording of a call: no gate without consent, one journal at a time, a proof for every answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.effects import Audit, SaveConsent
from pbx.consent.effects import Mode
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import (
    MoveRecording,
    NoteInRecording,
    SetGate,
    StartRecording,
    StopRecording,
)
from tests.call.captures import (
    AGENT,
    CALL,
    CALLER,
    CONTEXT,
    LEG,
    NOW,
    UNKNOWN_ROW,
    capture,
    decision,
    kinds,
    party,
    proof,
    running,
)


@pytest.mark.parametrize("mode", ["none", "notify", "notify_optout"])
def test_an_announcement_is_inside_the_recording_with_the_gate_shut(mode: Mode) -> None:
    one = capture()
    (start,) = one.announce(LEG, decision(mode), NOW + 1)
    assert start == StartRecording(
        recording=one.recording or RecordingId(""),
        leg=LEG,
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=("age1acme",),
        started_at="2026-01-02T03:04:06+00:00",
        policy={"rules_version": "1", "rules_sha256": CONTEXT.rules.sha256, "texts_sha256": "7e87"},
    )
    assert one.state == "starting"


@pytest.mark.parametrize("mode", ["optin_one", "optin_all", "never"])
def test_where_consent_comes_first_nothing_starts_before_it(mode: Mode) -> None:
    one = capture()
    assert one.announce(LEG, decision(mode), NOW) == []
    assert (one.state, one.recording) == ("none", None)


def test_consent_after_the_announcement_opens_the_gate_of_the_same_recording() -> None:
    one = capture()
    one.announce(LEG, decision(), NOW)
    saved, fact, *rest = one.settle(LEG, proof(), True, NOW + 5)
    assert isinstance(saved, SaveConsent)
    assert (saved.record.call, saved.record.tenant, saved.record.proof) == (CALL, "acme", proof())
    assert saved.record.at == datetime(2026, 1, 2, 3, 4, 10, tzinfo=UTC)
    assert isinstance(fact, Audit)
    assert fact.fact.details == {"consent": saved.record.consent, "mode": "notify_optout"}
    assert one.recording is not None
    note = NoteInRecording(recording=one.recording, kind="consent.granted", details={"party": "caller"})
    assert rest == [note, SetGate(leg=LEG, open=True)]
    assert (one.granted, one.facts.consents) == (True, [saved.record.consent])


def test_opting_in_starts_the_recording_and_opens_the_gate_last() -> None:
    one = capture()
    effects = one.settle(LEG, proof(mode="optin_all"), True, NOW)
    assert [type(effect) for effect in effects] == [
        SaveConsent,
        Audit,
        StartRecording,
        NoteInRecording,
        SetGate,
    ]


@pytest.mark.parametrize("mode", ["notify_optout", "optin_all"])
def test_a_refusal_is_proved_and_no_gate_opens(mode: Mode) -> None:
    one = capture()
    begun = one.announce(LEG, decision(mode), NOW)
    effects = one.settle(LEG, proof("declined", mode), False, NOW)
    assert kinds(effects) == ["consent.declined"]
    assert sum(isinstance(effect, StopRecording) for effect in effects) == len(begun)
    assert not any(isinstance(effect, SetGate | StartRecording) for effect in effects)
    assert (one.state, one.reason, one.granted) == ("not_consented", f"{mode}: declined", False)
    assert not one.is_running


def test_an_informed_colleague_is_heard() -> None:
    one = running()
    saved, fact, note, gate = one.joined(party(AGENT, "extension/1001"), CALLER, NOW)
    assert isinstance(saved, SaveConsent)
    found = saved.record.proof
    assert (found.party, found.state, found.prompt) == ("agent", "granted", "staff notice 2026-01")
    assert kinds([fact]) == ["consent.granted"]
    assert isinstance(note, NoteInRecording)
    assert (note.kind, note.details) == ("party.joined", {"party": "agent"})
    assert gate == SetGate(leg=AGENT, open=True)
    assert len(one.facts.consents) == 2


def test_an_uninformed_colleague_is_not_heard() -> None:
    effects = running().joined(party(AGENT, "extension/1002"), CALLER, NOW)
    assert kinds(effects) == ["consent.unknown"]
    assert [one for one in effects if isinstance(one, SetGate)] == [SetGate(leg=AGENT, open=False)]


def test_a_party_matters_only_to_a_running_recording_of_a_call() -> None:
    agent = party(AGENT, "extension/1001")
    assert capture().joined(agent, CALLER, NOW) == []
    unasked = capture()
    unasked.start(LEG, "call", NOW)
    assert unasked.joined(agent, CALLER, NOW) == []
    message = capture()
    message.start(LEG, "voicemail", NOW)
    assert message.joined(agent, CALLER, NOW) == []


STRICT = replace(
    CONTEXT,
    rules=ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "DE", "mode": "optin_all"}]}
    ),
)


@pytest.mark.requirement("C-02")
def test_a_party_from_a_stricter_region_shuts_the_gate_of_who_was_only_told() -> None:
    one = capture(STRICT)
    one.settle(LEG, proof("informed"), True, NOW)
    stranger = party(AGENT, "trunk/carrier", "+493012345678")
    effects = one.joined(stranger, CALLER, NOW)
    gates = [one for one in effects if isinstance(one, SetGate)]
    assert gates == [SetGate(leg=AGENT, open=False), SetGate(leg=LEG, open=False)]
    assert kinds(effects) == ["consent.unknown", "consent.resolved"]
    saved = effects[0]
    assert isinstance(saved, SaveConsent)
    assert (saved.record.proof.party, saved.record.proof.decision.mode) == ("other", "optin_all")
    # ... and when a colleague takes the stranger's place, what was agreed before is enough again.
    effects = one.joined(party(LegId("b"), "extension/1001"), CALLER, NOW)
    gates = [one for one in effects if isinstance(one, SetGate)]
    assert gates == [SetGate(leg=LegId("b"), open=True), SetGate(leg=LEG, open=True)]


def test_who_has_said_yes_stays_in_the_recording() -> None:
    one = capture(STRICT)
    one.settle(LEG, proof("granted"), True, NOW)
    effects = one.joined(party(AGENT, "trunk/carrier", "+493012345678"), CALLER, NOW)
    assert [one for one in effects if isinstance(one, SetGate)] == [SetGate(leg=AGENT, open=False)]


@pytest.mark.requirement("REC-02")
def test_the_recording_follows_who_stays() -> None:
    one = running()
    agent = party(AGENT, "extension/1001")
    one.joined(agent, CALLER, NOW)
    assert one.follow(AGENT, LEG) == []
    assert one.follow(LEG, AGENT) == [MoveRecording(recording=one.recording or RecordingId(""), leg=AGENT)]
    assert one.follow(LEG, AGENT) == [], "it has moved"


@pytest.mark.requirement("REC-02")
def test_a_place_that_is_taken_moves_the_recording_too() -> None:
    one = running()
    agent = party(AGENT, "extension/1001")
    one.joined(agent, CALLER, NOW)
    effects = one.joined(party(LegId("new"), "extension/1002"), agent, NOW)
    moved = [one for one in effects if isinstance(one, MoveRecording)]
    assert moved == [MoveRecording(recording=one.recording or RecordingId(""), leg=AGENT)]


@pytest.mark.requirement("R-27")
def test_a_watcher_is_a_party_and_the_recording_goes_on_where_no_whisper_is_heard() -> None:
    one = running(replace(CONTEXT, staff_acknowledged=frozenset({"1001", "1003"})))
    watcher, agent = party(LegId("watcher"), "extension/1003"), party(AGENT, "extension/1001")
    effects = one.watched(watcher, (CALLER, agent), NOW)
    assert "consent.granted" in kinds(effects)
    assert MoveRecording(recording=one.recording or RecordingId(""), leg=AGENT) in effects
    assert SetGate(leg=watcher.id, open=True) in effects
    (left,) = one.unwatched(watcher)
    assert isinstance(left, NoteInRecording) and left.kind == "watcher.left"
    assert one.opened(watcher.id) == []


@pytest.mark.requirement("R-27")
def test_nothing_is_kept_of_a_watcher_whom_nobody_told_or_without_a_recording() -> None:
    watcher, agent = party(LegId("watcher"), "extension/1003"), party(AGENT, "extension/1001")
    assert SetGate(leg=watcher.id, open=False) in running().watched(watcher, (agent, CALLER), NOW)
    quiet = capture()
    assert quiet.watched(watcher, (agent, CALLER), NOW) == quiet.unwatched(watcher) == []
