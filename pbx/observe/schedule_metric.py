"""What is told of opening hours."""

from pbx.observe.metric import Metric

SCHEDULE_OPEN = Metric(
    name="pbx_schedule_open",
    kind="gauge",
    help="1 while a schedule is open, by its hours or by hand, else 0.",
    labels=("tenant", "schedule"),
)
