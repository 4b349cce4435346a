"""An access to a recording: who, what, why, how much; on the record before the first octet (D-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId

Form = Literal["show", "png", "play", "wav", "mono", "opus", "age", "evidence"]
# `show` gives out no sound: dates, names and the signed manifest.
KINDS: Mapping[Form, str] = {
    "show": "recording.shown",
    "png": "recording.exported",
    "play": "recording.exported",
    "wav": "recording.exported",
    "opus": "recording.exported",
    "mono": "recording.exported",
    "age": "recording.exported",
    "evidence": "recording.exported",
}
REFUSED = "recording.refused"
ALL_KINDS = (*dict.fromkeys(KINDS.values()), REFUSED, "recording.disclosed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody asks for; `span` is the part that is wanted, in his words, empty = all of it."""

    recording: str
    call: str
    tenant: str
    actor: str
    purpose: str
    form: Form
    span: str = ""

    @property
    def gives_sound(self) -> bool:
        return self.form != "show"

    def fact(self, forbidden_by: str = "") -> AuditFact:
        """What the audit log says of it; a failed try is told as well."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"purpose": self.purpose, "form": self.form}
        said |= {name: word for name, word in (("span", self.span), ("forbidden_by", forbidden_by)) if word}
        kind = REFUSED if forbidden_by else KINDS[self.form]
        return AuditFact(kind=kind, call=CallId(self.call), tenant=self.tenant, details=said)
