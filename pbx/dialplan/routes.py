"""Where a call can go, and how the plan explains its choice."""

from dataclasses import dataclass
from typing import Literal

from pbx.dialplan.locations import Location

# Why a call leaves for the network; "" = whoever wants it has not said, which is service.
Purpose = Literal["", "service", "marketing"]
HELP_RING_S = 60.0  # who needs help may be away from his desk


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFlow:
    """The caller talks with an IVR flow."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToExtension:
    """Ring the devices of one extension; `for_help` = it had called for help, which may be calling back."""

    extension: str
    for_help: bool = False

    @property
    def ring_s(self) -> float:
        """For how long it rings at least, in seconds; 0 = as long as others."""
        return HELP_RING_S if self.for_help else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTrunk:
    """Out to the telephone network; `number` is E.164, for an emergency the short number as dialled."""

    trunk: str
    number: str
    emergency: bool = False
    account: str = ""  # the extension whose rights and money it takes
    is_forwarded: bool = False  # that extension does not call itself, it sends a call on
    caller_id: str = ""  # E.164 number to present, "" = the trunk's own default
    purpose: Purpose = ""
    location: Location | None = None  # where help has to come to


@dataclass(frozen=True, slots=True, kw_only=True)
class ToWatch:
    """Listen to the call of one extension; whether that may be is not for the plan to say."""

    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPickup:
    """Answer the ringing call of one extension, "" = of whoever is in a group with the caller."""

    extension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSlot:
    """A slot of the parking lot: by transfer to park there, dialled to talk with who is parked.

    `slot` "" = any that is free; `is_chosen` = it was found so, and whoever parks does not know it yet.
    """

    slot: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoute:
    """The answer is this SIP status."""

    status: int
    reason: str


DidTarget = ToFlow | ToExtension
Route = ToFlow | ToExtension | ToTrunk | ToWatch | ToPickup | ToSlot | NoRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The route of one call; `trace` names the rules looked at, in order, with file:line.

    `language` is that of the number which was called, "" = it has none of its own.
    """

    route: Route
    trace: tuple[str, ...]
    language: str = ""
