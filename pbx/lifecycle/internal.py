"""The purposes for which sound may leave the PBX and stay in the house: a closed list of each tenant (D-12).

Whatever goes to somebody else goes by a disclosure, which has a line in the register.
"""

from dataclasses import dataclass

# What a customer service, its supervisors and its lawyers do with recordings of their own house, and all
# that a listener may hear them for.
DEFAULT = (
    "audit",
    "case",
    "complaint",
    "compliance",
    "dispute",
    "evidence",
    "fraud",
    "incident",
    "quality",
    "training",
    "voicemail",
)
NOT_INTERNAL = "not_internal"  # of `recording.refused`
_NAMED = 11  # purposes that a refusal names


@dataclass(frozen=True, slots=True)
class InternalPurposes:
    """Words, or recipients in the house; a purpose begins with one of them, and may say more behind it."""

    words: tuple[str, ...] = DEFAULT

    def named(self, purpose: str) -> str:
        """Return the longest entry that a purpose begins with, "" = it is none of the house's own."""
        said = purpose.strip().casefold()
        fitting = [word for word in self.words if _begins(said, word.casefold())]
        return max(fitting, key=len, default="")

    @property
    def remedy(self) -> str:
        """What somebody is told whose purpose is none of them."""
        more = ", ..." if len(self.words) > _NAMED else ""
        listed = ", ".join(self.words[:_NAMED]) + more or "none is configured"
        return (
            f"it leaves the PBX: begin --purpose with an internal purpose ({listed}), or give it to a third"
            " party by `pbx recordings disclose`"
        )


HOUSE = InternalPurposes()


def _begins(said: str, word: str) -> bool:
    """As a word: `case 12` and `case: 12` begin with `case`, `casework` does not."""
    return said.startswith(word) and not said[len(word) : len(word) + 1].isalnum()
