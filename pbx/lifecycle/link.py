"""A playback link: one recording, or a part of it, for who holds it; once unless said, and not for long.

The token in its URL is known to nobody afterwards: what is kept is its SHA-256. The first who opens it gets a
session of his browser, whose token is kept in the same way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.core.secret import Secret

TOKEN_BYTES = 32  # 256 bits: nobody guesses one, however fast he may ask
DEFAULT_FOR = timedelta(minutes=15)
SHORTEST_FOR, LONGEST_FOR = timedelta(minutes=1), timedelta(hours=24)
LISTENING = timedelta(minutes=15)  # at least, for who opens a link in its last second
MAX_USES = 10  # a meeting; for more people export it
MAX_OPEN = 100  # links of one user that can be opened at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Who lets whoever opens it hear what; a `length_ms` of 0 is all from `start_ms` on."""

    link: str
    token_sha256: str
    recording: str
    call: str
    tenant: str
    actor: str
    uid: int
    purpose: str
    ticket: str
    start_ms: int
    length_ms: int
    uses: int
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def can_open(self, n_opened: int, now: datetime) -> bool:
        """Whether one more browser may open it."""
        return self.revoked_at is None and now < self.expires_at and n_opened < self.uses

    @property
    def span(self) -> str:
        """The part in words, empty = all of it."""
        if not (self.start_ms or self.length_ms):
            return ""
        return (
            f"from {self.start_ms / 1000:g} for {f'{self.length_ms / 1000:g}' if self.length_ms else 'all'}"
        )

    def fact(self, kind: str, at_whose: str = "") -> AuditFact:
        """What the audit log says of it; never its token."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"link": self.link, "purpose": self.purpose, "form": "link", "uses": self.uses}
        said |= {"expires_at": self.expires_at.isoformat(timespec="seconds")}
        more = {"ticket": self.ticket, "span": self.span, "by": at_whose}
        said |= {name: word for name, word in more.items() if word}
        return AuditFact(
            kind=kind, call=CallId(self.call) if self.call else None, tenant=self.tenant, details=said
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that has opened a link."""

    session_sha256: str
    link: str
    opened_at: datetime
    ends_at: datetime


def digest(token: Secret[str]) -> str:
    """Return what is kept of a token."""
    return sha256(token.reveal().encode()).hexdigest()


def session_end(link: Link, duration_ms: int, opened_at: datetime) -> datetime:
    """Return until when who opens it may listen: twice the length of what he hears, for he will go back."""
    length_ms = link.length_ms or max(0, duration_ms - link.start_ms)
    listening = max(LISTENING, 2 * timedelta(milliseconds=length_ms))
    return max(link.expires_at, opened_at + min(listening, LONGEST_FOR))
