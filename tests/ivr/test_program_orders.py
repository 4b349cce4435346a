"""What is told of what was entered."""

from dataclasses import replace

import pytest

from pbx.core.secret import Secret
from pbx.ivr.hand_off import HandOff
from pbx.ivr.program_orders import program_order
from pbx.ivr.steps import Collect, FlowPlan
from pbx.ivr.variables import SetTo, Variables

pytestmark = pytest.mark.requirement("IVR-04")
PIN = Collect(text="?", variable="pin", min_digits=1, max_digits=4, next="s", fallback="s", invalid_text="!")
ASK = HandOff(server="orders", path="/", send=("order",), failed="s")
BEGIN = SetTo(values={"order": "1", "x": "2"}, next="pin")
PLAN = FlowPlan(name="f", start="s", steps={"s": BEGIN, "pin": PIN})


@pytest.mark.parametrize(("secrets", "told"), [((), {"order"}), (("pin",), {"order", "pin"})])
def test_a_secret_only_where_it_is_written(secrets: tuple[str, ...], told: set[str]) -> None:
    variables = Variables(PLAN.open_variables)
    variables.keep({"order": Secret("17"), "x": Secret("8"), "pin": Secret("1234")})
    order = program_order(PLAN, "ask", replace(ASK, secrets=secrets), variables)
    assert order.entered.keys() == told
    assert order.step == "f.ask"
    assert isinstance(order.of, HandOff) and order.of.secret_entries == {"pin"}
