"""The part of the catalogue that is about what the PBX depends on."""

from pbx.observe.metric import Metric

DATABASE_AWAY = Metric(
    name="pbx_database_away_seconds",
    kind="gauge",
    help="For how long the database takes no facts; 0 = it does.",
)
DEPENDENCY_UP = Metric(
    name="pbx_dependency_up",
    kind="gauge",
    help="1 = nothing is known to be wrong with a part that calls depend on, 0 = they get on without it.",
    labels=("dependency",),
)
DEGRADED = Metric(
    name="pbx_degraded_total",
    kind="counter",
    help="How often a call got on without an answer of DNS, of servers of customers, of speech or of codes.",
    labels=("dependency",),
)
