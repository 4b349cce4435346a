"""How much a stranger may take, and what he hears."""

from dataclasses import dataclass
from typing import Literal

from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.failures import BanRules

Strangers = Literal["silence", "challenge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefenceSettings:
    """Rates of messages of a source and of a neighbour (a carrier, an edge), what strangers hear, bans.

    `strangers_in_all` is what all sources together may send that are no neighbours and where no user of ours
    has proved himself: a flood from many addresses is one flood. `sweep` limits the challenges to a source
    where no user of ours has proved himself yet: a telephone answers its first one, whoever looks for users
    never does. `fits` = no answer to an unproven UDP source is larger than its request. The values here let
    everything pass, as two endpoints in a test want it; those of a PBX are in its configuration.
    """

    source: Rate = Rate(per_s=0.0, burst=0)
    neighbour: Rate = Rate(per_s=0.0, burst=0)
    strangers_in_all: Rate = Rate(per_s=0.0, burst=0)
    sweep: Rate = Rate(per_s=0.0, burst=0)
    strangers: Strangers = "challenge"
    fits: bool = False
    bans: BanRules = BanRules()
