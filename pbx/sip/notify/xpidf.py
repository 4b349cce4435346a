"""XPIDF: the presence document before RFC 3863, for telephones that ask for nothing else.

Source: draft-rosenberg-impp-pidf-00, with the `msnsubstatus` that such telephones show. It has no note.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from pbx.sip.notify.package import Snapshot
from pbx.sip.notify.pidf import Activity, Presence
from pbx.sip.notify.xml import add

CONTENT_TYPE = "application/xpidf+xml"
_HEAD = (
    '<?xml version="1.0"?>\r\n<!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" "xpidf.dtd">\r\n'
)
_SUBSTATUS: dict[Activity, str] = {
    "": "online",
    "away": "away",
    "busy": "busy",
    "meeting": "busy",
    "vacation": "away",
    "on-the-phone": "onthephone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPresence:
    """The same state in the old form."""

    presence: Presence

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        """Return the document; `inuse` = there, but on the phone or busy."""
        state = self.presence
        top = Element("presence")
        add(top, "presentity", uri=f"{entity};method=SUBSCRIBE")
        address = add(add(top, "atom", id="phone"), "address", uri=f"{entity};user=ip", priority="0.800000")
        is_used = _SUBSTATUS[state.activity] in ("busy", "onthephone")
        add(address, "status", status=("inuse" if is_used else "open") if state.is_open else "closed")
        substatus = _SUBSTATUS[state.activity] if state.is_open else "offline"
        add(address, "msnsubstatus", substatus=substatus)
        return f"{_HEAD}{tostring(top, encoding='unicode')}\r\n".encode()
