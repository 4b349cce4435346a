"""Internal numbers become rules of the dial plan, each with its line."""

from pathlib import Path

import pytest

from pbx.config.internal_numbers import MAX_INTERNAL
from pbx.config.load import ConfigProblems, load
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import NoRoute, ToFlow
from pbx.sip.events import DeviceOrigin, TrunkOrigin


def test_our_telephones_reach_the_flow_and_the_network_does_not(folder: Path) -> None:
    with (folder / "acme" / "dialplan.yaml").open("a") as file:
        file.write("internal: {600: {flow: echo}}\n")
    plan = DialPlan(load(folder).tenants["acme"].rules)
    inside = plan.match("600", DeviceOrigin(tenant="acme", extension="1001"))
    assert inside.route == ToFlow(flow="echo")
    assert inside.trace[-1].endswith(": internal 600 -> flow echo")
    outside = plan.match("600", TrunkOrigin(tenant="acme", trunk="carrier"))
    assert isinstance(outside.route, NoRoute)


@pytest.mark.parametrize("beyond", [0, 1])
def test_there_is_a_limit(folder: Path, beyond: int) -> None:
    numbers = "".join(f"  {20000 + i}: {{flow: echo}}\n" for i in range(MAX_INTERNAL + beyond))
    with (folder / "acme" / "dialplan.yaml").open("a") as file:
        file.write(f"internal:\n{numbers}")
    if not beyond:
        rooms = load(folder).tenants["acme"].rules.rooms
        assert sum(room.flow == "echo" for room in rooms) == MAX_INTERNAL
        return
    with pytest.raises(ConfigProblems, match="internal"):
        load(folder)
