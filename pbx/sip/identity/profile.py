"""TrunkProfile: how one carrier gives and wants identities; telephones get the default one."""

from dataclasses import dataclass, field
from typing import Literal

from pbx.sip.identity.header_rules import HeaderRules
from pbx.sip.identity.help import HelpProfile

SendIdentity = Literal["none", "pai", "ppi", "rpid", "both"]
NumberFormat = Literal["e164", "plain", "national"]
DiversionForm = Literal["none", "diversion", "history-info", "both"]
Redirects = Literal["refuse", "follow", "relay"]
Forwarded = Literal["own", "caller"]
StirPolicy = Literal["off", "annotate", "refuse", "require"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkProfile:
    """`country` reads and writes national numbers; `trusted` = RFC 3325 holds in both directions.

    `sends` is how the caller's number is asserted beside From, `both` = PAI and RPID. `forwarded` is whose
    number a call shows that was sent on: ours, or its caller's. `stir` says what a
    verdict leads to: `annotate` is told and nothing else, `refuse` ends calls whose signature does not
    hold, `require` those without one too.
    """

    country: str = ""
    trusted: bool = False
    sends: SendIdentity = "none"
    numbers: NumberFormat = "e164"
    phone_uris: bool = False  # user=phone
    diversion: DiversionForm = "none"
    redirects: Redirects = "refuse"
    forwarded: Forwarded = "own"
    stir: StirPolicy = "off"
    help: HelpProfile = HelpProfile()
    takes: HeaderRules = field(default_factory=HeaderRules)
    gives: HeaderRules = field(default_factory=HeaderRules)
