"""A party that became somebody else behind its carrier: whom the other is shown, and what no longer holds."""

from pbx.call.call_parts import CallParts
from pbx.call.connected import tell
from pbx.call.effects import CallEffect
from pbx.core.phone import to_e164
from pbx.sip.events import PeerIdentified


def renamed(event: PeerIdentified, parts: CallParts, now: float) -> list[CallEffect]:
    """Take the identity that a trusted carrier tells inside the dialog (RFC 4916 §4.4, RFC 3325).

    A telephone is who proved to be it, whatever it calls itself. Somebody new was told nothing about the
    recording and has not been verified: his gate shuts, and what was found out about the one before him is
    dropped from label and record.
    """
    leg, context = parts.connect.legs.get(event.leg), parts.context
    if leg is None:
        return []
    kind, _, name = leg.party.partition("/")
    trunk = context.trunks.get(name) if kind == "trunk" else None
    if trunk is None or not trunk.profile.trusted:
        return []
    claimed = event.asserted_user or event.from_user
    number = "" if event.private else to_e164(claimed, context.country) or ""
    if number == leg.number:
        return []
    leg.number, leg.is_renamed = number, True
    dropped = parts.features.somebody_calls(number) if leg.id == parts.start.offered.leg else []
    dropped += parts.grants.follow(now)
    other = parts.connect.other(leg)
    shut = parts.features.telling.somebody_new(leg, other, now)
    return [*dropped, *shut, *(tell(other, leg, context) if other is not None else [])]
