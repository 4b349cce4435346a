"""Status reports: what a webhook is told of recordings, grants and calls for help (REC-09, VER-04, CF-42).

A report names ids, hashes and our own words for what went wrong: no number, no name, nothing that a person
has typed. Its octets are made once, so that every try to deliver it sends the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pbx.core.audit import AuditFact

Status = Literal[
    "recording.stored",
    "recording.failed",
    "recording.erased",
    "recording.damaged",
    "recording.copy_failed",
    "access.glass_broken",
    "grant.issued",
    "grant.revoked",
    "emergency.called",
    "emergency.over",
    "emergency.failed",
]
GRANTS = "grant."  # what their statuses begin with
OF_GRANTS = f'{{"type":"{GRANTS}'.encode()
"""What their reports begin with: not every receiver is to know who was verified."""
EMERGENCIES = "emergency."
COPY_FAILED = "recording.copy_failed"  # the fact: it has no playback copy, and will have none by itself soon
UNREADABLE = "recording.unreadable"  # the fact: a journal that nobody can read was put aside
MAX_REASON = 200  # characters
KEY_LOST = "its key is lost"

_STATUS: Mapping[str, Status] = {
    "recording.finished": "recording.stored",
    "recording.failed": "recording.failed",
    UNREADABLE: "recording.failed",
    "recording.erased": "recording.erased",
    "self_check.failed": "recording.damaged",
    "self_check.keys_lost": "recording.damaged",
    COPY_FAILED: "recording.copy_failed",
    "access.glass_broken": "access.glass_broken",
    "grant.issued": "grant.issued",
    "grant.revoked": "grant.revoked",
    "emergency.called": "emergency.called",
    "emergency.over": "emergency.over",
    "emergency.failed": "emergency.failed",
}
# What of a fact goes out. The reason of an erasure or a broken glass is a person's words, and stays here.
_TOLD: Mapping[Status, tuple[str, ...]] = {
    "recording.stored": ("manifest_sha256",),
    "recording.failed": ("reason",),
    "recording.erased": ("ground", "extent", "receipt_sha256"),
    "recording.damaged": ("reason",),
    "recording.copy_failed": ("reason",),
    "access.glass_broken": ("request",),
    "grant.issued": ("leg", "level", "customer", "audience", "methods", "risk", "expires", "replaces"),
    "grant.revoked": ("leg", "level", "customer", "why"),
    "emergency.called": ("extension", "number", "location"),
    "emergency.over": ("extension", "number", "location", "answered"),
    "emergency.failed": ("reason",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One report; `body` is JSON in UTF-8, less than 1 KiB."""

    status: Status
    body: bytes


def reports_of(fact: AuditFact, at: datetime) -> tuple[StatusReport, ...]:
    """Return what a fact of aware UTC `at` has to be reported as; nothing for most of them."""
    status = _STATUS.get(fact.kind)
    if status is None:
        return ()
    names, told = [str(fact.details.get("recording") or "")], fact.details
    if (lost := fact.details.get("recordings")) is not None:  # of keys: one fact for all of a tenant
        names, told = str(lost).split(), {"reason": KEY_LOST}
    said = {name: str(told[name])[:MAX_REASON] for name in _TOLD[status] if told.get(name) is not None}
    about = "recording"
    if status.startswith(GRANTS):
        about, names = "grant", [str(fact.details.get("grant") or "")]
    if status.startswith(EMERGENCIES):
        about, names = "call", [fact.call or ""]
    return tuple(_report(status, at, _ids(fact, about, name) | said) for name in names)


def _ids(fact: AuditFact, about: str, name: str) -> dict[str, str | None]:
    """None where there is none: a recording that did not begin has no id, one that is damaged no call."""
    return {about: name or None, "call": fact.call or None, "tenant": fact.tenant or None}


def _report(status: Status, at: datetime, data: Mapping[str, str | None]) -> StatusReport:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps({"type": status, "timestamp": moment, "data": data}, separators=(",", ":"))
    return StatusReport(status=status, body=body.encode())
