"""The steps of a flow as an admin names them, and the flow made of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pbx.core.secret import Secret
from pbx.ivr.variables import Match, SetTo
from pbx.phrases.phrase import Spoken
from pbx.sip.causes import Ending
from pbx.sip.stir.condition import VerdictCondition

MAX_SILENCE_S = 10.0  # of a caller who leaves a message; who looks for a number takes less


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak `text` to its end, or the `parts`, some of which are values; None as `next` ends the call."""

    text: str
    next: str | None
    parts: tuple[str | Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakIn:
    """Speak another language from here on, where there are words in it."""

    language: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Speak, then one key; `keys` maps a digit to a step; `fallback` after `attempts` fruitless rounds."""

    text: str
    keys: dict[str, str]
    fallback: str
    invalid_text: str
    attempts: int = 3
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Speak, then `min_digits` to `max_digits` digits into `variable`; `fallback` when there are none."""

    text: str
    variable: str
    min_digits: int
    max_digits: int
    next: str
    fallback: str
    invalid_text: str
    attempts: int = 3
    first_digit_timeout_s: float = 5.0
    inter_digit_timeout_s: float = 4.0
    secret: bool = True  # taps of the leg are silent while the caller types


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingConsent:
    """Tell about the recording, or ask, as the parties' regions demand.

    `refused` takes who does not agree where the call has to be recorded; None = he is told so, and it ends.
    """

    purposes: tuple[str, ...]
    granted: str
    declined: str
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Establish who calls; every way of not succeeding is `otherwise`. `attempts` None = the tenant's.

    `company` takes callers from a number that is a company's only; None = like all others. `by_voice` = the
    answer may be spoken, where there is a recogniser.
    """

    methods: tuple[str, ...]
    attempts: int | None
    verified: str
    otherwise: str
    company: str | None = None
    by_voice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """Have the caller prove what he has at hand now; every way of not succeeding is `otherwise`.

    `ways` are offered in this order; `purpose` is what the proof is for, in words for him.
    """

    ways: tuple[str, ...]
    purpose: str
    verified: str
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring `extension/1001` or `group/support`; an answer ends the flow."""

    target: str
    ring_s: float
    no_answer: str | None
    busy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """Greeting, tone and message into `box`; None as `next` ends the call."""

    box: str
    greeting: str
    max_s: float
    max_silence_s: float = MAX_SILENCE_S
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStream:
    """Hand the caller to a voice bot; None as `next` ends the call when the bot has hung up.

    `plain` = the URL may lead over the network without TLS.
    """

    url: Secret[str]
    next: str | None
    failed: str
    parameters: dict[str, str] = field(default_factory=dict)
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """Seat the caller in a room; `next` when he leaves it by a key, `refused` when he does not get in.

    None as either ends the call.
    """

    conference: str
    next: str | None
    refused: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """Send the caller his own voice until he hangs up."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milliwatt:
    """Send the tone by which lines are measured; None as `next` ends the call."""

    duration_s: float
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Say goodbye ("" = say nothing) and end the call; `cause` None = as flows end."""

    text: str = ""
    cause: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Pause the recording (`on`) or go on with it; `reason` is for the audit log."""

    on: bool
    reason: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Begin with what is to be recorded (`on`), or end it, where rules leave that to the flow."""

    on: bool
    reason: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo:
    """Continue with another step."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Go one way or the other by the verdict on the calling number."""

    condition: VerdictCondition
    then: str
    otherwise: str


Step = (
    Say
    | SpeakIn
    | Menu
    | Collect
    | RecordingConsent
    | Verify
    | StepUp
    | Ring
    | Voicemail
    | MediaStream
    | Conference
    | Echo
    | Milliwatt
    | HangUp
    | Silence
    | Segment
    | GoTo
    | When
    | Match
    | SetTo
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """One flow, checked: every step named in it exists. `places` maps a step to its file:line."""

    name: str
    start: str
    steps: dict[str, Step]
    places: dict[str, str] = field(default_factory=dict)

    @property
    def secret_variables(self) -> frozenset[str]:
        """What a caller enters in secret, in one of the steps at least."""
        return frozenset(one.variable for one in self._entries if one.secret)

    @property
    def open_variables(self) -> frozenset[str]:
        """What a caller enters in the open, or a step sets, and nobody ever enters in secret."""
        given = {name for step in self.steps.values() if isinstance(step, SetTo) for name in step.values}
        return frozenset(given).union(one.variable for one in self._entries) - self.secret_variables

    @property
    def _entries(self) -> tuple[Collect, ...]:
        return tuple(step for step in self.steps.values() if isinstance(step, Collect))


def takes_messages(flows: Iterable[FlowPlan]) -> bool:
    """Whether a caller can leave a message in one of the flows."""
    return any(isinstance(step, Voicemail) for flow in flows for step in flow.steps.values())


def successors(step: Step) -> tuple[str | None, ...]:
    """Return the steps that may follow; None stands for the end of the call."""
    match step:
        case (
            Say(next=following)
            | SpeakIn(next=following)
            | Voicemail(next=following)
            | Silence(next=following)
            | Segment(next=following)
            | SetTo(next=following)
            | Milliwatt(next=following)
        ):
            return (following,)
        case Menu(keys=keys, fallback=fallback):
            return (*keys.values(), fallback)
        case Collect(next=following, fallback=fallback):
            return (following, fallback)
        case RecordingConsent(granted=granted, declined=declined, refused=refused):
            return (granted, declined) if refused is None else (granted, declined, refused)
        case Verify(verified=verified, otherwise=otherwise, company=company):
            return (verified, otherwise) if company is None else (verified, otherwise, company)
        case (
            Ring(no_answer=following, busy=other)
            | MediaStream(next=following, failed=other)
            | Conference(next=following, refused=other)
        ):
            return (following, other)
        case GoTo(step=name):
            return (name,)
        case Match(cases=cases, otherwise=otherwise):
            return (*(case.then for case in cases), otherwise)
        case When(then=then, otherwise=otherwise) | StepUp(verified=then, otherwise=otherwise):
            return (then, otherwise)
        case Echo() | HangUp():
            return (None,)


def waits(step: Step) -> bool:
    """Return whether the step takes time on every path, so that a loop through it can do no harm.

    Not counted: a target may be busy, a bot away and a room full at once, consent and verification may be
    settled already.
    """
    return not isinstance(
        step,
        SpeakIn
        | Silence
        | Segment
        | GoTo
        | When
        | Match
        | SetTo
        | RecordingConsent
        | Verify
        | StepUp
        | Ring
        | MediaStream
        | Conference,
    )
