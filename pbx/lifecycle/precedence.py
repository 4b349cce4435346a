"""Which rule decides on a recording when several apply (UK GDPR 17(3), 18): the erasure truth table.

Legal hold > legal obligation > retention minimum > erasure request > end of retention > end of the tenant.
What somebody wants erased and a rule keeps is restricted meanwhile: nobody plays it or takes it out.
"""

from dataclasses import dataclass
from typing import Literal

Block = Literal["hold", "obligation", "minimum"]
Ground = Literal["request", "retention", "tenant"]
Action = Literal["keep", "restrict", "erase"]
# Highest first.
BLOCKS: tuple[Block, ...] = ("hold", "obligation", "minimum")
GROUNDS: tuple[Ground, ...] = ("request", "retention", "tenant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that speaks for keeping a recording, and everything that speaks for erasing it."""

    blocks: frozenset[Block] = frozenset()
    grounds: frozenset[Ground] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of a recording and by which rule; of one that is simply kept there is none."""

    action: Action
    cause: Block | Ground | Literal[""] = ""


def rule(standing: Standing) -> Ruling:
    """Return what becomes of a recording now."""
    ground = next((one for one in GROUNDS if one in standing.grounds), None)
    block = next((one for one in BLOCKS if one in standing.blocks), None)
    if ground is None:
        return Ruling(action="keep", cause=block or "")
    if block is not None:
        return Ruling(action="restrict", cause=block)
    return Ruling(action="erase", cause=ground)
