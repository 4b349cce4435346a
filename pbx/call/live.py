"""What is told of a call in progress, and whether its recording can be paused or go on now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import ceil
from typing import Literal

from pbx.call.leg import Leg
from pbx.call.pause import Paused
from pbx.call.record import CallRecord
from pbx.media.events import StreamQuality

LiveState = Literal["recorded", "starting", "paused", "failed", "not"]
MAX_LEGS = 2  # of a call: those who talk
MAX_CALLED = 64  # characters of what was dialled; E.164 has 15 digits, a name is rarely over 30
# What the capture says of itself, as an operator reads it; every other state is "not".
_STATES: dict[str, LiveState] = {"recording": "recorded", "starting": "starting", "failed": "failed"}
_REASONS = {
    "none": "nobody was asked",
    "off": "recording is off",
    "not_consented": "a party did not consent",
    "recorded": "the recording has ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSound:
    """One direction of a leg since the call began: `loss` is a ratio, `mos` of the E-model (G.107)."""

    loss: float
    jitter_ms: float
    mos: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """One who talks: `heard` = of the party by us, `sent` = of us, as the party last reported it.

    `measured_at` is ISO 8601, UTC: five seconds ago at most, while its audio takes its way through us.
    """

    leg: str
    role: str
    party: str
    heard: LiveSound | None = None
    sent: LiveSound | None = None
    measured_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """`began_at` is ISO 8601, UTC; `reason` = why it is paused or not recorded, "" while it is recorded.

    `level` "" = the caller was not asked who he is; it holds for `minutes_left` at most.
    """

    call: str
    tenant: str
    direction: str
    caller: str
    called: str
    began_at: str
    answered: bool
    recording: LiveState
    paused_by: str = ""
    reason: str = ""
    refused: tuple[str, ...] = ()  # parties that do not want to be recorded
    legs: tuple[LiveLeg, ...] = ()
    secure_entry: bool = False  # somebody types what nobody hears
    level: str = ""
    methods: tuple[str, ...] = ()
    minutes_left: int | None = None
    grant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How sure one is of the caller now, "" = he was not asked; until `exp` by the grant with this id."""

    level: str = ""
    methods: tuple[str, ...] = ()
    exp: datetime | None = None
    grant: str = ""

    def minutes_left(self, now: datetime) -> int | None:
        """How long it holds at most, a minute that has begun as a whole one."""
        if self.exp is None:
            return None
        return max(0, ceil((self.exp - now).total_seconds() / 60))


def live_leg(leg: Leg) -> LiveLeg:
    """Return what is told of one who talks."""
    return LiveLeg(
        leg=leg.id,
        role=leg.role,
        party=leg.party,
        heard=_sound(leg.heard),
        sent=_sound(leg.sent),
        measured_at=leg.rated_at.isoformat(timespec="seconds") if leg.rated_at is not None else "",
    )


def _sound(quality: StreamQuality | None) -> LiveSound | None:
    if quality is None:
        return None
    return LiveSound(
        loss=round(quality.loss, 4), jitter_ms=round(quality.jitter_ms, 1), mos=round(quality.mos, 2)
    )


def live_call(
    record: CallRecord,
    paused: Paused | None,
    refused: tuple[str, ...] = (),
    talkers: Iterable[Leg] = (),
    *,
    known: tuple[Known, datetime] | None = None,
) -> LiveCall:
    """Return what is told of a call with this record and pause, and of those who talk in it.

    `known` = of its caller, and the time now.
    """
    who = known[0] if known is not None else Known()
    state, by = _STATES.get(record.recording_state, "not"), ""
    reason = record.recording_reason or _REASONS.get(record.recording_state, "")
    if paused is not None:
        state, by, reason = "paused", paused.actor, paused.reason
    return LiveCall(
        call=record.call,
        tenant=record.tenant,
        direction=record.direction,
        caller=record.caller_number or next((leg.party for leg in record.legs), ""),
        called=record.called[:MAX_CALLED],
        began_at=record.offered_at.isoformat(),
        answered=record.answered_at is not None,
        recording=state,
        paused_by=by,
        reason=reason,
        refused=refused,
        legs=tuple(live_leg(leg) for leg in islice(talkers, MAX_LEGS)),
        level=who.level,
        methods=who.methods,
        minutes_left=who.minutes_left(known[1]) if known is not None else None,
        grant=who.grant,
    )


def refusal(live: LiveCall, *, on: bool) -> str:
    """Return why a recording cannot be paused (`on` false) or go on, "" = it can."""
    if live.recording in ("not", "failed"):
        return f"call {live.call} is not recorded{f': {live.reason}' if live.reason else ''}"
    if on and live.recording != "paused":
        return f"the recording of call {live.call} is not paused"
    if not on and live.recording == "paused":
        return f"the recording of call {live.call} is already paused by {live.paused_by}"
    return ""
