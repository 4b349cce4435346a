"""LocationService: the bindings of every address-of-record, in memory (RFC 3261 §10)."""

from dataclasses import dataclass

from pbx.core.address import Remote
from pbx.core.deadlines import DeadlineHeap
from pbx.sip.events import Contact

Aor = tuple[str, str]  # tenant, user

MAX_CONTACTS = 10  # per AoR: a desk phone, a mobile, a web client, with room for stale ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One contact of an AoR, and the REGISTER that set it; `expires_at` is monotonic."""

    uri: str
    remote: Remote
    call_id: str
    cseq: int
    expires_at: float


class LocationService:
    """Bindings by AoR and contact URI; they expire by `expire`."""

    __slots__ = ("_bindings", "_deadlines")

    def __init__(self) -> None:
        self._bindings: dict[Aor, dict[str, Binding]] = {}
        self._deadlines: DeadlineHeap[tuple[Aor, str]] = DeadlineHeap()

    @property
    def deadline(self) -> float | None:
        """When the next binding expires."""
        return self._deadlines.deadline

    @property
    def aors(self) -> tuple[Aor, ...]:
        """Every AoR that has a binding."""
        return tuple(self._bindings)

    def bindings(self, aor: Aor) -> tuple[Binding, ...]:
        """Return the live bindings of an AoR, oldest first."""
        return tuple(self._bindings.get(aor, {}).values())

    def contacts(self, aor: Aor) -> tuple[Contact, ...]:
        """Return the bindings as targets for a call."""
        return tuple(Contact(uri=one.uri, remote=one.remote) for one in self.bindings(aor))

    def bind(self, aor: Aor, binding: Binding) -> None:
        """Add or refresh a binding; the registrar has checked MAX_CONTACTS."""
        self._bindings.setdefault(aor, {})[binding.uri] = binding
        self._deadlines.set((aor, binding.uri), binding.expires_at)

    def unbind(self, aor: Aor, uri: str) -> None:
        """Remove a binding, if it is there."""
        bindings = self._bindings.get(aor, {})
        bindings.pop(uri, None)
        self._deadlines.set((aor, uri), None)
        if not bindings:
            self._bindings.pop(aor, None)

    def forget(self, aor: Aor) -> None:
        """Remove every binding of an AoR."""
        for binding in self.bindings(aor):
            self.unbind(aor, binding.uri)

    def expire(self, now: float) -> list[Aor]:
        """Remove what is due; return the AoRs that lost a binding."""
        due = self._deadlines.pop_due(now)
        for aor, uri in due:
            self.unbind(aor, uri)
        return list(dict.fromkeys(aor for aor, _ in due))

    def drop_connection(self, remote: Remote) -> list[Aor]:
        """Remove the bindings behind a closed connection; return the AoRs that lost one."""
        if not remote.connection:
            return []
        lost = [
            (aor, binding.uri)
            for aor, bindings in self._bindings.items()
            for binding in bindings.values()
            if binding.remote == remote
        ]
        for aor, uri in lost:
            self.unbind(aor, uri)
        return list(dict.fromkeys(aor for aor, _ in lost))
