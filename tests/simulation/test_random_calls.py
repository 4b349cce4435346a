"""Hundreds of random calls on a bad network: nothing is left over, and every call ends with a cause.

`make simulation` runs more of them; a failure prints the seed that repeats it.
"""

import os

import pytest

from pbx.core.address import Address
from tests.simulation.parties import PATIENCE_S, Party, begin_calls
from tests.simulation.world import Weather, World

N_CALLS = int(os.environ.get("SIMULATED_CALLS", "130"))
GAP_S = 0.4
OVER_S = 2 * PATIENCE_S + 4 * 32.0 + 60.0  # two hang-ups, four transactions one after the other, the rest
MEDIA_PORTS_LEGS = 2 * 200  # no more legs can be alive at once at this rate of calls


def check(world: World) -> None:
    """What holds at every moment."""
    assert world.pbx.n_legs <= MEDIA_PORTS_LEGS
    for call in world.switchboard.calls.values():
        assert call.deadline is not None, f"call {call.id} waits for nothing"


def leftovers(world: World) -> dict[str, int]:
    """Return what no machine should have any more."""
    found = {"calls": len(world.switchboard.calls)}
    for at, endpoint in world.endpoints.items():
        found[f"legs of {at}"] = endpoint.n_legs
        found[f"transactions of {at}"] = endpoint.n_transactions
    return {what: number for what, number in found.items() if number}


def without_end(parties: dict[Address, Party]) -> list[str]:
    """Return the legs that nobody told the end of, or told it twice."""
    return [
        f"{leg} {outcome}"
        for party in parties.values()
        for leg, outcome in party.outcomes.items()
        if len([end for end in outcome.ends if end != "refused"]) != (0 if "refused" in outcome.ends else 1)
        and outcome.ends != ["refused", "cancel"]
    ]


@pytest.mark.requirement("SIP-37")
@pytest.mark.parametrize(
    ("seed", "weather"),
    [
        (1, Weather(loss=0.0, duplication=0.0, delay_s=(0.01, 0.01))),
        (2, Weather(loss=0.1, duplication=0.05)),
        (3, Weather(loss=0.3, duplication=0.2, delay_s=(0.002, 1.5))),
    ],
    ids=["fair", "bad", "terrible"],
)
def test_every_call_ends(seed: int, weather: Weather) -> None:
    seed = int(os.environ.get("SIMULATION_SEED", seed))
    print(f"seed {seed}, {weather}")
    world = World(seed, weather, check)
    parties = begin_calls(world, N_CALLS, GAP_S)
    world.run(world.now + 5.0 + N_CALLS * GAP_S + OVER_S)
    assert leftovers(world) == {}
    assert without_end(parties) == []
    assert sum(len(party.outcomes) for party in parties.values()) >= N_CALLS
    for record in world.records.values():
        assert record.ended_at is not None and record.cause and record.ended_by, record
        assert all(leg.ended_at is not None or leg.cause for leg in record.legs), record
    assert sum(outcome.answered for party in parties.values() for outcome in party.outcomes.values()) > 20
