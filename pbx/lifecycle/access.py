"""An access to a recording: who, what, why, how much; on the record before the first octet (D-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId

Form = Literal["show", "png", "play", "pipe", "wav", "mono", "opus", "age", "evidence", "link"]
# `show` gives out no sound: dates, names and the signed manifest. `pipe`: played into another program.
KINDS: Mapping[Form, str] = {
    "show": "recording.shown",
    "png": "recording.exported",
    "play": "recording.exported",
    "pipe": "recording.exported",
    "wav": "recording.exported",
    "opus": "recording.exported",
    "mono": "recording.exported",
    "age": "recording.exported",
    "evidence": "recording.exported",
    "link": "recording.exported",
}
# What somebody has afterwards and can hand on.
LEAVING: frozenset[Form] = frozenset({"pipe", "wav", "mono", "opus", "age", "evidence", "link"})
REFUSED = "recording.refused"
PART_GIVEN = "recording.part_given"
LINK_KINDS = ("recording.link_made", "recording.link_opened", "recording.link_revoked")
# Who heard a call while it was recorded; these facts name the call, not its recording.
WATCH_KINDS = ("watch.began", "watch.mode", "watch.ended")
_GIVEN = ("recording.disclosed", PART_GIVEN)
ALL_KINDS = (*dict.fromkeys(KINDS.values()), REFUSED, *_GIVEN, *LINK_KINDS, *WATCH_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody asks for; `span` is the part that is wanted, in his words, empty = all of it.

    `link`: it is played by who holds this link of his. `request`: a second person has granted this.
    Of what leaves, `internal` is the purpose of the house that lets it, or `disclosure` the line of the
    register.
    """

    recording: str
    call: str
    tenant: str
    actor: str
    purpose: str
    form: Form
    span: str = ""
    link: str = ""
    request: str = ""
    internal: str = ""
    disclosure: str = ""

    @property
    def gives_sound(self) -> bool:
        return self.form != "show"

    @property
    def needs_internal(self) -> bool:
        """Whether it is out of our hands afterwards, and nothing else has let it go."""
        return self.form in LEAVING and not (self.link or self.disclosure)

    def fact(self, forbidden_by: str = "") -> AuditFact:
        """What the audit log says of it; a failed try is told as well."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"purpose": self.purpose, "form": self.form}
        said |= {name: word for name, word in self._more(forbidden_by) if word}
        kind = REFUSED if forbidden_by else KINDS[self.form]
        return AuditFact(kind=kind, call=CallId(self.call), tenant=self.tenant, details=said)

    def _more(self, forbidden_by: str) -> tuple[tuple[str, str], ...]:
        names = ("span", "link", "request", "internal", "disclosure")
        return (*((name, getattr(self, name)) for name in names), ("forbidden_by", forbidden_by))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGiven:
    """Which part is about to be given out, exactly; what was wanted is on the record before that.

    `span` names the seconds of which anything is in `chunks` (`FIRST-LAST`), `sha256` is that of the chunks.
    """

    recording: str
    call: str
    tenant: str
    actor: str
    purpose: str
    span: str
    chunks: str
    sha256: str

    def fact(self) -> AuditFact:
        """What the audit log says of it, and the verifier of a pack looks for."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"purpose": self.purpose, "form": "evidence", "span": self.span}
        said |= {"chunks": self.chunks, "sha256": self.sha256}
        return AuditFact(kind=PART_GIVEN, call=CallId(self.call), tenant=self.tenant, details=said)
