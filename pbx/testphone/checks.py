"""What must be true after the demonstration call: one function per claim, problems in plain words.

Each returns the problems it found, none = the claim holds. No digit and no key is ever in a problem.
"""

import io
from dataclasses import dataclass

import numpy as np
import soundfile

from pbx.call.record import CallRecord, ConsentRecord
from pbx.core.secret import Secret
from pbx.recording.export import Verdict
from pbx.testphone import signal

Problems = tuple[str, ...]

CALLER_HZ, AGENT_HZ = 440.0, 1000.0
ENTRY_HZ = 620.0  # what the caller says while the date of birth is asked for
MIN_TONE_S = 2.0  # of three seconds of talk: ringing, answering and hanging up cost some
MAX_STRAY_S = 0.2  # of the other one's tone in a channel
MIN_CLIP = 0.8
UNVERIFIED = "V0"
POSITIVE = ("informed", "granted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """A master's two channels: what the caller said, what the caller heard."""

    caller: signal.Samples
    agent: signal.Samples


def split(wav: bytes) -> Channels | None:
    """Return the channels of a two-channel master at 8 kHz, None when it is something else."""
    try:
        sound, rate = soundfile.read(io.BytesIO(wav), dtype="int16", always_2d=True)
    except soundfile.SoundFileError:
        return None
    if rate == 2 * signal.RATE:  # of a wide-band call every second sample: the tones lie far below
        sound, rate = sound[::2], signal.RATE
    if rate != signal.RATE or sound.shape[1] != 2:
        return None
    both = sound.astype(np.float64)
    return Channels(caller=both[:, 0], agent=both[:, 1])


def tones(channels: Channels) -> Problems:
    """Each party's tone is in its own channel for most of the talk, and not in the other one."""
    places = (
        ("the caller's channel", channels.caller, CALLER_HZ, AGENT_HZ),
        ("the agent's channel", channels.agent, AGENT_HZ, CALLER_HZ),
    )
    problems: list[str] = []
    for name, sound, own_hz, other_hz in places:
        own_s, other_s = signal.tone_s(sound, own_hz), signal.tone_s(sound, other_hz)
        if own_s < MIN_TONE_S:
            problems.append(f"{name} has only {own_s:.1f} s of its {own_hz:.0f} Hz tone")
        if other_s > MAX_STRAY_S:
            problems.append(f"{name} has {other_s:.1f} s of the other side's {other_hz:.0f} Hz tone")
    return tuple(problems)


def announcement(channels: Channels, clip: signal.Samples) -> Problems:
    """The announcement that the caller heard is in the recording."""
    found = signal.contains_clip(channels.agent, clip)
    if found > MIN_CLIP:
        return ()
    return (f"the recording announcement is not in the agent's channel (likeness {found:.2f})",)


def no_keys(channels: Channels) -> Problems:
    """Nothing of the entry is in the recording: no keypad tone, and no word that was said meanwhile."""
    problems: list[str] = []
    for name, sound in (("the caller's channel", channels.caller), ("the agent's channel", channels.agent)):
        n_keys, said_s = len(signal.find_dtmf(sound)), signal.tone_s(sound, ENTRY_HZ)
        if n_keys:
            problems.append(f"{n_keys} keypad tones are in {name}")
        if said_s > MAX_STRAY_S:
            problems.append(f"{said_s:.1f} s of what was said with the date of birth are in {name}")
    return tuple(problems)


def call_record(call: CallRecord, level: str) -> Problems:
    """The call record says who was verified how, that the call was recorded, and who ended it."""
    expected = (
        ("verification", call.verification, level),
        ("recording_state", call.recording_state, "recorded"),
        ("ended_by", call.ended_by, "caller"),
    )
    problems = [f"the call's {name} is {is_!r}, not {want!r}" for name, is_, want in expected if is_ != want]
    if not call.recording:
        problems.append("the call names no recording")
    if not call.consents:
        problems.append("the call names no consent")
    return tuple(problems)


def consents(call: CallRecord, stored: list[ConsentRecord]) -> Problems:
    """Every consent that the call names is stored, positive and dated by rules; the caller heard a prompt.

    An agent is told by a standing notice, so that only the caller's proof has a prompt that was played.
    """
    problems = [
        f"the consent of the {one.proof.party} is {one.proof.state}"
        for one in stored
        if one.proof.state not in POSITIVE
    ]
    problems += [
        f"the consent of the {one.proof.party} names no version of the rules"
        for one in stored
        if not one.proof.decision.rules_version
    ]
    if sorted(one.consent for one in stored) != sorted(call.consents):
        problems.append("a consent of the call is not stored")
    if any(one.call != call.call for one in stored):
        problems.append("a consent belongs to another call")
    if not any(one.proof.party == "caller" and one.proof.played_ms > 0 for one in stored):
        problems.append("no announcement was played to the caller")
    return tuple(problems)


def display(shown: str, level: str) -> Problems:
    """The agent's telephone showed whether the caller is verified, and how strongly; V0 = is not."""
    if shown == ("Unverified caller" if level == UNVERIFIED else f"Verified caller ({level})"):
        return ()
    return (f"the agent's telephone showed {shown!r}",)


def keys_kept_from_agent(heard: Secret[str], digits: Secret[str]) -> Problems:
    """The agent's telephone got none of the keys that the caller typed."""
    shared = set(heard.reveal()) & set(digits.reveal())
    return ("the caller's keys reached the agent",) if shared else ()


def intact(verdict: Verdict) -> Problems:
    """The recording verifies."""
    return tuple(f"the recording does not verify: {problem}" for problem in verdict.problems)


def tampering_noticed(verdict: Verdict) -> Problems:
    """A copy with one flipped bit does not verify."""
    return ("a changed copy of the recording verifies",) if verdict.ok else ()
