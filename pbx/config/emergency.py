"""`emergency.yaml`: where telephones are when they call for help; and by which trunk such calls leave."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field

from pbx.config.read import Read
from pbx.config.types import (
    Cidr,
    Country,
    Dialled,
    Duration,
    ExtensionNumber,
    Listed,
    Name,
    Strict,
    Text,
    Unique,
    number,
)
from pbx.dialplan.locations import NOWHERE, Location, Locations
from pbx.dialplan.numbers import full_number
from pbx.dialplan.rules import PlanRules, TestRule, test_flow
from pbx.ivr.steps import FlowPlan, Say
from pbx.phrases.phrase import Spoken
from pbx.sip.identity.help import HelpProfile

MAX_LOCATIONS = 2000  # of one tenant: a campus with a location for each floor of each house
MAX_NETWORKS = 64  # of one location
MOST_WINDOW_S = 24 * 3600.0  # a search lasts hours; the number is one that others call too
MAX_DESK = 16  # telephones that ring at once for one call
DEFAULT_ALARM = "Emergency call from"
DEFAULT_WHERE = "at"
DEFAULT_SAYS = "This is a test of emergency calls. Nobody is called. Help would come to"
DEFAULT_SHOWN = "and would call back"
# What is said to people and written into XML: no control characters, no markup, no endless lines.
Line = Annotated[
    str,
    *number(r"[^\x00-\x1f\x7f<>&]{1,100}", "1 to 100 characters of plain text without <, > and &"),
]

# RFC 5139 §3.1: how civic addresses call what we write, in the order of its schema.
CIVIC = {
    "region": "A1",
    "county": "A2",
    "city": "A3",
    "district": "A4",
    "street": "RD",
    "house": "HNO",
    "details": "LOC",
    "floor": "FLR",
    "name": "NAM",
    "postcode": "PC",
    "building": "BLD",
    "unit": "UNIT",
    "room": "ROOM",
}
# How a person tells another one where he is: the smallest thing first.
_SPOKEN = ("room {room}", "{unit}", "floor {floor}", "{building}", "{name}", "{details}")
_ADDRESS = ("{house} {street}", "{district}", "{city}", "{county}", "{region}", "{postcode}")


class WrittenLocation(Strict):
    """A place that help can be sent to: an address, and where in the house."""

    name: Line
    street: Line
    city: Line
    house: Line | None = None
    postcode: Line | None = None
    district: Line | None = None
    county: Line | None = None
    region: Line | None = None
    building: Line | None = None
    unit: Line | None = None
    floor: Line | None = None
    room: Line | None = None
    details: Line | None = None
    country: Country | None = None
    call_back: Dialled | None = None
    contact: Line | None = None
    networks: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=MAX_NETWORKS)] = ()
    trunk: Name | None = None


class WrittenTest(Strict):
    """The number by which people try what help would be told; nobody is called."""

    number: ExtensionNumber
    says: Text = DEFAULT_SAYS
    shown: Text = DEFAULT_SHOWN


class WrittenDesk(Strict):
    """Who of the house is called when a telephone calls for help."""

    extensions: Annotated[
        tuple[ExtensionNumber, ...], Listed, Unique, Field(min_length=1, max_length=MAX_DESK)
    ]
    says: Text = DEFAULT_ALARM
    where: Text = DEFAULT_WHERE
    may_listen: bool = False


class EmergencyFile(Strict):
    """`emergency.yaml`."""

    locations: Annotated[dict[Name, WrittenLocation], Field(min_length=1, max_length=MAX_LOCATIONS)]
    default_location: Name | None = None
    test: WrittenTest | None = None
    desk: WrittenDesk | None = None
    call_back_window_s: Annotated[Duration, Field(le=MOST_WINDOW_S)] | None = Field(
        default=1800.0, alias="call_back_window"
    )


class WrittenEmergencyRule(Strict):
    """How emergency calls leave: by a trunk or a group of trunks."""

    trunk: Name
    caller_id: Dialled | None = None


class WrittenHelp(Strict):
    """`emergency` of a trunk: it carries emergency calls, though no rule names it, and is told of them so."""

    location: bool = False
    priority: bool = True
    resource_priority: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}\.[a-z0-9]{1,8}$")] | None = None

    def build(self) -> HelpProfile:
        """Return what calls need of it."""
        return HelpProfile(
            carries=True,
            location=self.location,
            priority=self.priority,
            resource_priority=self.resource_priority or "",
        )


def words_of(written: WrittenLocation) -> str:
    """Return a location in the words of people, `room 2.14, floor 2, Acme, 12 High Street, Manchester`."""
    values = {name: getattr(written, name) or "" for name in CIVIC}
    parts = [form.format(**values).strip() for form in (*_SPOKEN, *_ADDRESS) if _is_known(form, values)]
    return ", ".join(parts)


def _is_known(form: str, values: dict[str, str]) -> bool:
    """The street stands for itself where the house has no number; all else needs what it names."""
    return bool(values[form[form.rindex("{") + 1 : -1]])


def build_locations(read: Read[EmergencyFile] | None, country: str, extensions: dict[str, str]) -> Locations:
    """Return where the telephones of a tenant in `country` are; `extensions` have said it themselves."""
    if read is None:
        return NOWHERE
    document, written = read.document, read.model
    by_name = {
        name: Location(
            name=name,
            country=one.country or country,
            words=words_of(one),
            civic=tuple((code, value) for key, code in CIVIC.items() if (value := getattr(one, key))),
            call_back=(full_number(one.call_back, country) or "") if one.call_back else "",
            contact=one.contact or "",
            trunk=one.trunk or "",
            window_s=written.call_back_window_s or 0.0,
            place=document.place(("locations", name)),
        )
        for name, one in written.locations.items()
    }
    return Locations(
        by_name=by_name,
        networks=tuple(
            (ip_network(net), name) for name, one in written.locations.items() for net in one.networks
        ),
        extensions=extensions,
        default=written.default_location or "",
    )


def test_rule(read: Read[EmergencyFile] | None) -> TestRule | None:
    """Return the number that tries it."""
    if read is None or read.model.test is None:
        return None
    return TestRule(number=read.model.test.number, place=read.document.place(("test",)))


def test_flows(
    read: Read[EmergencyFile] | None, rules: PlanRules, shown: dict[str, str]
) -> dict[str, FlowPlan]:
    """Return what the number of tests says at each location; `shown` are the numbers of trunks, by name."""
    if read is None or read.model.test is None:
        return {}
    written = read.model.test
    flows: dict[str, FlowPlan] = {}
    for name, location in rules.locations.by_name.items():
        rule = rules.emergency.caller_id if rules.emergency is not None else ""
        number = location.call_back or (shown.get(location.trunk, "") if location.trunk else rule)
        parts: tuple[str | Spoken, ...] = (written.says, location.words)
        if number:
            parts = (*parts, written.shown, Spoken(kind="telephone", value=number))
        step = Say(text=f"{written.says} {location.words}", parts=parts, next=None)
        flows[test_flow(name)] = FlowPlan(name=test_flow(name), start="say", steps={"say": step})
    return flows
