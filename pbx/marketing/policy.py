"""What an admin decided about the marketing calls of a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.marketing.week import Week

OPT_OUT_KEY = "*0"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingPolicy:
    """`controller` is on whose behalf people are called: tenants that name the same one share all wishes.

    `numbers` may be shown to whoever is called: those where the tenant is reached. `hours` narrow those of a
    region. `opt_out_key` None = whoever is called has no such key.
    """

    controller: str
    campaign: str = ""
    numbers: frozenset[str] = frozenset()
    hours: Mapping[str, Week] = field(default_factory=dict)
    opt_out_key: str | None = OPT_OUT_KEY
