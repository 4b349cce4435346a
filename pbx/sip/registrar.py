"""Registrar: what a REGISTER does to the bindings of its AoR (RFC 3261 §10.3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from pbx.core.address import Remote
from pbx.core.errors import PeerViolation
from pbx.sip.bindings.contact import AskedContact, read_contact
from pbx.sip.bindings.outbound import check_flow
from pbx.sip.bindings.path import next_hop, path_of
from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy
from pbx.sip.edge import NO_EDGES, Edges
from pbx.sip.location import Aor, Binding, LocationService
from pbx.sip.message import Request
from pbx.sip.uri import equivalent, parse_uri

MAX_USER_AGENT = 128  # characters; for listings only


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a REGISTER left behind; `is_flow` = it set a flow by reg-id."""

    bindings: tuple[Binding, ...]
    path: tuple[str, ...]
    is_flow: bool


class Registrar:
    """Applies admitted REGISTERs, all or nothing (§10.3, step 7)."""

    __slots__ = ("_location",)

    def __init__(self, location: LocationService) -> None:
        self._location = location

    def register(  # noqa: PLR0913  # the REGISTER, and what the admin says about its user and our edges
        self,
        aor: Aor,
        request: Request,
        source: Remote,
        now: float,
        *,
        policy: RegistrationPolicy = DEFAULT_POLICY,
        edges: Edges = NO_EDGES,
    ) -> Registered:
        """Apply the contacts and return the bindings that are there now.

        PeerViolation 400 (`*` with expiry or with others, contact not a SIP URI), 403 (too many
        contacts), 423 (too brief), 439 (no flow to the first hop), 500 (out of order).
        """
        path = path_of(request)
        is_flow = False
        if request.contact_star:
            self._clear(aor, request)
        else:
            is_secure = source.transport in ("tls", "wss")
            asked = [read_contact(one, request, policy, is_secure=is_secure) for one in request.contacts]
            is_flow = check_flow(request, asked, path)
            remote = next_hop(path, source, edges)
            changes = [_binding(one, request, remote, now, path=path, is_flow=is_flow) for one in asked]
            known = {binding.key: binding for binding in self._location.bindings(aor)}
            self._apply(aor, known, _settled(known, changes, request, now), policy)
        return Registered(bindings=self._location.bindings(aor), path=path, is_flow=is_flow)

    def _clear(self, aor: Aor, request: Request) -> None:
        if request.expires != 0 or len(request.headers.get_all("Contact")) > 1:
            raise PeerViolation("Contact * stands alone, with Expires 0", 400)
        for binding in self._location.bindings(aor):
            _check_order(binding, request)
        self._location.forget(aor)

    def _apply(
        self,
        aor: Aor,
        known: dict[str, Binding],
        settled: list[tuple[str, Binding | None]],
        policy: RegistrationPolicy,
    ) -> None:
        after = known.copy()
        for key, binding in settled:
            if binding is None:
                after.pop(key, None)
            else:
                after[key] = binding
        surplus = _surplus(after, {key for key, _ in settled}, policy)
        for key, binding in settled:
            if binding is None:
                self._location.unbind(aor, key)
            else:
                self._location.bind(aor, binding)
        for key in surplus:
            self._location.unbind(aor, key)


def _settled(
    known: dict[str, Binding], changes: list[Binding], request: Request, now: float
) -> list[tuple[str, Binding | None]]:
    """Return (key, binding or None to remove) for each contact, in order."""
    settled: list[tuple[str, Binding | None]] = []
    for change in changes:
        key = change.key
        old = known.get(key) or _same_contact(known.values(), change)
        if old is not None:
            _check_order(old, request)
        if change.expires_at <= now:
            settled.append((old.key if old is not None else key, None))
            continue
        if old is not None and old.key != key:
            settled.append((old.key, None))
        settled.append((key, change))
    return settled


def _binding(
    asked: AskedContact, request: Request, remote: Remote, now: float, *, path: tuple[str, ...], is_flow: bool
) -> Binding:
    return Binding(
        uri=asked.uri,
        remote=remote,
        call_id=request.call_id,
        cseq=request.cseq.number,
        expires_at=now + asked.expires_s,
        refreshed_at=now,
        q=asked.q,
        instance=asked.instance,
        reg_id=asked.reg_id if is_flow and asked.instance else 0,
        path=path,
        user_agent=(request.headers.get("User-Agent") or "")[:MAX_USER_AGENT],
    )


def _same_contact(known: Iterable[Binding], change: Binding) -> Binding | None:
    """Return the binding whose contact is the same URI in other words (§10.3, step 7; §19.1.4)."""
    if change.reg_id:
        return None
    uri = parse_uri(change.uri)
    return next((one for one in known if not one.reg_id and equivalent(parse_uri(one.uri), uri)), None)


def _surplus(after: dict[str, Binding], fresh: set[str], policy: RegistrationPolicy) -> list[str]:
    """Return the keys that have to go for the limit; PeerViolation 403 when none may."""
    if len(after) <= policy.max_contacts:
        return []
    devices: dict[str, list[Binding]] = {}
    for binding in after.values():
        devices.setdefault(binding.device, []).append(binding)
    n_over = len(devices) - policy.max_contacts
    if n_over <= 0:
        return []
    old = [group for group in devices.values() if not any(one.key in fresh for one in group)]
    if policy.when_full == "remove_unreachable":
        old = [group for group in old if all(one.is_reachable is False for one in group)]
    if policy.when_full == "reject" or len(old) < n_over:
        raise PeerViolation("too many contacts", 403)
    old.sort(key=lambda group: max(one.refreshed_at for one in group))
    return [one.key for group in old[:n_over] for one in group]


def _check_order(binding: Binding, request: Request) -> None:
    if binding.call_id == request.call_id and request.cseq.number <= binding.cseq:
        raise PeerViolation("REGISTER out of order", 500)
