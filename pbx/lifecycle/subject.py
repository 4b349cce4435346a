"""Who the person is that asks for his own recordings (UK GDPR 15), and what of a call is his."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from pbx.core.phone import to_e164

Side = Literal["caller", "callee"]
_EXTENSION = "extension/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One leg of a call as its record has it; `number` as it was presented, "" = withheld.

    `took_part` = it was answered, or is heard on the recording.
    """

    leg: str
    role: str
    party: str
    number: str
    took_part: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The person: by telephone number, by side of the calls, or both; `region` = where numbers are read."""

    number: str = ""
    side: Side | None = None
    region: str = ""

    def legs(self, parties: Iterable[Party]) -> frozenset[str]:
        """Return the legs of a call that are his."""
        return frozenset(one.leg for one in parties if self._is(one))

    def _is(self, party: Party) -> bool:
        if self.side is not None and party.role != self.side:
            return False
        return not self.number or self._normal(party.number) == self._normal(self.number)

    def _normal(self, number: str) -> str:
        return to_e164(number, self.region) or number


def told_as(parties: Iterable[Party], legs: Collection[str]) -> frozenset[str]:
    """Return under which names the proofs of consent are his alone.

    A proof names a part in the call and no leg: a name that somebody else may have had says nothing.
    """
    mine: set[str] = set()
    others: set[str] = set()
    for one in parties:
        if one.leg in legs:
            mine |= _names(one)
        elif one.took_part:
            others |= _names(one)
    return frozenset(mine - others)


def _names(party: Party) -> set[str]:
    is_staff = party.party.startswith(_EXTENSION)
    names = {"agent" if is_staff else "other"}
    return names | {"caller"} if party.role == "caller" else names
