"""Facts of record: what happened to a call that somebody may later have to prove."""

from dataclasses import dataclass, field

from pbx.core.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFact:
    """One fact; `kind` is dotted (`consent.granted`), `details` hold no secret and no full number."""

    kind: str
    call: CallId | None = None
    tenant: str = ""
    details: dict[str, str | int | bool | None] = field(default_factory=dict)
