"""A room through the real worker and finaliser: who agreed has a channel, others have none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from pbx.core.ids import LegId
from pbx.media.effects import ChangeSeat, JoinRoom, LeaveRoom, MediaEffect, SetSecure
from tests.integration.finaliser_site import open_site
from tests.integration.masters import Decrypted
from tests.integration.studio import FRAME, Clock, Studio, Talker, studio

pytestmark = pytest.mark.asyncio(loop_scope="module")
N_FRAMES = 200  # four seconds
MUTED, UNTOLD_GONE, SECRET = 70, 120, 150  # frames at which something is ordered
SLACK = 5  # frames until an order has reached the worker, and what waits in a socket of a busy machine
MS = 8  # samples


@dataclass
class Met:
    """Who was there, and the two recordings."""

    talkers: dict[str, Talker]
    masters: dict[str, Decrypted]

    def base(self, name: str, channel: int, who: str, n: int) -> int:
        """The sample at which frame 0 of somebody would lie in a channel, by where frame n does."""
        found = self.masters[name].channels[channel - 1].find(self.talkers[who].frame(n))
        assert found >= 0, f"frame {n} of {who} is not in channel {channel}"
        return found - n * FRAME

    def frames_of(self, who: str, channel: bytes) -> list[int]:
        """Which frames of somebody are anywhere in a channel, octet for octet."""
        return [n for n in range(N_FRAMES) if self.talkers[who].frame(n) in channel]


def seat(leg: LegId) -> JoinRoom:
    return JoinRoom(leg=leg, room="acme/team", sample_rate=8000)


async def play(room: Studio) -> Met:
    """A and B are recorded; C was told, D was told nothing. C mutes himself, D leaves, B enters a secret."""
    talkers = {name: await room.seat(name) for name in ("a", "b", "c", "d")}
    everybody = list(talkers.values())
    room.pbx.send(seat(talkers["a"].leg), seat(talkers["b"].leg))
    room.gates(*everybody[:3])
    await room.record("of-a", talkers["a"].leg)
    await room.record("of-b", talkers["b"].leg)
    await room.pbx.settle()
    room.pbx.send(seat(talkers["c"].leg), seat(talkers["d"].leg))
    await room.pbx.settle()
    clock = Clock(room.talkers, N_FRAMES)

    async def act(at: int, *orders: MediaEffect) -> None:
        await clock.at(at).wait()
        room.pbx.send(*orders)

    c, d = talkers["c"].leg, talkers["d"].leg
    acts = (
        act(MUTED, ChangeSeat(leg=c, muted=True)),
        act(UNTOLD_GONE, ChangeSeat(leg=c, muted=False), LeaveRoom(leg=d)),
        act(SECRET, SetSecure(leg=talkers["b"].leg, on=True)),
    )
    await asyncio.gather(clock.run(), *acts)
    await room.pbx.settle()
    return Met(talkers, await room.masters("of-a", "of-b"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def met(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Met]:
    async with open_site(tmp_path_factory.mktemp("room")) as site, studio(site, N_FRAMES) as room:
        yield await play(room)


@pytest.mark.requirement("R-08")
async def test_who_was_told_nothing_is_in_no_channel_of_anybody(met: Met) -> None:
    for master in met.masters.values():
        for number, channel in enumerate(master.channels, 1):
            assert met.frames_of("d", channel) == [], f"channel {number}"
        turns = [turn for one in master.manifest["channels"][2:] for turn in one["turns"]]
        assert "d" not in {turn["leg"] for turn in turns}


@pytest.mark.requirement("R-07")
async def test_while_he_is_there_the_mix_is_silent_and_nothing_of_the_others_is_lost(met: Met) -> None:
    """Of 120 frames in which D sits there the mix has none, and B's own channel all."""
    master = met.masters["of-a"]
    shut = [(start, start + length) for start, length, cause in master.gaps_of(2) if cause == "gate"]
    assert sum(end - start for start, end in shut) >= (UNTOLD_GONE - SLACK) * FRAME
    own = channel_of(master, "b")
    assert met.frames_of("b", master.channels[own - 1])[:SECRET] == list(range(SECRET))


@pytest.mark.requirement("R-01")
async def test_own_channels_lie_on_the_clock_of_the_first(met: Met) -> None:
    """To 20 ms, in which the promptest of some hundred packets is never late by much: as in a call of two."""
    for name, own, others in (("of-a", "a", "bc"), ("of-b", "b", "ac")):
        master = met.masters[name]
        bases = [met.base(name, 1, own, 20)]
        bases += [met.base(name, channel_of(master, who), who, n) for who in others for n in (20, 60, 140)]
        print(f"{name}: bases {bases}")
        assert max(bases) - min(bases) <= 20 * MS


@pytest.mark.requirement("R-07")
async def test_who_is_muted_is_not_kept_and_that_is_no_loss(met: Met) -> None:
    master = met.masters["of-a"]
    number = channel_of(master, "c")
    kept = met.frames_of("c", master.channels[number - 1])
    assert kept[: MUTED - SLACK] == list(range(MUTED - SLACK))
    assert not set(kept) & set(range(MUTED + SLACK, UNTOLD_GONE - 1))
    assert set(range(UNTOLD_GONE + SLACK, N_FRAMES)) <= set(kept)
    (turns,) = [one["turns"] for one in master.manifest["channels"][2:] if one["n"] == number]
    assert [turn["leg"] for turn in turns] == ["c", "c"]
    causes = [cause for _, _, cause in master.gaps_of(number)]
    assert causes.count("absent") >= 2 and "loss" not in causes


@pytest.mark.requirement("R-19")
async def test_a_secret_is_in_no_channel_either(met: Met) -> None:
    for name in ("of-a", "of-b"):
        for channel in met.masters[name].channels:
            assert not set(met.frames_of("b", channel)) & set(range(SECRET + SLACK, N_FRAMES))
    number = channel_of(met.masters["of-a"], "b")
    assert met.masters["of-a"].gaps_of(number)[-1][2] == "secure"


def channel_of(master: Decrypted, leg: str) -> int:
    """The number of the channel that a leg had."""
    (number,) = {
        one["n"] for one in master.manifest["channels"][2:] for turn in one["turns"] if turn["leg"] == leg
    }
    assert isinstance(number, int)
    return number
