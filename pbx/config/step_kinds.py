"""All kinds of steps, by the key that says in a flow what a step does."""

from pbx.config import (
    steps_core,
    steps_hand_off,
    steps_http,
    steps_lookup,
    steps_onward,
    steps_opening,
    steps_paging,
    steps_people,
    steps_plugin,
    steps_queue,
    steps_ring,
    steps_waiting,
)
from pbx.config.step_kind import StepKind

STEP_KINDS: dict[str, StepKind] = {
    **steps_core.STEPS,
    **steps_ring.STEPS,
    **steps_onward.STEPS,
    **steps_people.STEPS,
    **steps_waiting.STEPS,
    **steps_paging.STEPS,
    **steps_opening.STEPS,
    **steps_queue.STEPS,
    **steps_http.STEPS,
    **steps_lookup.STEPS,
    **steps_hand_off.STEPS,
    **steps_plugin.STEPS,
}
