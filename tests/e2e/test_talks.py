"""PJSIP and baresip in every pair of codecs and every meeting of encryptions: what each hears is measured."""

from asyncio import gather
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from pbx.core.srtp import SUITES as KNOWN_SUITES
from pbx.testphone import signal
from tests.e2e import scenes
from tests.e2e.bare_phone import bare, both_heard, called, picked_up
from tests.e2e.desk import device
from tests.e2e.fault_helpers import paused, settled, until
from tests.e2e.heard_voice import PIECE, found
from tests.e2e.running import RunningPbx, free_port, running, set_audio
from tests.e2e.softphones.talkers import voice
from tests.e2e.strangers import Cast, walked
from tests.e2e.talks import LEVEL_DB, LIKENESS, Pair, Side, configure, is_as_loud, talked
from tests.e2e.test_followed_calls import SCENES, wrong

PJSUA = ("PCMU", "PCMA", "G722")  # its build has neither Opus nor DTLS, and L16 at 44.1 kHz only
BARESIP = ("PCMU", "PCMA", "G722", "opus")
SUITES = (
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_256_CM_HMAC_SHA1_80",
    "AES_256_CM_HMAC_SHA1_32",
)
ALL_SUITES = (*KNOWN_SUITES,)
CALL_S, HEARD_S = 10.0, 1.0


def pjsua_calls() -> list[Pair]:
    """Every pair of codecs; clear and every suite that PJSIP has, to every kind that baresip takes.

    AES-GCM is taken by baresip, and never offered.
    """
    ways = ("plain", *SUITES)
    theirs_ways = ("plain", "AEAD_AES_256_GCM", "dtls", "sdes", "AEAD_AES_128_GCM", "dtls AEAD_AES_256_GCM")
    return [
        Pair(
            n,
            Side("pjsua", ours, ways[n % len(ways)]),
            Side("baresip", theirs, theirs_ways[n // 2]),
        )
        for n, (ours, theirs) in enumerate(product(PJSUA, BARESIP))
    ]


def baresip_calls() -> list[Pair]:
    """The other way around; PJSIP as it is packaged has no DTLS to be called by."""
    ways = ("plain", "dtls", "sdes")
    theirs_ways = (*SUITES, "plain")
    return [
        Pair(
            20 + n,
            Side("baresip", ours, ways[n % 3]),
            Side("pjsua", theirs, theirs_ways[n % len(theirs_ways)]),
        )
        for n, (theirs, ours) in enumerate(product(PJSUA, BARESIP))
    ]


FIRST_SCENE = 90
RECORDED: dict[str, Cast] = {"blind": {"B": "baresip"}, "held": {}}  # the others as proof
DIRECT = (1901, 1902)
DIRECT_HZ = (440.0, 700.0)
BATCHES = {"pjsua": pjsua_calls(), "baresip": baresip_calls()}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX with an extension for each telephone."""
    base = tmp_path_factory.mktemp("talks")
    configure(base, [pair for pairs in BATCHES.values() for pair in pairs])
    scenes.configure(base, len(RECORDED), FIRST_SCENE)
    set_audio(base / "config", 1003, srtp="required")
    for extension in DIRECT:
        set_audio(base / "config", extension, codecs=["PCMA"], srtp="off", direct=True)
    async with running(base, free_port()) as running_pbx:
        yield running_pbx


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-07")
@pytest.mark.parametrize("caller", BATCHES)
async def test_each_hears_the_other(pbx: RunningPbx, tmp_path: Path, caller: str) -> None:
    for pair, both in (await talked(pbx, BATCHES[caller], tmp_path)).items():
        assert min(heard.likeness for heard in both) > LIKENESS, (str(pair), both)
        assert is_as_loud(pair, *both), (str(pair), both)


@pytest.mark.requirement("MED-07")
async def test_every_suite_on_both_sides(pbx: RunningPbx) -> None:
    """Beside those of the others the suites of AES-GCM: our own telephone has them all, one in each call."""
    async with bare(pbx, "1001") as alice, bare(pbx, "1003") as carol:
        calls = []
        for ours, theirs in zip(ALL_SUITES, reversed(ALL_SUITES), strict=True):
            one = called(alice, "1003", {"PCMU": 0}, ours)
            other = await picked_up(carol, {"PCMA": 8}, theirs)
            await one.answered({"PCMU": 0})
            calls.append((one, other))
        for (one, other), both in zip(
            calls, await gather(*(both_heard(*pair) for pair in calls)), strict=True
        ):
            one.hang_up()
            other.hang_up()
            for heard in both:
                assert heard.likeness > LIKENESS, (one.suite, other.suite, both)
                assert abs(heard.gain_db) < LEVEL_DB, (one.suite, other.suite, both)


@pytest.mark.requirement("R-07")
async def test_what_they_say_is_recorded_where_it_belongs(pbx: RunningPbx, tmp_path: Path) -> None:
    numbered = enumerate(RECORDED.items(), FIRST_SCENE)
    played = [walked(pbx, number, SCENES[name][0], cast, tmp_path) for number, (name, cast) in numbered]
    ends = await gather(*played)
    left = await settled(pbx, len(RECORDED))
    for name, one in zip(RECORDED, ends, strict=True):
        assert await wrong(pbx, left, name, one) == [], name


@pytest.mark.requirement("MED-12")
async def test_two_talk_directly_while_the_media_worker_stands_still(pbx: RunningPbx) -> None:
    one, other = map(str, DIRECT)
    async with device(pbx, one) as caller, device(pbx, other) as called_phone:
        call = await caller.call(other)
        ringing = await called_phone.incoming()
        ringing.answer()
        assert await call.wait_answered(CALL_S) == 200
        both = (call, DIRECT_HZ[1]), (ringing, DIRECT_HZ[0])
        call.talk(DIRECT_HZ[0])
        ringing.talk(DIRECT_HZ[1])

        async def is_direct() -> bool:
            return call.sends_to == ringing.receives_at and ringing.sends_to == call.receives_at

        await until(is_direct, "they are not told of each other")
        with paused(pbx, "media-0"):
            begun = [len(party.heard) for party, _ in both]

            async def is_heard() -> bool:
                return all(
                    signal.tone_s(signal.samples(party.heard[begin:]), hz) > HEARD_S
                    for (party, hz), begin in zip(both, begun, strict=True)
                )

            await until(is_heard, "they do not hear each other")
        call.hang_up()
        assert await ringing.wait_ended(CALL_S) == "bye"


async def test_another_voice_is_not_taken_for_it() -> None:
    assert found(voice(1), signal.samples(3 * voice(1))).likeness > LIKENESS
    assert found(voice(1), signal.samples(3 * voice(2))).likeness < 0.6


async def test_a_voice_that_loses_every_fifth_packet_is_not_taken_for_whole() -> None:
    heard = signal.samples(4 * voice(1))
    whole = heard.copy()
    for at in range(0, len(heard), PIECE // 2):
        heard[at : at + PIECE // 10] = 0
    assert found(voice(1), heard).likeness < LIKENESS < found(voice(1), whole).likeness


async def test_a_voice_with_breaks_is_found_at_its_level() -> None:
    said = signal.samples(voice(1))
    breaks = [np.concatenate((said[:at], np.zeros(n), said[at:])) for at, n in ((2000, 900), (5300, 2501))]
    heard = found(voice(1), np.concatenate(breaks) / 2)
    assert heard.likeness > LIKENESS
    assert heard.gain_db == pytest.approx(-6.02, abs=LEVEL_DB)
