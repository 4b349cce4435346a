"""Hundreds of random calls on a bad network: nothing is left over, and every call ends with a cause.

`make simulation` runs more of them; a failure prints the seed that repeats it.
"""

import os

import pytest

from tests.simulation.invariants import Watch, leftovers, unsettled, without_cause, without_end
from tests.simulation.network import Weather
from tests.simulation.phone import LONG_TALK_S
from tests.simulation.town import BEGIN_S, Town
from tests.simulation.world import World

N_CALLS = int(os.environ.get("SIMULATED_CALLS", "130"))
GAP_S = 0.4
OVER_S = 2 * LONG_TALK_S + 4 * 32.0 + 300.0  # two talks, four transactions one after the other, a REFER
BINDINGS_S = 3700.0  # a lost farewell leaves a binding until it expires

# What has to have happened in every run, or it proves less than it says.
EVERYTHING = {"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "REFER", "NOTIFY", "REGISTER"}
EVERYTHING |= {"183", "202", "302", "486", "487", "RSeq:", "Session-Expires:", "Replaces", "a=sendonly"}


@pytest.mark.requirement("SIP-37")
@pytest.mark.parametrize(
    ("seed", "weather"),
    [
        (1, Weather(loss=0.0, duplication=0.0, delay_s=(0.01, 0.01))),
        (4, Weather(loss=0.1, duplication=0.05)),
        (3, Weather(loss=0.3, duplication=0.2, delay_s=(0.002, 1.5))),
    ],
    ids=["fair", "bad", "terrible"],
)
def test_every_call_ends(seed: int, weather: Weather) -> None:
    seed = int(os.environ.get("SIMULATION_SEED", seed))
    print(f"SIMULATION_SEED={seed} SIMULATED_CALLS={N_CALLS} {weather}")
    world = World(seed, weather, Watch().check)
    town = Town(world)
    town.begin(N_CALLS, GAP_S)
    world.run(world.now + BEGIN_S + N_CALLS * GAP_S + OVER_S)
    town.go_home()
    world.run(world.now + BINDINGS_S)
    print(f"{world.network.n_packets} packets, {world.network.n_lost} lost; {dict(world.seen)}")
    print(f"{dict(world.network.said)}, {town.n_transferred} transfers, {town.n_failed} failed")
    print(f"{world.media.n_deaths} media workers died with {world.media.n_lost} legs")
    assert EVERYTHING - world.network.said.keys() == set()
    assert town.n_transferred and town.n_failed
    assert world.media.n_lost > 20 and world.seen["Reinvite"] and world.seen["recording.interrupted"]
    assert leftovers(world) == {}
    assert without_end(town) == []
    assert unsettled(town) == []
    assert without_cause(world) == []
    assert sum(len(phone.outcomes) for phone in town.phones) >= N_CALLS
    assert sum(outcome.answered for phone in town.phones for outcome in phone.outcomes.values()) > 20
