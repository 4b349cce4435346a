"""Flows of many numbers in one: a tenant has at most 500, and a house may have more numbers than that."""

from pbx.dialplan.numbers import full_number
from pbx.importers.house import Flow, House, Steps
from pbx.importers.walk import renamed

MOST_FLOWS = 400  # of the 500 that a tenant may have: room for those that are written by hand
SMALL = 6  # steps of a flow that is put together with others
MOST_CASES = 30  # of the 32 that one step compares with
FIRST = "number"


def gather(house: House, country: str) -> None:
    """If there are too many, put small flows of numbers together behind a step that goes by the number."""
    if len(house.flows) <= MOST_FLOWS:
        return
    small = [
        (number, house.flows[name])
        for number, (kind, name) in house.inbound.items()
        if kind == "flow" and len(house.flows[name].steps) <= SMALL
    ]
    for i in range(0, len(small), MOST_CASES):
        _together(house, f"numbers-{i // MOST_CASES + 1}", small[i : i + MOST_CASES], country)


def _together(house: House, name: str, flows: list[tuple[str, Flow]], country: str) -> None:
    steps: Steps = {FIRST: {}}
    cases: list[dict[str, str]] = []
    for i, (number, flow) in enumerate(flows, 1):
        names = {step: f"n{i}-{step}"[:32] for step in flow.steps}
        steps |= {names[step]: renamed(content, names) for step, content in flow.steps.items()}
        cases.append({"is": full_number(number, country) or number, "then": names[flow.start]})
        del house.flows[flow.name]
        house.inbound[number] = "flow", name
    steps["other"] = {"hang_up": None, "cause": "unknown_number"}
    steps[FIRST] = {"match": "called", "cases": cases, "otherwise": "other"}
    house.flows[name] = Flow(name=name, start=FIRST, steps=steps, place=flows[0][1].place)
