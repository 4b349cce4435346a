"""LocationService: the bindings of every address-of-record, in memory (RFC 3261 §10)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pbx.core.address import Remote
from pbx.core.deadlines import DeadlineHeap
from pbx.sip.bindings.contact import FULL_Q
from pbx.sip.events import Contact

Aor = tuple[str, str]  # tenant, user


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One contact of an AoR, and the REGISTER that set it; `*_at` is monotonic.

    `reg_id` above 0 = a flow of the device `instance` (RFC 5626). `is_reachable` None = nobody asked.
    """

    uri: str
    remote: Remote
    call_id: str
    cseq: int
    expires_at: float
    refreshed_at: float = 0.0
    q: int = FULL_Q  # thousandths
    instance: str = ""
    reg_id: int = 0
    path: tuple[str, ...] = ()
    user_agent: str = ""
    is_reachable: bool | None = None
    rtt_s: float | None = None

    @property
    def key(self) -> str:
        """What a later REGISTER finds this binding by."""
        return f"{self.reg_id} {self.instance}" if self.reg_id else self.uri

    @property
    def device(self) -> str:
        """What this binding is a way to: all flows of one instance lead to one device."""
        return self.instance if self.reg_id else self.uri

    @property
    def contact(self) -> Contact:
        """The binding as a target for a call."""
        return Contact(
            uri=self.uri,
            remote=self.remote,
            q=self.q,
            device=self.device,
            route=self.path,
            user_agent=self.user_agent,
        )


class LocationService:
    """Bindings by AoR and key; they expire by `expire`."""

    __slots__ = ("_bindings", "_by_connection", "_deadlines", "changed")

    def __init__(self) -> None:
        self.changed: dict[Aor, None] = {}  # whose bindings are others, until somebody looks and clears it
        self._bindings: dict[Aor, dict[str, Binding]] = {}
        self._by_connection: dict[Remote, set[tuple[Aor, str]]] = {}
        self._deadlines: DeadlineHeap[tuple[Aor, str]] = DeadlineHeap()

    @property
    def deadline(self) -> float | None:
        """When the next binding expires."""
        return self._deadlines.deadline

    @property
    def aors(self) -> tuple[Aor, ...]:
        """Every AoR that has a binding."""
        return tuple(self._bindings)

    @property
    def n_bindings(self) -> Mapping[str, int]:
        """How many bindings each tenant has."""
        counted: Counter[str] = Counter()
        for (tenant, _user), bindings in self._bindings.items():
            counted[tenant] += len(bindings)
        return counted

    def bindings(self, aor: Aor) -> tuple[Binding, ...]:
        """Return the live bindings of an AoR, oldest first."""
        return tuple(self._bindings.get(aor, {}).values())

    def contacts(self, aor: Aor, instance: str = "") -> tuple[Contact, ...]:
        """Return the targets for a call: highest q first (§16.6), latest flow first (RFC 5626 §5.3).

        What did not answer OPTIONS is left out; `instance` asks for one device's bindings only.
        """
        wanted = [one for one in self.bindings(aor) if one.is_reachable is not False]
        if instance:
            wanted = [one for one in wanted if one.instance == instance]
        return tuple(one.contact for one in sorted(wanted, key=_rank))

    def bind(self, aor: Aor, binding: Binding) -> None:
        """Add or refresh a binding; the registrar has checked the limits."""
        key = binding.key
        self._let_go(aor, key)
        self._bindings.setdefault(aor, {})[key] = binding
        self._deadlines.set((aor, key), binding.expires_at)
        self.changed[aor] = None
        if binding.remote.connection:
            self._by_connection.setdefault(binding.remote, set()).add((aor, key))

    def mark(self, aor: Aor, key: str, *, is_reachable: bool, rtt_s: float | None) -> None:
        """Note whether a binding answered, if it is still there."""
        known = self._bindings.get(aor, {})
        if key in known:
            self.changed[aor] = None
            known[key] = replace(known[key], is_reachable=is_reachable, rtt_s=rtt_s)

    def unbind(self, aor: Aor, key: str) -> None:
        """Remove a binding, if it is there."""
        self._let_go(aor, key)
        bindings = self._bindings.get(aor, {})
        if bindings.pop(key, None) is not None:
            self.changed[aor] = None
        self._deadlines.set((aor, key), None)
        if not bindings:
            self._bindings.pop(aor, None)

    def forget(self, aor: Aor) -> None:
        """Remove every binding of an AoR."""
        for binding in self.bindings(aor):
            self.unbind(aor, binding.key)

    def expire(self, now: float) -> list[Aor]:
        """Remove what is due; return the AoRs that lost a binding."""
        due = self._deadlines.pop_due(now)
        for aor, key in due:
            self.unbind(aor, key)
        return list(dict.fromkeys(aor for aor, _ in due))

    def drop_connection(self, remote: Remote) -> list[Aor]:
        """Remove the bindings behind a closed connection; return the AoRs that lost one."""
        lost = sorted(self._by_connection.get(remote, ()))
        for aor, key in lost:
            self.unbind(aor, key)
        return list(dict.fromkeys(aor for aor, _ in lost))

    def _let_go(self, aor: Aor, key: str) -> None:
        old = self._bindings.get(aor, {}).get(key)
        if old is None or not old.remote.connection:
            return
        behind = self._by_connection.get(old.remote, set())
        behind.discard((aor, key))
        if not behind:
            self._by_connection.pop(old.remote, None)


def _rank(binding: Binding) -> tuple[int, float]:
    """Order by q; flows of one device by their age, the others as they came."""
    return (-binding.q, -binding.refreshed_at if binding.reg_id else 0.0)
