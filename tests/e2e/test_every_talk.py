"""PJSIP and baresip, each calling each: every pair of their codecs, every pair of their ways to encrypt."""

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import cycle, islice, product
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.heard_voice import Found
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.talks import LIKENESS, Pair, Side, Stack, configure, is_as_loud, talked

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proof]
CODECS: dict[Stack, tuple[str, ...]] = {
    "pjsua": ("PCMU", "PCMA", "G722"),
    "baresip": ("PCMU", "PCMA", "G722", "opus"),
}
COUNTER_MODE = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
GCM = ("AEAD_AES_128_GCM", "AEAD_AES_256_GCM")
BY_DTLS = ("dtls AES_CM_128_HMAC_SHA1_80", *(f"dtls {suite}" for suite in GCM))
PJSIP = ("plain", *COUNTER_MODE, "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32")
# By SDES baresip offers one suite and takes the others.
CALLING: dict[Stack, tuple[str, ...]] = {"pjsua": PJSIP, "baresip": ("plain", COUNTER_MODE[0], *BY_DTLS)}
CALLED: dict[Stack, tuple[str, ...]] = {"pjsua": PJSIP, "baresip": ("plain", *COUNTER_MODE, *GCM, *BY_DTLS)}
# Calls at once: first what an idle machine can measure; whom it starved, for softphones and media worker have
# to keep time, calls again among fewer. A pair that cannot talk stays wrong.
AT_ONCE = (12, 6, 3)


def pairs() -> Iterator[Pair]:
    """Every way of the caller with every way of the called one; meanwhile their codecs go round."""
    number = 0
    for caller, called in product(CODECS, CODECS):
        ways = list(product(CALLING[caller], CALLED[called]))
        codecs = list(product(CODECS[caller], CODECS[called]))
        for (ours, theirs), (our_way, their_way) in zip(islice(cycle(codecs), len(ways)), ways, strict=True):
            yield Pair(number, Side(caller, ours, our_way), Side(called, theirs, their_way))
            number += 1


PAIRS = list(pairs())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX with an extension for each telephone."""
    base = tmp_path_factory.mktemp("every")
    configure(base, PAIRS)
    async with running(base, free_port()) as running_pbx:
        yield running_pbx


async def test_there_is_every_pair_of_codecs_and_of_ways() -> None:
    for caller, called in product(CODECS, CODECS):
        these = [one for one in PAIRS if (one.caller.stack, one.called.stack) == (caller, called)]
        assert {(one.caller.codec, one.called.codec) for one in these} == set(
            product(CODECS[caller], CODECS[called])
        )
        assert {(one.caller.security, one.called.security) for one in these} == set(
            product(CALLING[caller], CALLED[called])
        )


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-07")
@pytest.mark.requirement("MED-08")
async def test_each_hears_the_other(pbx: RunningPbx, tmp_path: Path) -> None:
    heard: dict[Pair, tuple[Found, Found]] = {}
    wrong = PAIRS
    for at_once in AT_ONCE:
        folder = tmp_path / str(at_once)
        folder.mkdir()
        print(f"{len(wrong)} calls, {at_once} at once")
        for at in range(0, len(wrong), at_once):
            heard |= await talked(pbx, wrong[at : at + at_once], folder)
        wrong = [pair for pair in PAIRS if not is_right(pair, heard[pair])]
    print(*lines(heard), f"{len(wrong)} of {len(heard)} pairs are wrong", sep="\n")
    assert not wrong, [(str(pair), heard[pair]) for pair in wrong]


def is_right(pair: Pair, both: Sequence[Found]) -> bool:
    """Whether each voice is whole and as loud as the telephones make it."""
    at_called, at_caller = both
    return min(at_called.likeness, at_caller.likeness) > LIKENESS and is_as_loud(pair, at_called, at_caller)


def lines(heard: dict[Pair, tuple[Found, Found]]) -> Iterator[str]:
    """Each call with what the called one and the caller heard."""
    for pair, (at_called, at_caller) in heard.items():
        ends = "  ".join(f"{one.likeness:.3f} {one.gain_db:+.1f} dB" for one in (at_called, at_caller))
        yield f"{pair!s:<95} {ends}"
