"""The part of the catalogue that is about calls for help."""

from pbx.observe.metric import Metric

HELP_CALLED = Metric(
    name="pbx_emergency_calls_total",
    kind="counter",
    help="Calls that have reached for the emergency services.",
    labels=("tenant",),
)
HELP_FAILED = Metric(
    name="pbx_emergency_failed_total",
    kind="counter",
    help="Emergency calls for which there was no trunk to try.",
    labels=("tenant",),
)
