"""The recording of a call: no gate without consent, one journal at a time, a proof for every answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.agreements import shut_first
from pbx.call.capture import Capture
from pbx.call.context import CallContext, Wall
from pbx.call.effects import Audit, CallEffect, CountMessages, SaveConsent, SaveMessage
from pbx.call.leg import Leg
from pbx.call.record import Message
from pbx.consent.effects import ConsentDecision, ConsentProof, ConsentState, Mode
from pbx.consent.rules import ConsentRules
from pbx.consent.texts import ConsentTexts
from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.media.effects import (
    BridgeLegs,
    MoveRecording,
    NoteInRecording,
    SetGate,
    StartRecording,
    StopRecording,
)
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped
from pbx.recording.rules import RecordingRules

CALL, LEG, AGENT = CallId("call-1"), LegId("caller"), LegId("agent")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = 1000.0
UNKNOWN_ROW = {
    "region": "unknown",
    "mode": "notify_optout",
    "beep": "off",
    "cite": [],
    "confidence": "H",
    "checked_on": "2026-11-23",
}
CONTEXT = CallContext(
    tenant="acme",
    domain="acme.test",
    country="GB",
    language="en-GB",
    groups={},
    trunks={},
    flows={},
    rules=ConsentRules.from_data({"version": "1", "rules": [UNKNOWN_ROW]}),
    texts=ConsentTexts(by_language={}, sha256="7e87"),
    default_unknown="notify_optout",
    staff_notice="2026-01",
    staff_acknowledged=frozenset({"1001"}),
    recipients=("age1acme",),
)


def capture(context: CallContext = CONTEXT) -> Capture:
    return Capture(CALL, context, SeededIds("capture"), Wall(AT, NOW))


def decision(mode: Mode = "notify_optout") -> ConsentDecision:
    return ConsentDecision(
        mode=mode, regions=("GB",), rules=(f"GB: {mode}",), rules_version="1", rules_sha256="00"
    )


def proof(state: ConsentState = "granted", mode: Mode = "notify_optout") -> ConsentProof:
    return ConsentProof(
        party="caller",
        decision=decision(mode),
        state=state,
        prompt="This call is recorded.",
        prompt_sha256="beef",
        language="en-GB",
        played_ms=2000,
    )


def kinds(effects: list[CallEffect]) -> list[str]:
    return [effect.fact.kind for effect in effects if isinstance(effect, Audit)]


def running(context: CallContext = CONTEXT) -> Capture:
    """A capture whose caller has agreed and whose journal is open."""
    one = capture(context)
    one.settle(LEG, proof(), True, NOW)
    assert one.recording is not None
    one.handle(RecordingStarted(recording=one.recording))
    return one


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


def test_without_a_key_nothing_is_recorded_and_the_record_says_why() -> None:
    one = capture(replace(CONTEXT, recipients=()))
    effects = one.announce(LEG, decision(), NOW)
    assert kinds(effects) == ["recording.failed"]
    effects += one.settle(LEG, proof(), True, NOW)
    assert kinds(effects) == ["recording.failed", "consent.granted"]  # not tried a second time
    assert not any(isinstance(effect, StartRecording | NoteInRecording) for effect in effects)
    assert (one.state, one.reason, one.recording) == ("failed", "no recording key", None)


def test_where_calls_are_not_recorded_only_messages_are() -> None:
    one = capture(replace(CONTEXT, recording=RecordingRules(otherwise="off")))
    effects = one.announce(LEG, decision(), NOW)
    effects += one.settle(LEG, proof(), True, NOW)
    assert kinds(effects) == ["recording.rule", "consent.granted"]
    assert not any(isinstance(effect, StartRecording | NoteInRecording) for effect in effects)
    assert (one.state, one.recording) == ("off", None)
    (start,) = one.start(LEG, "voicemail", NOW)
    assert isinstance(start, StartRecording)


@pytest.mark.requirement("REG-07")
def test_a_message_has_its_box_from_the_start_and_is_counted_after_it() -> None:
    one = capture()
    started, saved = one.take_message(LEG, "support", NOW)
    assert isinstance(started, StartRecording)
    message = Message(recording=started.recording, tenant="acme", box="support")
    assert saved == SaveMessage(message=message)
    assert one.stop("recorded") == [
        StopRecording(recording=started.recording),
        CountMessages(tenant="acme", box="support", after=started.recording),
    ]


def test_a_message_that_cannot_be_recorded_is_none() -> None:
    one = capture(replace(CONTEXT, recipients=()))
    assert kinds(one.take_message(LEG, "support", NOW)) == ["recording.failed"]
    assert one.stop("recorded") == []


def test_a_second_start_does_not_orphan_the_first_journal() -> None:
    one = running()
    first = one.recording
    assert one.announce(LEG, decision(), NOW) == []
    assert one.start(LEG, "call", NOW) == []
    assert first is not None
    assert one.stop("recorded") == [StopRecording(recording=first)]


def test_after_a_stop_another_recording_may_start() -> None:
    one = running()
    first = one.recording
    one.stop("recorded")
    (start,) = one.start(LEG, "voicemail", NOW)
    assert isinstance(start, StartRecording)
    assert start.kind == "voicemail"
    assert start.recording != first


@pytest.mark.parametrize(("state", "expected"), [("recorded", "none"), ("not_consented", "not_consented")])
def test_what_never_started_is_never_called_recorded(state: str, expected: str) -> None:
    one = capture()
    assert one.stop(state) == []
    assert one.state == expected


def test_a_journal_is_stopped_once_and_keeps_its_first_state() -> None:
    one = running()
    assert len(one.stop("recorded")) == 1
    assert one.stop("not_consented") == []
    assert one.state == "recorded"


def test_the_worker_tells_when_it_records_and_when_it_cannot() -> None:
    one = capture()
    one.start(LEG, "call", NOW)
    assert one.recording is not None
    assert kinds(one.handle(RecordingStarted(recording=one.recording))) == ["recording.started"]
    assert (one.state, one.is_running) == ("recording", True)
    assert one.handle(RecordingStopped(recording=one.recording, duration_ms=5)) == []
    failed = one.handle(RecordingFailed(recording=one.recording, reason="disk full"))
    assert kinds(failed) == ["recording.failed"]
    assert (one.state, one.reason, one.is_running) == ("failed", "disk full", False)
    assert one.stop("recorded") == []
    assert one.state == "failed"


@pytest.mark.requirement("R-17")
def test_a_worker_that_does_not_answer_is_stopped_and_has_failed() -> None:
    one = capture()
    one.start(LEG, "call", NOW)
    assert one.recording is not None
    stop, fact = one.give_up("no answer")
    assert stop == StopRecording(recording=one.recording)
    assert kinds([fact]) == ["recording.failed"]
    assert one.handle(RecordingStarted(recording=one.recording)) == []
    assert (one.state, one.reason) == ("failed", "no answer")


def test_a_start_that_is_confirmed_after_the_stop_changes_nothing() -> None:
    one = capture()
    one.announce(LEG, decision(), NOW)
    one.settle(LEG, proof("declined"), False, NOW)
    assert one.recording is not None
    assert one.handle(RecordingStarted(recording=one.recording)) == []
    assert one.state == "not_consented"


def test_facts_about_another_recording_are_ignored() -> None:
    one = running()
    assert one.handle(RecordingFailed(recording=RecordingId("other"), reason="disk full")) == []
    assert one.state == "recording"


def party(leg: LegId, name: str, number: str = "") -> Leg:
    return Leg(id=leg, role="callee", party=name, number=number, offered_at=AT)


CALLER = party(LEG, "trunk/carrier", "+447700900123")


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


def test_a_gate_shuts_before_the_bridge() -> None:
    bridge = BridgeLegs(a=LEG, b=AGENT)
    shut, opened = SetGate(leg=LEG, open=False), SetGate(leg=AGENT, open=True)
    assert shut_first([bridge, opened, shut]) == [shut, bridge, opened]


def test_identifiers_are_not_repeated() -> None:
    one = running()
    one.settle(LEG, proof(), True, NOW)
    one.joined(party(AGENT, "extension/1001"), CALLER, NOW)
    assert len({*one.facts.consents, str(one.recording)}) == 4


def test_time_is_the_wall_clock() -> None:
    assert capture().time(NOW + 60) == datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)


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
