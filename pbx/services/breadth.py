"""Breadth: how many branches of one call may be tried at once (RFC 5393 §5.3.3)."""

from typing import TypeVar

BranchT = TypeVar("BranchT")
USUAL_BRANCHES = 20  # telephones that ring together; more get a share of one each


class Breadth:
    """The Max-Breadth of a call and what its branches have of it; their sum never exceeds it."""

    __slots__ = ("_left", "share")

    def __init__(self, total: int) -> None:
        self._left = total
        self.share = max(total // USUAL_BRANCHES, 1)

    def admit(self, branches: list[BranchT]) -> list[BranchT]:
        """Return those that may begin now; the others are left out."""
        admitted = branches[: self._left // self.share]
        self._left -= self.share * len(admitted)
        return admitted

    def give_back(self) -> None:
        """A branch is over."""
        self._left += self.share
