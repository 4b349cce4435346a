"""A flow with all that a picture has to show: ways back, ways past layers, and a step that none leads to."""

import random

import pytest

from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.pictures.graph import FlowGraph, flow_graph

PLAN = steps.FlowPlan(
    name="support",
    start="welcome",
    steps={
        "bye": steps.HangUp(text="x"),
        "welcome": steps.Say(text="x", next="choose"),
        "choose": steps.Menu(
            text="x",
            keys={"1": "sales", "2": "agents", "4": "agents", "9": "choose"},
            fallback="bye",
            invalid_text="x",
        ),
        "sales": steps.Ring(target="group/sales", ring_s=20.0, no_answer="choose", busy="agents"),
        "agents": steps.Ring(target="group/support", ring_s=25.0, no_answer="message", busy="message"),
        "message": steps.Voicemail(box="support", greeting="x", max_s=60.0),
        "lonely": steps.MediaStream(url=Secret("wss://bot.example/token"), next=None, failed="welcome"),
    },
    places={"welcome": "config/acme/flows/support.yaml:4"},
)


@pytest.fixture
def graph() -> FlowGraph:
    """The picture's matter of that flow."""
    return flow_graph(PLAN)


def chain(n_steps: int) -> FlowGraph:
    """A flow in which each step leads to the next and every one also to the last: as deep as flows can be."""
    names = [f"s{i}" for i in range(n_steps)]
    last = names[-1]
    made: dict[str, steps.Step] = {
        name: steps.Menu(text="x", keys={"1": following}, fallback=last, invalid_text="x")
        for name, following in zip(names, names[1:], strict=False)
    }
    return flow_graph(steps.FlowPlan(name="deep", start="s0", steps={**made, last: steps.HangUp()}))


def tangle(seed: int) -> FlowGraph:
    """A flow of menus that lead anywhere, back, past layers and to themselves."""
    chance = random.Random(seed)
    names = [f"s{i}" for i in range(12)]
    made: dict[str, steps.Step] = {
        name: steps.Menu(
            text="x",
            keys={key: chance.choice(names) for key in "123"[: chance.randint(1, 3)]},
            fallback=chance.choice(names),
            invalid_text="x",
        )
        for name in names
    }
    return flow_graph(steps.FlowPlan(name=f"tangle-{seed}", start="s0", steps=made))
