"""HelpProfile: how one carrier is told that a call is for help, and where the caller is."""

from dataclasses import dataclass

from pbx.sip.responses import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpProfile:
    """`carries` = it takes calls for help when those that a rule names do not; `location` = as PIDF-LO.

    `priority` = Priority: emergency (RFC 3261 §20.26). `resource_priority` is a namespace and a value of
    RFC 4412, such as esnet.0 (RFC 7135), "" = none.
    """

    carries: bool = False
    location: bool = False
    priority: bool = True
    resource_priority: str = ""


def help_fields(profile: HelpProfile, content_id: str) -> Fields:
    """Return the header fields of a call for help; `content_id` "" = no location goes with it.

    RFC 6442 §4.2: without Geolocation-Routing nobody on the way may route by the location.
    """
    fields: list[tuple[str, str]] = []
    if profile.priority:
        fields.append(("Priority", "emergency"))
    if profile.resource_priority:
        fields.append(("Resource-Priority", profile.resource_priority))
    if content_id:
        fields += [("Geolocation", f"<cid:{content_id}>"), ("Geolocation-Routing", "yes")]
    return tuple(fields)
