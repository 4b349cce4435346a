"""Forking: in which order the contacts of one extension are tried (RFC 3261 §16.6, RFC 5626 §5.3)."""

from itertools import groupby

from pbx.sip.events import Contact

# The flow is dead or silent, which says nothing about the telephone: it may have another flow.
FLOW_FAILED = frozenset({408, 430, 503})
GLOBAL_FAILURE = 600  # RFC 3261 §21.6: the person will not take the call anywhere


class Forking:
    """Contacts of equal q ring together, those of lower q join them when they refused or time passes.

    Of several flows to one device only one is tried at a time.
    """

    __slots__ = ("_due", "_flows", "_ringing", "_step_s", "_tiers")

    def __init__(self, contacts: tuple[Contact, ...], now: float, due: float) -> None:
        """`contacts` come highest q first; `due` is when ringing ends for all."""
        self._tiers = [list(tier) for _, tier in groupby(contacts, key=lambda one: one.q)]
        self._step_s = (due - now) / max(1, len(self._tiers))
        self._flows: dict[str, list[Contact]] = {}
        self._ringing: list[str] = []
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        """When contacts of lower q join; None = there are none left."""
        return self._due

    def begin(self, now: float) -> list[Contact]:
        """Return the contacts of the next q, one for each device."""
        if not self._tiers:
            self._due = None
            return []
        flows: dict[str, list[Contact]] = {}
        for contact in self._tiers.pop(0):
            flows.setdefault(_device(contact), []).append(contact)
        self._due = now + self._step_s if self._tiers else None
        self._ringing += flows
        self._flows |= {device: ways[1:] for device, ways in flows.items()}
        return [ways[0] for ways in flows.values()]

    def refused(self, contact: Contact, status: int, now: float) -> list[Contact]:
        """Return what is tried in the place of a contact that answered with `status`."""
        if status >= GLOBAL_FAILURE:
            self._tiers, self._due = [], None
        device = _device(contact)
        others = self._flows.get(device, [])
        if status in FLOW_FAILED and others:
            return [others.pop(0)]
        if device in self._ringing:
            self._ringing.remove(device)
        return [] if self._ringing else self.begin(now)

    def tick(self, now: float) -> list[Contact]:
        """Return the contacts that join now."""
        return self.begin(now) if self._due is not None and self._due <= now else []


def _device(contact: Contact) -> str:
    return contact.device or contact.uri
