"""The erasure truth table, every row of it (D-05)."""

import pytest

from pbx.lifecycle.precedence import BLOCKS, GROUNDS, Block, Ground, Standing, rule

# Of each set of rules that keep, and of each set of wishes, the one that decides.
DECIDING_BLOCK: list[tuple[set[Block], str]] = [
    (set(), ""),
    ({"minimum"}, "minimum"),
    ({"obligation"}, "obligation"),
    ({"obligation", "minimum"}, "obligation"),
    ({"hold"}, "hold"),
    ({"hold", "minimum"}, "hold"),
    ({"hold", "obligation"}, "hold"),
    ({"hold", "obligation", "minimum"}, "hold"),
]
DECIDING_GROUND: list[tuple[set[Ground], str]] = [
    (set(), ""),
    ({"tenant"}, "tenant"),
    ({"retention"}, "retention"),
    ({"retention", "tenant"}, "retention"),
    ({"request"}, "request"),
    ({"request", "tenant"}, "request"),
    ({"request", "retention"}, "request"),
    ({"request", "retention", "tenant"}, "request"),
]


@pytest.mark.requirement("D-05")
@pytest.mark.parametrize(("blocks", "block"), DECIDING_BLOCK)
@pytest.mark.parametrize(("grounds", "ground"), DECIDING_GROUND)
def test_every_row(blocks: set[Block], block: str, grounds: set[Ground], ground: str) -> None:
    ruling = rule(Standing(blocks=frozenset(blocks), grounds=frozenset(grounds)))
    if not ground:
        assert (ruling.action, ruling.cause) == ("keep", block)
    elif block:
        assert (ruling.action, ruling.cause) == ("restrict", block)
    else:
        assert (ruling.action, ruling.cause) == ("erase", ground)


def test_there_are_64_rows() -> None:
    assert len(DECIDING_BLOCK) * len(DECIDING_GROUND) == 2 ** (len(BLOCKS) + len(GROUNDS)) == 64
    assert len({frozenset(blocks) for blocks, _ in DECIDING_BLOCK}) == 2 ** len(BLOCKS)
    assert len({frozenset(grounds) for grounds, _ in DECIDING_GROUND}) == 2 ** len(GROUNDS)
