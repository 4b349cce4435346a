"""The part of the catalogue that is about what callers hear."""

from pbx.observe.metric import Metric

CONSENTS_UNSPOKEN = Metric(
    name="pbx_consents_unspoken_total",
    kind="counter",
    help="Parties that were not recorded because there are no words in their language to tell them.",
    labels=("tenant",),
)
PROMPTS_FELL_BACK = Metric(
    name="pbx_prompts_fell_back_total",
    kind="counter",
    help="Sentences that were said otherwise than wanted: by the voice for a file, or in another language.",
    labels=("tenant",),
)
PROMPTS_MISSING = Metric(
    name="pbx_prompts_missing_total",
    kind="counter",
    help="Sentences of a flow that nobody heard: there is neither a recording nor a voice.",
    labels=("tenant",),
)
