"""Refusals: numbers that have taken back their consent, which later calls begin with."""

from collections.abc import Callable, Iterable

from pbx.call.leg import Leg

Tag = Callable[[str, str], bytes]


def plain_tag(tenant: str, number: str) -> bytes:
    """A tag without a key, where nothing of it is stored."""
    return f"{tenant}|{number}".encode()


class Refusals:
    """Keyed tags of numbers; `tag` makes one of a tenant and an E.164 number.

    What a call changes counts at once; what the store says later is true but for what it has not seen yet.
    """

    __slots__ = ("_stored", "_tag", "_unstored")

    def __init__(self, tag: Tag = plain_tag) -> None:
        self._tag = tag
        self._stored: frozenset[bytes] = frozenset()
        self._unstored: dict[bytes, bool] = {}  # changes that the store has not confirmed

    def restore(self, tags: Iterable[bytes]) -> None:
        """Take what is stored; it may be older than the last changes."""
        self._stored = frozenset(tags)
        self._unstored = {
            tag: refuses for tag, refuses in self._unstored.items() if (tag in self._stored) is not refuses
        }

    def knows(self, tenant: str, number: str) -> bool:
        """Whether somebody at this number does not want to be recorded."""
        tag = self._tag(tenant, number)
        return self._unstored.get(tag, tag in self._stored)

    def change(self, tenant: str, number: str, *, refuses: bool) -> bool:
        """Note what somebody at this number wants from now on; False = that was known."""
        if self.knows(tenant, number) is refuses:
            return False
        self._unstored[self._tag(tenant, number)] = refuses
        return True


def number_of(leg: Leg) -> str:
    """The E.164 number of a party of the network that can be remembered, "" = none: withheld, or ours."""
    return leg.number if leg.party.startswith("trunk/") and leg.number.startswith("+") else ""
