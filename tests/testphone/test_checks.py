"""Every check of the demonstration passes what is right and names what is wrong."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from pbx.call.record import CallRecord, ConsentRecord
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.ids import CallId
from pbx.core.secret import Secret
from pbx.media import g711
from pbx.recording import wav
from pbx.recording.export import Verdict
from pbx.testphone import checks, signal
from tests.recording.flac_files import whole

AT = datetime(2026, 1, 2, tzinfo=UTC)
CALL = CallRecord(
    call=CallId("c1"),
    tenant="acme",
    direction="inbound",
    called="01632960100",
    caller_number="+447700900123",
    offered_at=AT,
    ended_at=AT,
    ended_by="caller",
    recording="r1",
    recording_state="recorded",
    consents=("k1", "k2"),
    verification="V2",
)
DECISION = ConsentDecision(
    mode="notify", regions=("GB",), rules=("GB: notify",), rules_version="2026-01", rules_sha256="00"
)
PROOF = ConsentProof(
    party="caller",
    decision=DECISION,
    state="informed",
    prompt="This call will be recorded.",
    prompt_sha256="00",
    language="en-GB",
    played_ms=4000,
)
CALLER = ConsentRecord(consent="k1", call=CALL.call, tenant="acme", at=AT, proof=PROOF)
AGENT = replace(CALLER, consent="k2", proof=replace(PROOF, party="agent", state="granted", played_ms=0))


def tone(freq_hz: float, seconds: float = 3.0) -> signal.Samples:
    sound: signal.Samples = 4000 * np.sin(2 * np.pi * freq_hz * np.arange(int(seconds * 8000)) / 8000)
    return sound


def key(row: float, column: float) -> signal.Samples:
    return np.concatenate([np.zeros(8000), tone(row, 0.1) + tone(column, 0.1), np.zeros(8000)])


def speech() -> signal.Samples:
    return np.random.default_rng(3).normal(0, 2000, 16000)


def channels(caller: signal.Samples, agent: signal.Samples) -> checks.Channels:
    return checks.Channels(caller=caller, agent=agent)


def test_a_master_is_split_into_its_channels() -> None:
    coded = [bytearray(g711.encode(tone(hz).astype("<i2").tobytes(), "PCMA")) for hz in (440, 1000)]
    split = checks.split(b"".join(wav.pieces("PCMA", len(coded[0]), [(coded[0], coded[1])])))
    assert split is not None
    assert signal.tone_s(split.caller, 440) > 2.9 and signal.tone_s(split.agent, 1000) > 2.9


def test_a_wide_master_is_split_too() -> None:
    narrow = [tone(hz).astype(np.int16) for hz in (440, 1000)]
    wide = np.stack([one.repeat(2) for one in narrow], axis=1)
    split = checks.split(whole(len(wide), [wide]))
    assert split is not None
    assert signal.tone_s(split.caller, 440) > 2.9 and signal.tone_s(split.agent, 1000) > 2.9


def test_what_is_no_master_is_not_split() -> None:
    assert checks.split(b"RIFF....WAVE") is None


def test_tones_in_their_channels() -> None:
    assert checks.tones(channels(tone(440), tone(1000))) == ()


@pytest.mark.parametrize(
    ("caller", "agent", "n_problems"),
    [
        (tone(1000), tone(440), 4),
        (tone(440), np.zeros(24000), 1),
        (tone(440, 1.5), tone(1000), 1),
        (tone(440), np.concatenate([tone(1000), tone(440, 0.3)]), 1),
        (np.zeros(0), np.zeros(0), 2),
    ],
    ids=["crossed", "silent agent", "short", "leak", "empty"],
)
def test_tones_at_the_wrong_place(caller: signal.Samples, agent: signal.Samples, n_problems: int) -> None:
    assert len(checks.tones(channels(caller, agent))) == n_problems


def test_the_announcement() -> None:
    clip = speech()
    with_clip = np.concatenate([tone(1000), clip, np.zeros(8000)])
    assert checks.announcement(channels(tone(440), with_clip), clip) == ()
    assert len(checks.announcement(channels(with_clip, tone(1000)), clip)) == 1


@pytest.mark.requirement("V-01")
def test_keys_in_either_channel_are_found_and_not_repeated() -> None:
    assert checks.no_keys(channels(speech(), tone(1000))) == ()
    pressed = key(770.0, 1336.0)
    assert checks.no_keys(channels(pressed, speech())) == ("1 keypad tones are in the caller's channel",)
    assert checks.no_keys(channels(speech(), pressed)) == ("1 keypad tones are in the agent's channel",)
    [said] = checks.no_keys(channels(tone(checks.ENTRY_HZ), speech()))
    assert said.endswith("of what was said with the date of birth are in the caller's channel")


def test_the_call_record() -> None:
    assert checks.call_record(CALL, "V2") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CALL, verification="V0"),
        replace(CALL, recording_state="failed"),
        replace(CALL, ended_by="system"),
        replace(CALL, recording=""),
        replace(CALL, consents=()),
    ],
)
def test_a_wrong_call_record(wrong: CallRecord) -> None:
    assert len(checks.call_record(wrong, "V2")) == 1


@pytest.mark.requirement("C-08")
def test_the_consents() -> None:
    assert checks.consents(CALL, [CALLER, AGENT]) == ()


@pytest.mark.parametrize(
    "stored",
    [
        [CALLER],
        [replace(CALLER, proof=replace(PROOF, state="declined")), AGENT],
        [replace(CALLER, proof=replace(PROOF, played_ms=0)), AGENT],
        [CALLER, replace(AGENT, call=CallId("c2"))],
        [CALLER, replace(AGENT, proof=replace(AGENT.proof, decision=replace(DECISION, rules_version="")))],
    ],
    ids=["missing", "declined", "not played", "of another call", "no rules"],
)
def test_wrong_consents(stored: list[ConsentRecord]) -> None:
    assert len(checks.consents(CALL, stored)) == 1


def test_what_the_agent_sees() -> None:
    assert checks.display("Verified caller (V2)", "V2") == ()
    assert checks.display("Unverified caller", "V0") == ()
    assert len(checks.display("Verified caller (V2)", "V0")) == 1
    assert len(checks.display("Unverified caller", "V2")) == 1
    assert len(checks.display("Verified caller (V1)", "V2")) == 1


def test_what_the_agent_must_not_hear() -> None:
    assert checks.keys_kept_from_agent(Secret(""), Secret("03021980")) == ()
    problems = checks.keys_kept_from_agent(Secret("3"), Secret("03021980"))
    assert problems == ("the caller's keys reached the agent",)


def test_verdicts() -> None:
    good, bad = Verdict(problems=()), Verdict(problems=("the hash is wrong",))
    assert checks.intact(good) == () and len(checks.intact(bad)) == 1
    assert checks.tampering_noticed(bad) == () and len(checks.tampering_noticed(good)) == 1
