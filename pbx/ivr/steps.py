"""The steps of a flow as an admin names them, and the flow made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pbx.ivr.handed_steps import MAX_SILENCE_S as MAX_SILENCE_S
from pbx.ivr.handed_steps import Conference as Conference
from pbx.ivr.handed_steps import MediaStream as MediaStream
from pbx.ivr.handed_steps import RecordingConsent as RecordingConsent
from pbx.ivr.handed_steps import Ring as Ring
from pbx.ivr.handed_steps import StepUp as StepUp
from pbx.ivr.handed_steps import Verify as Verify
from pbx.ivr.handed_steps import Voicemail as Voicemail
from pbx.ivr.passing_steps import GoTo as GoTo
from pbx.ivr.passing_steps import Segment as Segment
from pbx.ivr.passing_steps import Silence as Silence
from pbx.ivr.passing_steps import SpeakIn as SpeakIn
from pbx.ivr.passing_steps import When as When
from pbx.ivr.queue_step import Queue as Queue
from pbx.ivr.spoken_steps import Collect as Collect
from pbx.ivr.spoken_steps import Echo as Echo
from pbx.ivr.spoken_steps import HangUp as HangUp
from pbx.ivr.spoken_steps import Menu as Menu
from pbx.ivr.spoken_steps import Milliwatt as Milliwatt
from pbx.ivr.spoken_steps import Say as Say
from pbx.ivr.step import Step as Step


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """One flow, checked: every step named in it exists. `places` maps a step to its file:line."""

    name: str
    start: str
    steps: dict[str, Step]
    places: dict[str, str] = field(default_factory=dict)

    def joined(self, steps: Mapping[str, Step]) -> "FlowPlan":
        """Return the flow with more steps, which have other names than its own."""
        return replace(self, steps={**self.steps, **steps})

    @property
    def secret_variables(self) -> frozenset[str]:
        """What a caller enters in secret, in one of the steps at least."""
        return frozenset(name for step in self.steps.values() for name in step.secret_names)

    @property
    def open_variables(self) -> frozenset[str]:
        """What a caller enters in the open, or a step sets, and nobody ever enters in secret."""
        given = frozenset(name for step in self.steps.values() for name in step.open_names)
        return given - self.secret_variables


def takes_messages(flows: Iterable[FlowPlan]) -> bool:
    """Whether a caller can leave a message in one of the flows."""
    return any(isinstance(step, Voicemail) for flow in flows for step in flow.steps.values())
