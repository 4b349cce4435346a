"""What is wrong with the audio of a leg while the call goes on, told from its counters once a second."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pbx.media.events import AudioFaultKind

ONE_WAY_S = 5.0  # silence suppression seldom keeps still for longer while we speak
REPORT_S = 8.0  # a report comes after 7.5 s at most, so this is one more that says the same
MISMATCH_S = 3.0
UNHEARD_REPORTS = 2  # the first may have left before our first packet came
FOREIGN_PACKETS = 5  # in a second, so that a late packet of the old codec is no mismatch
HIGH_LOSS = 0.05  # G.107 takes 16 of R off G.711 here: most listeners notice
LOSS_PACKETS = 50  # fewer tell nothing about a ratio
HIGH_JITTER_MS = 50.0  # more than usual receivers hold back
REARM_S = 5.0  # without the fault until it counts as a new occurrence
PACKET_TIMES_MS = frozenset({10, 20, 30, 40, 50, 60, 80, 100, 120})
TIMED_PACKETS = 5
STRAY_PACKETS = 3  # an event has as many with the end bit alone
MAX_TOLD = 10  # of one rule in a call: a party that comes and goes must not fill the audit log

_WINDOW = 6  # snapshots, of the last five seconds
_PTIME_TOLERANCE = 0.02
_TIME_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counters of one leg; `foreign` = packets of payload types not agreed, the last was `foreign_type`.

    `seq` and `rtp_time` are of the last audio packet of `ssrc`, None = there was none. `tones` counts digits
    heard in the audio, where telephone-event is agreed; `strays` what looks like telephone-events of a
    payload type that was not. `rests` = what came last was comfort noise. `unheard` as in RtcpSession.
    """

    hears: bool = True
    speaks: bool = True
    rests: bool = False
    sent: int = 0
    received: int = 0
    expected: int = 0
    foreign: int = 0
    foreign_type: int = 0
    ssrc: int | None = None
    seq: int = 0
    rtp_time: int | None = None
    clock_rate: int = 8000
    ptime_ms: int = 20
    jitter_ms: float = 0.0
    unheard: int = 0
    tones: int = 0
    strays: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    kind: AudioFaultKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A fault of `kind` when `detail` is not empty for `hold_s`; compares with `back` snapshots ago.

    It is told `most` times in a call. With `back` 0 it looks at the latest one alone.
    """

    kind: AudioFaultKind
    detail: Callable[[Snapshot, Snapshot], str]
    hold_s: float = 0.0
    back: int = 1
    most: int = MAX_TOLD


@dataclass(slots=True)
class _State:
    since: float | None = None
    last: float = 0.0
    is_raised: bool = False
    n_told: int = 0


def _hears_nothing(before: Snapshot, now: Snapshot) -> str:
    is_due = now.hears and now.speaks and now.sent > before.sent
    # Nobody has to send comfort noise more than once in a pause (RFC 3389 §4).
    is_deaf = is_due and now.received == before.received and not now.rests
    return "nothing is heard of the party" if is_deaf else ""


def _is_unheard(before: Snapshot, now: Snapshot) -> str:
    is_unheard = now.speaks and now.sent > before.sent and now.unheard >= UNHEARD_REPORTS
    return "the party reports to hear nothing of us" if is_unheard else ""


def _other_codec(before: Snapshot, now: Snapshot) -> str:
    n_packets = now.foreign - before.foreign
    return f"payload type {now.foreign_type} was not agreed" if n_packets >= FOREIGN_PACKETS else ""


def _other_ptime(before: Snapshot, now: Snapshot) -> str:
    n_packets = now.seq - before.seq
    if before.rtp_time is None or now.rtp_time is None or now.ssrc != before.ssrc:
        return ""
    if n_packets < TIMED_PACKETS or now.clock_rate != before.clock_rate:
        return ""
    ptime_ms = (now.rtp_time - before.rtp_time & _TIME_MASK) * 1000 / now.clock_rate / n_packets
    nearest = round(ptime_ms / 10) * 10
    # Pauses and digits make a mean that no sender uses as its packet time.
    is_steady = nearest in PACKET_TIMES_MS and abs(ptime_ms - nearest) <= nearest * _PTIME_TOLERANCE
    is_other = is_steady and nearest != now.ptime_ms
    return f"packets of {nearest} ms, agreed were {now.ptime_ms}" if is_other else ""


def _other_digits(_: Snapshot, now: Snapshot) -> str:
    return "digits as tones, agreed was telephone-event" if now.tones else ""  # the first second counts


def _stray_events(before: Snapshot, now: Snapshot) -> str:
    is_told = now.strays - before.strays >= STRAY_PACKETS
    return f"telephone-events of payload type {now.foreign_type}, which was not agreed" if is_told else ""


def _loses(before: Snapshot, now: Snapshot) -> str:
    expected = now.expected - before.expected
    if expected < LOSS_PACKETS:
        return ""
    loss = 1 - (now.received - before.received) / expected
    return f"{loss:.0%} of the packets are lost" if loss >= HIGH_LOSS else ""


def _jitters(_: Snapshot, now: Snapshot) -> str:
    return f"jitter of {now.jitter_ms:.0f} ms" if now.jitter_ms >= HIGH_JITTER_MS else ""


_RULES = (
    _Rule(kind="one_way_audio", detail=_hears_nothing, hold_s=ONE_WAY_S - 1),  # the first second counts
    _Rule(kind="one_way_audio", detail=_is_unheard, hold_s=REPORT_S),
    _Rule(kind="codec_mismatch", detail=_other_codec, hold_s=MISMATCH_S - 1),
    _Rule(kind="ptime_mismatch", detail=_other_ptime, hold_s=MISMATCH_S - 1),
    _Rule(kind="dtmf_mismatch", detail=_other_digits, back=0, most=1),
    _Rule(kind="dtmf_mismatch", detail=_stray_events, most=1),
    _Rule(kind="high_loss", detail=_loses, back=_WINDOW - 1),
    _Rule(kind="high_jitter", detail=_jitters, hold_s=MISMATCH_S - 1),
)


class Watch:
    """Takes a snapshot about once a second; each fault is told once until it was gone for `REARM_S`."""

    __slots__ = ("_past", "_states")

    def __init__(self) -> None:
        self._past: deque[Snapshot] = deque(maxlen=_WINDOW - 1)
        self._states = tuple(_State() for _ in _RULES)

    def handle(self, snapshot: Snapshot, now: float) -> list[Fault]:
        """Return what has begun to be wrong."""
        past = self._past
        faults: list[Fault] = []
        for rule, state in zip(_RULES, self._states, strict=True):
            if len(past) >= rule.back:
                detail = rule.detail(past[-rule.back] if rule.back else snapshot, snapshot)
                is_due = _is_due(state, now, rule.hold_s, is_wrong=bool(detail))
                if is_due and state.n_told <= rule.most:
                    faults.append(Fault(rule.kind, detail))
        past.append(snapshot)
        return faults


def _is_due(state: _State, now: float, hold_s: float, *, is_wrong: bool) -> bool:
    if not is_wrong:
        state.since = None
        state.is_raised = state.is_raised and now - state.last < REARM_S
        return False
    state.last = now
    if state.since is None:
        state.since = now
    if state.is_raised or now - state.since < hold_s:
        return False
    state.is_raised = True
    state.n_told += 1
    return True
