"""What the INVITE of a call for help has that others have not: priority, and where the caller is."""

from dataclasses import replace
from datetime import datetime

from pbx.call.context import TrunkRoute
from pbx.call.start import CallStart
from pbx.dialplan.routes import ToTrunk
from pbx.sip.effects import PlaceCall
from pbx.sip.enclosed import BY_REFERENCE
from pbx.sip.identity.help import help_fields
from pbx.sip.identity.pidf_lo import PIDF_LO, pidf_lo
from pbx.sip.multipart import Part


def for_help(
    order: PlaceCall, trunk: TrunkRoute, route: ToTrunk, start: CallStart, at: datetime
) -> PlaceCall:
    """Return the INVITE with that; any other call as it is."""
    if not route.emergency:
        return order
    told, place = trunk.profile.help, route.location
    if not told.location or place is None:
        return replace(order, fields=(*order.fields, *help_fields(told, "")))
    domain = start.context.domain
    content_id = f"location-{order.leg}@{domain}"
    number = route.caller_id or trunk.caller_id
    document = pidf_lo(
        f"pres:{number or place.name}@{domain}",
        place.civic,
        country=place.country,
        language=start.context.language,
        at=at,
    )
    part = Part(content_type=PIDF_LO, body=document, disposition=BY_REFERENCE, content_id=content_id)
    return replace(order, fields=(*order.fields, *help_fields(told, content_id)), enclosed=part)
