"""The input of a dial plan: what an admin decided, each with the place (file:line) he wrote it at."""

from dataclasses import dataclass
from typing import Literal

from pbx.conditions.condition import Condition
from pbx.dialplan.locations import NOWHERE, Locations
from pbx.dialplan.routes import DidTarget

CodePurpose = Literal["watch", "pickup", "pickup_group", "marketing", "service"]
THREE_WAY = "*3"  # pressed in a call; no other code may begin so


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCodes:
    """What an extension presses in a call; None = no such code.

    To pause its recording and to go on, to have nothing more kept of the other party, who wishes so, to
    have it called no more for marketing, and to let it type its date of birth, or other digits, unheard.
    """

    pause: str | None = None
    resume: str | None = None
    withdraw: str | None = None
    opt_out: str | None = None
    birth_date: str | None = None
    digits: str | None = None


NO_CODES = KeyCodes()


@dataclass(frozen=True, slots=True, kw_only=True)
class DidRule:
    """Calls to `number` (E.164) reach `target`; with `when`, only those that it asks for.

    Rules of one number are tried in order; the last one has no `when`.
    """

    number: str
    target: DidTarget
    place: str
    when: Condition | None = None
    language: str = ""  # in which its callers are told of a recording, "" = their own


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRule:
    """`number` is a telephone of ours."""

    number: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRule:
    """`number` leads every telephone of ours to a flow, which may be that of a conference."""

    number: str
    flow: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRule:
    """`code` has a schedule opened or closed by `flow`; `by` = who may dial it, empty = everybody."""

    code: str
    flow: str
    place: str
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingRule:
    """`number` parks in any slot that is free, each of `slots` in itself."""

    number: str
    slots: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """`code`, for a group alone, else with an extension behind it; none is the beginning of another."""

    code: str
    purpose: CodePurpose
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRule:
    """Numbers of the network leave by `trunk`, dialled in full or after `prefix` ("" = no prefix)."""

    trunk: str
    prefix: str
    caller_id: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRule:
    """Emergency calls leave by `trunk`."""

    trunk: str
    caller_id: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRule:
    """`number` says to a telephone what help would be told of it, and calls nobody."""

    __test__ = False  # pytest collects what is called so

    number: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingRule:
    """Calls of these extensions to the network are marketing, unless a code says otherwise."""

    extensions: frozenset[str]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """Everything one tenant's plan is made of; None = the tenant has no such calls."""

    tenant: str
    country: str
    dids: tuple[DidRule, ...] = ()
    extensions: tuple[ExtensionRule, ...] = ()
    rooms: tuple[RoomRule, ...] = ()
    codes: tuple[CodeRule, ...] = ()
    switches: tuple[SwitchRule, ...] = ()
    parking: ParkingRule | None = None
    outbound: OutboundRule | None = None
    emergency: EmergencyRule | None = None
    locations: Locations = NOWHERE
    test: TestRule | None = None
    marketing: MarketingRule | None = None


def test_flow(location: str) -> str:
    """Return the name of the flow behind the number of tests; no flow of an admin has a / in its name."""
    return f"emergency/{location}"
