"""Steps that hand the caller to another feature of the call, and go on by its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.core.secret import Secret
from pbx.ivr.step import Following, Step
from pbx.ivr.timing import AT_ONCE, Timing, shown

MAX_SILENCE_S = 10.0  # of a caller who leaves a message; who looks for a number takes less


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingConsent(Step):
    """Tell about the recording, or ask, as the parties' regions demand.

    `refused` takes who does not agree where the call has to be recorded; None = he is told so, and it ends.
    """

    waits = False
    asks = True

    purposes: tuple[str, ...]
    granted: str
    declined: str
    refused: str | None = None

    @property
    def following(self) -> Following:
        return (self.granted, self.declined, *_given(self.refused))

    @property
    def words(self) -> str:
        return (
            f"consent to recording for {', '.join(self.purposes)}, as the rules of the parties' regions say"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify(Step):
    """Establish who calls; every way of not succeeding is `otherwise`. `attempts` None = the tenant's.

    `company` takes callers from a number that is a company's only; None = like all others. `by_voice` = the
    answer may be spoken, where there is a recogniser.
    """

    waits = False
    asks = True

    methods: tuple[str, ...]
    attempts: int | None
    verified: str
    otherwise: str
    company: str | None = None
    by_voice: bool = False

    @property
    def following(self) -> Following:
        return (self.verified, self.otherwise, *_given(self.company))

    @property
    def unattended(self) -> Following:
        return (self.otherwise,)

    @property
    def words(self) -> str:
        return f"verifies the caller by {' and '.join(self.methods)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp(Step):
    """Have the caller prove what he has at hand now; every way of not succeeding is `otherwise`.

    `ways` are offered in this order; `purpose` is what the proof is for, in words for him.
    """

    waits = False
    asks = True

    ways: tuple[str, ...]
    purpose: str
    verified: str
    otherwise: str

    @property
    def following(self) -> Following:
        return (self.verified, self.otherwise)

    @property
    def unattended(self) -> Following:
        return (self.otherwise,)

    @property
    def words(self) -> str:
        return f"asks for a proof by {' or '.join(self.ways)}, to {self.purpose}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Step):
    """Ring `extension/1001`, `group/support` or `number/01632 960999`, and `others` with it.

    An answer ends the flow; who is called at a number takes the call by a key. `timings` are by target.
    """

    waits = False
    connects = True

    target: str
    ring_s: float
    no_answer: str | None
    busy: str | None
    others: tuple[str, ...] = ()
    timings: Mapping[str, Timing] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """All that ring."""
        return (self.target, *self.others)

    @property
    def following(self) -> Following:
        return (self.no_answer, self.busy)

    @property
    def words(self) -> str:
        rung = [shown(one) + self.timings.get(one, AT_ONCE).words for one in self.targets]
        return f"rings {' and '.join(rung)} for {self.ring_s:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(Step):
    """Greeting, tone and message into `box`; None as `next` ends the call."""

    asks = True

    box: str
    greeting: str
    max_s: float
    max_silence_s: float = MAX_SILENCE_S
    next: str | None = None

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return f"takes a message for {self.box}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStream(Step):
    """Hand the caller to a voice bot; None as `next` ends the call when the bot has hung up.

    `plain` = the URL may lead over the network without TLS.
    """

    waits = False
    asks = True

    url: Secret[str]
    next: str | None
    failed: str
    parameters: dict[str, str] = field(default_factory=dict)
    plain: bool = False

    @property
    def following(self) -> Following:
        return (self.next, self.failed)

    @property
    def words(self) -> str:
        return "hands the caller to a voice bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference(Step):
    """Seat the caller in a room; `next` when he leaves it by a key, `refused` when he does not get in.

    None as either ends the call.
    """

    waits = False
    asks = True

    conference: str
    next: str | None
    refused: str | None

    @property
    def following(self) -> Following:
        return (self.next, self.refused)

    @property
    def words(self) -> str:
        return f"lets the caller into conference {self.conference}"


def _given(name: str | None) -> tuple[str, ...]:
    return (name,) if name is not None else ()
