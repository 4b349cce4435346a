"""The part of the catalogue that is about programs that flows ask."""

from pbx.observe.metric import Metric

ANSWERED, FAILED = "answered", "failed"
PROGRAM_ANSWERS = Metric(
    name="pbx_program_answers_total",
    kind="counter",
    help="Questions of flows to programs outside, by the kind of step and whether there was an answer.",
    labels=("tenant", "kind", "outcome"),
)
