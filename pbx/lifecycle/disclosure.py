"""A disclosure: a recording that is given to a third party, by which law, and who allowed it (D-12)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.errors import ParseError

Purpose = Literal["police", "tax_authority", "court", "regulator", "network", "data_subject"]
# `age`, `evidence_age`: for the requester's key alone; `subject`: sound in which nobody but the person
# himself is heard; `link`: heard in a browser, and `served_at` is when the link was made; `part`: a part of
# it as evidence.
DisclosedForm = Literal["age", "wav", "evidence", "evidence_age", "link", "subject", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One line of the register; `served_at` None = it was begun, and nothing has left the house.

    `span`: of a part what was asked for, and once it is served, which seconds are in it; empty = all.
    `scope_asked`, `scope_granted`: whose calls of which time the request names, and what of it is allowed
    (D-13); empty = an older program did not ask.
    """

    disclosure: str
    recording: str
    tenant: str
    recipient: str
    basis: str
    reference: str
    purpose: Purpose
    document_sha256: str
    approver: str
    actor: str
    form: DisclosedForm
    at: datetime
    sha256: str = ""
    size: int | None = None
    served_at: datetime | None = None
    subject_told: bool = False
    span: str = ""
    scope_asked: str = ""
    scope_granted: str = ""

    def fact(self, kind: Literal["recording.disclosed", "recording.disclosure_served"]) -> AuditFact:
        """What the audit log says of it: enough to miss a line that was taken from the register."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"disclosure": self.disclosure, "recipient": self.recipient, "basis": self.basis}
        said |= {"reference": self.reference, "purpose": self.purpose, "approver": self.approver}
        said |= {"document_sha256": self.document_sha256, "form": self.form, "sha256": self.sha256}
        said |= {"span": self.span} if self.span else {}
        said |= {"scope_granted": self.scope_granted} if self.scope_granted else {}
        return AuditFact(kind=kind, tenant=self.tenant, details=said)


def approved(disclosure: Disclosure) -> Disclosure:
    """Return it; ParseError when it is approved by nobody but the one who prepares it."""
    if disclosure.approver.casefold() == disclosure.actor.casefold():
        raise ParseError(f"--approver must be somebody else than {disclosure.actor}, who prepares it", 0)
    return disclosure
