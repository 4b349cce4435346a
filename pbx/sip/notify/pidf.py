"""PIDF: the presence document that a telephone publishes, and the one that its watchers get (RFC 3863)."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from xml.etree.ElementTree import ParseError as BrokenXml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pbx.core.errors import ParseError
from pbx.sip.notify.package import Snapshot
from pbx.sip.notify.xml import add, document, root

CONTENT_TYPE = "application/pidf+xml"
NAMESPACE = "urn:ietf:params:xml:ns:pidf"
PERSON = "urn:ietf:params:xml:ns:pidf:data-model"
RPID = "urn:ietf:params:xml:ns:pidf:rpid"
MAX_BODY = 16_384  # octets; documents of telephones are under 2000
MAX_DEPTH = 16  # presence/person/activities/activity is 4
MAX_NOTE = 200  # characters; more than a telephone's display has
ON_THE_PHONE: Literal["on-the-phone"] = "on-the-phone"
Activity = Literal["", "away", "busy", "meeting", "vacation", "on-the-phone"]
# RFC 4480 §3.2: the activities that we pass on; any other one is none.
ACTIVITIES: dict[str, Activity] = {
    "away": "away",
    "busy": "busy",
    "meeting": "meeting",
    "vacation": "vacation",
    ON_THE_PHONE: "on-the-phone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What is known of a person; `is_open` = reachable for calls."""

    is_open: bool
    activity: Activity = ""
    note: str = ""

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        """Return the PIDF document with the activity of RFC 4480; it has no version."""
        has_person = bool(self.activity or self.note)
        spaces = {"xmlns:dm": PERSON, "xmlns:rpid": RPID} if has_person else {}
        top = root("presence", NAMESPACE, {**spaces, "entity": entity})
        status = add(add(top, "tuple", id="phone"), "status")
        add(status, "basic", "open" if self.is_open else "closed")
        if self.note:
            add(top, "note", self.note)
        if has_person:
            person = add(top, "dm:person", id="person")
            activities = add(person, "rpid:activities")
            add(activities, f"rpid:{self.activity or 'unknown'}")
            if self.note:
                add(person, "dm:note", self.note)
        return document(top)


def parse_pidf(octets: bytes) -> Presence:
    """Return what a published document says; ParseError 400, 413 when it is too large.

    Open when any tuple is, or when it has none with a status. A DTD, and so any entity, is refused.
    """
    if len(octets) > MAX_BODY:
        raise ParseError("a presence document is too large", 413)
    try:
        return _read(octets)
    except (BrokenXml, DefusedXmlException, ValueError, LookupError):
        raise ParseError("not a presence document") from None


def _read(octets: bytes) -> Presence:
    depth = 0
    basics: list[str] = []
    notes: list[str] = []
    activity: Activity = ""
    top = ""
    for event, element in iterparse(BytesIO(octets), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            top = top or element.tag
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("too deep")
            continue
        depth -= 1
        namespace, _, name = element.tag.rpartition("}")
        if namespace == f"{{{NAMESPACE}" and name == "basic":
            basics.append(_text(element))
        elif name == "note":
            notes.append(_text(element))
        elif namespace == f"{{{RPID}" and name in ACTIVITIES:
            activity = activity or ACTIVITIES[name]
    if top != f"{{{NAMESPACE}}}presence":
        raise ValueError("another document")
    note = next((text for text in notes if text), "")
    return Presence(is_open="open" in basics or not basics, activity=activity, note=note[:MAX_NOTE])


def _text(element: Any) -> str:
    return " ".join((element.text or "").split())
