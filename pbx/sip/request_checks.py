"""The checks of a request at the door that ask nobody who it is (RFC 3261 §8.2): a list of steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pbx.core.address import Remote
from pbx.sip.capabilities import ALLOW, OPTIONS_FIELDS, bad_extensions
from pbx.sip.events import GuesserBanned, HelpHeard, Origin
from pbx.sip.identity.privacy import cannot_serve
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.message import Request
from pbx.sip.responses import Fields
from pbx.sip.trunk.peer import TrunkPeer
from pbx.sip.uri import SipUri

# Media ranges that our session descriptions fall into; an empty Accept comes from clients that mean none.
ACCEPTABLE = frozenset({"application/sdp", "application/*", "*/*", ""})


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer and stop, with status 0 in silence; `notice` is told to the call layer."""

    status: int
    fields: Fields = ()
    notice: GuesserBanned | None = None


SILENCE = Reply(0)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request may go on; `trusted` = identity headers of this peer count, `profile` says which others."""

    origin: Origin
    trusted: bool = False
    profile: TrunkProfile = TrunkProfile()
    account: str = ""  # our user at this carrier: a call to it is for the number in To
    notice: HelpHeard | None = None  # is told to the call layer


class Candidate(NamedTuple):
    """A request at the door, with the URIs every step looks at."""

    request: Request
    source: Remote
    uri: SipUri
    from_uri: SipUri
    to_uri: SipUri
    now: float
    peers: tuple[TrunkPeer, ...] = ()  # the carriers that it may be of


Verdict = Reply | Admitted | None
Step = Callable[[Candidate], Verdict]


def _check_method(candidate: Candidate) -> Verdict:
    if candidate.request.method == "REFER":  # it would make us call somebody out of nothing
        return Reply(403, (("Warning", '399 pbx "a transfer needs a call"'),))
    if candidate.request.method in ("INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "PUBLISH"):
        return None
    return Reply(405, (("Allow", ALLOW),))


def _check_hops(candidate: Candidate) -> Verdict:
    if candidate.request.method == "INVITE" and candidate.request.max_forwards == 0:
        return Reply(483)
    return None


def _check_require(candidate: Candidate) -> Verdict:
    return unsupported(candidate.request)


def _check_privacy(candidate: Candidate) -> Verdict:
    return Reply(500) if cannot_serve(candidate.request) else None


def _check_body(candidate: Candidate) -> Verdict:
    request = candidate.request
    if request.method == "OPTIONS":
        return Reply(200, OPTIONS_FIELDS)
    encoding = request.headers.get("Content-Encoding")
    if encoding and encoding.lower() != "identity":
        return Reply(415, (("Accept-Encoding", "identity"),))
    if request.method == "INVITE" and request.body and request.content_type != "application/sdp":
        return Reply(415, (("Accept", "application/sdp"),))
    return None


def _check_accept(candidate: Candidate) -> Verdict:
    """Refuse an INVITE whose sender takes no session description of ours in return (§20.1)."""
    accept = candidate.request.headers.get_all("Accept")
    if candidate.request.method != "INVITE" or not accept:
        return None
    ranges = {part.partition(";")[0].strip().lower() for value in accept for part in value.split(",")}
    return None if ranges & ACCEPTABLE else Reply(406)


def unsupported(request: Request) -> Reply | None:
    """Return the 420 for a request that requires extensions which we do not have (§8.2.2.3)."""
    unknown = bad_extensions(request)
    return Reply(420, unknown) if unknown else None


CHECKS: tuple[Step, ...] = (
    _check_method,
    _check_hops,
    _check_require,
    _check_body,
    _check_accept,
    _check_privacy,
)
# The checks that look at a REGISTER; carriers do not register with us.
REGISTER_CHECKS: tuple[Step, ...] = (_check_require, _check_body, _check_privacy)
