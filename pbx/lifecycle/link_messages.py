"""The words of the listening desk about playback links, and about what a second person decides on."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLink:
    """A link to a recording, or to `length_ms` of it from `start_ms` on; a length of 0 is all behind it.

    `disclosure`: the line of the register under which a third party gets it; then it is the purpose.
    """

    recording: str
    purpose: str
    ticket: str = ""
    disclosure: str = ""
    start_ms: int = 0
    length_ms: int = 0
    for_s: int = 900
    uses: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLinks:
    """The newest links: of one's own, for compliance and admin those of the tenant."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeLink:
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequests:
    """The newest requests: one's own, for compliance and admin those of the tenant."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    request: str
    decision: Literal["approved", "denied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Access without a second person, who is told of it, for a reason that cannot wait."""

    recording: str
    purpose: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeGlass:
    """Somebody else has looked into why the glass was broken: the alarm is over."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade:
    """The one time that the URL is said."""

    link: str
    url: Secret[str]
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLink:
    """A link without what opens it; `state` = open, used (nobody more gets in), expired or revoked."""

    link: str
    recording: str
    tenant: str
    actor: str
    purpose: str
    ticket: str
    span: str
    made_at: str
    expires_at: str
    uses: int
    opened: int
    state: Literal["open", "used", "expired", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksAre:
    links: tuple[ShownLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request; times that are not there yet are empty."""

    request: str
    state: Literal["open", "approved", "denied", "broken_glass", "over"]
    recording: str
    tenant: str
    actor: str
    purpose: str
    reason: str
    asked_at: str
    decided_by: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsAre:
    requests: tuple[ShownRequest, ...]


LinkRequest = AskLink | AskLinks | RevokeLink
ApprovalRequest = AskRequests | Decide | BreakGlass | SeeGlass
LinkReply = LinkMade | LinksAre
