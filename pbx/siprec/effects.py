"""What a recording session orders: of SIP, of the media worker, and what it says of itself."""

from dataclasses import dataclass
from typing import Literal

from pbx.media.effects import MediaEffect
from pbx.sip.effects import SipEffect

Kind = Literal["started", "refused", "unauthorized", "lost", "stopped", "unreachable", "no_port"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something to be kept of the recording session; `server` "" = of no one in particular.

    `unreachable` comes once for each time that no recorder could be had.
    """

    kind: Kind
    server: str = ""
    reason: str = ""


SiprecEffect = SipEffect | MediaEffect | Told
