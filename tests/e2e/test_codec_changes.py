"""One side of a call changes its codec again and again, the other side keeps its own: both go on hearing."""

import asyncio

import pytest

from pbx.core.audio import Encoding
from tests.e2e.bare_phone import BareCall, BarePhone, Numbers, bare, both_heard, called, keep, picked_up
from tests.e2e.running import RunningPbx
from tests.integration.voices import Heard

LIKENESS, LEVEL_DB = 0.9, 1.0
FIRST: Numbers = {"PCMU": 0}
NUMBERED: Numbers = {**FIRST, "G722": 9, "opus": 120}  # the PBX keeps these numbers for what it hears
OTHER: Numbers = {"PCMA": 8}
CHANGES: tuple[tuple[Encoding, int], ...] = (("G722", 98), ("opus", 97), ("PCMU", 0))


async def connected(
    alice: BarePhone, carol: BarePhone, codecs: tuple[Numbers, Numbers]
) -> tuple[BareCall, BareCall]:
    """Let Alice call Carol."""
    one = called(alice, "1003", codecs[0])
    other = await picked_up(carol, codecs[1])
    await one.answered(codecs[0])
    return one, other


async def changed(changing: BareCall, other: BareCall) -> dict[str, tuple[Heard, Heard]]:
    """Change the codec of one side; what is heard before, between and after."""
    keeping = asyncio.create_task(keep(other, OTHER))
    results = {"before": await both_heard(changing, other)}
    for encoding, number in CHANGES:
        await changing.change(encoding, number)
        codec = changing.codec
        assert codec is not None and codec.hears.encoding == encoding
        # RFC 3264 §5.1: each is sent what it described itself.
        assert (codec.hears.payload_type == codec.speaks.payload_type) == (encoding == "PCMU")
        results[encoding] = await both_heard(changing, other)
    keeping.cancel()
    assert other.codec is not None and other.codec.hears.encoding == "PCMA"
    return results


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("MED-02")
async def test_both_hear_before_between_and_after(pbx: RunningPbx) -> None:
    async with bare(pbx, "1001") as alice, bare(pbx, "1003") as carol:
        first = await connected(alice, carol, (NUMBERED, OTHER))
        second = await connected(alice, carol, (OTHER, FIRST))
        outcomes = await asyncio.gather(changed(*first), changed(*reversed(second)))
        for call in (*first, *second):
            call.hang_up()
    for who, results in zip(("caller", "called"), outcomes, strict=True):
        for when, both in results.items():
            for heard in both:
                assert heard.likeness > LIKENESS and abs(heard.gain_db) < LEVEL_DB, (who, when, both)
