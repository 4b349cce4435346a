"""A civic location as a presence document (PIDF-LO, RFC 4119, RFC 5139), for who is called for help."""

from datetime import datetime, timedelta

from pbx.sip.notify.xml import add, document, root

PIDF_LO = "application/pidf+xml"
KEPT = timedelta(
    hours=24
)  # RFC 4119 §2.2.2: for how long others may keep it; who looks for somebody needs it
_PIDF = "urn:ietf:params:xml:ns:pidf"
_NAMESPACES = {
    "xmlns:gp": f"{_PIDF}:geopriv10",
    "xmlns:gbp": f"{_PIDF}:geopriv10:basicPolicy",
    "xmlns:ca": f"{_PIDF}:geopriv10:civicAddr",
}


def pidf_lo(
    entity: str, civic: tuple[tuple[str, str], ...], *, country: str, language: str, at: datetime
) -> bytes:
    """Return the document; `entity` is a URI, `civic` elements of RFC 5139 in the order of its schema.

    It was entered by a person, so its method is Manual (RFC 4119 §6.1); help may pass it on.
    """
    presence = root("presence", _PIDF, {**_NAMESPACES, "entity": entity})
    place = add(presence, "tuple", id="location")
    told = add(add(place, "status"), "gp:geopriv")
    address = add(add(told, "gp:location-info"), "ca:civicAddress", **{"xml:lang": language})
    add(address, "ca:country", country)
    for element, text in civic:
        add(address, f"ca:{element}", text)
    rules = add(told, "gp:usage-rules")
    add(rules, "gbp:retransmission-allowed", "true")
    add(rules, "gbp:retention-expiry", _written(at + KEPT))
    add(told, "gp:method", "Manual")
    add(place, "timestamp", _written(at))
    return document(presence)


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
