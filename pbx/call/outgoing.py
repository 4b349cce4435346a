"""The INVITEs of a call to others: what a telephone and what a carrier is told about the caller."""

from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from pbx.call.context import TrunkRoute
from pbx.call.start import CallStart
from pbx.core.ids import LegId
from pbx.dialplan.routes import ToTrunk
from pbx.sip.effects import PlaceCall
from pbx.sip.events import Contact, DeviceOrigin, TrunkOrigin
from pbx.sip.identity.diversion import diversion_fields
from pbx.sip.identity.number_form import number_uri
from pbx.sip.identity.presentation import CallerShown, present
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.responses import Fields
from pbx.sip.stir.signer import Signer
from pbx.sip.stir.telephone import canonical
from pbx.sip.stir.verdict import Status

# Telephones of ours believe us; they show who sent a call on, and are told nothing that was to be hidden.
DEVICE = TrunkProfile(diversion="diversion")


def device_call(
    leg: LegId,
    extension: str,
    contact: Contact,
    start: CallStart,
    *,
    label: str = "",
    breadth: int = 1,
) -> PlaceCall:
    """Return the INVITE to a device of `extension`, without its offer; `label` says what we found out.

    `breadth` is its share of the Max-Breadth.
    """
    domain, private = start.context.domain, start.offered.private
    display = label or start.offered.from_display
    shown = present(CallerShown(number=start.number or "", display=display, private=private), DEVICE, domain)
    if label and private:
        shown = replace(shown, from_display=label)
    to = f"sip:{extension}@{domain}"
    told = tuple(one for one in start.diversions if not one.private)
    return PlaceCall(
        leg=leg,
        target=contact.uri,
        to=to,
        from_uri=shown.from_uri,
        from_display=shown.from_display,
        remote=contact.remote,
        route=contact.route,
        user_agent=contact.user_agent,
        offer=b"",
        max_forwards=start.offered.max_forwards - 1,
        hops=start.offered.hops.fields(breadth),
        fields=(
            *shown.fields,
            *diversion_fields(told, to, DEVICE.diversion),
            *extra_of(start, DEVICE),
        ),
    )


def trunk_call(
    leg: LegId,
    trunk: TrunkRoute,
    route: ToTrunk,
    start: CallStart,
    *,
    at: datetime,
) -> PlaceCall:
    """Return the INVITE to a carrier, signed at `at` when the trunk signs.

    An emergency service sees the number whatever the caller wants hidden: it has to find him.
    """
    profile, domain = trunk.profile, start.context.domain
    uri = number_uri(route.number, trunk.authority, profile)
    private = is_private(route, start)
    number = caller_number(trunk, route, start)
    shown = present(CallerShown(number=number, private=private), profile, domain)
    told = tuple(one for one in start.diversions if profile.trusted or not one.private)
    may_sign = trunk.signer is not None and not route.emergency and (profile.trusted or not private)
    return PlaceCall(
        leg=leg,
        target=uri,
        to=uri,
        from_uri=shown.from_uri,
        from_display=shown.from_display,
        remote=trunk.remote,
        offer=b"",
        max_forwards=start.offered.max_forwards - 1,
        credentials=trunk.credentials,
        no_reply_s=trunk.no_reply_s,
        server=trunk.server,
        trunk=(start.context.tenant, trunk.name),
        hops=start.offered.hops.fields(),
        fields=(
            *shown.fields,
            *diversion_fields(told, uri, profile.diversion),
            *extra_of(start, profile),
            *(
                signature(trunk.signer, start, (number, route.number), at)
                if may_sign and trunk.signer
                else ()
            ),
        ),
    )


def is_private(route: ToTrunk, start: CallStart) -> bool:
    """Whether whoever is called does not get to know the number."""
    return start.offered.private and not route.emergency


def caller_number(trunk: TrunkRoute, route: ToTrunk, start: CallStart) -> str:
    """The number that a call by this trunk comes from."""
    keeps_caller = not route.emergency and trunk.profile.forwarded == "caller" and is_sent_on(start)
    return (start.number if keeps_caller else None) or route.caller_id or trunk.caller_id


def numbers_shown(route: ToTrunk, start: CallStart) -> tuple[str, ...]:
    """What each trunk that may take a call would show whoever is called, "" = nothing."""
    context = start.context
    members = context.trunk_groups.get(route.trunk, ((route.trunk, 0, 0),))
    trunks = [context.trunks[name] for name, _, _ in members if name in context.trunks]
    if is_private(route, start):
        return ("",) * len(trunks)
    return tuple(caller_number(trunk, route, start) for trunk in trunks)


def extra_of(start: CallStart, profile: TrunkProfile) -> Fields:
    """Return the header fields of the caller's side that the callee's rules let pass, and those they set."""
    return profile.gives.apply(start.offered.extra)


def is_sent_on(start: CallStart) -> bool:
    """Whether a call from outside leaves again because somebody of ours sent it on."""
    by_us = len(start.diversions) > len(start.offered.diversions)
    return by_us and isinstance(start.offered.origin, TrunkOrigin)


def signature(signer: Signer, start: CallStart, numbers: tuple[str, str], at: datetime) -> Fields:
    """Return Date and Identity of a call between two numbers, nothing when one is none (RFC 8224 §4).

    A call that is sent on with its caller's number keeps the signatures that we verified, and ours says
    that it was diverted (RFC 8946 §4); without those it only passes through us.
    """
    country = start.context.country
    orig, dest, diverted = (canonical(number, country) for number in (*numbers, start.offered.called))
    attest = signer.policy.level(orig, is_ours=isinstance(start.offered.origin, DeviceOrigin))
    if not orig or not dest or not attest:
        return ()
    signed, verdict = start.offered.signed, start.offered.verdict
    proved = signed is not None and verdict is not None and verdict.status is Status.PASSED
    if signed is not None and proved and is_sent_on(start) and orig == signed.orig and diverted:
        identities = (*signed.identities, signer.div(orig, dest, diverted, at))
    else:
        identities = (signer.shaken(orig, dest, attest, at),)
    date = format_datetime(at.replace(microsecond=0), usegmt=True)
    return (("Date", date), *(("Identity", value) for value in identities))
