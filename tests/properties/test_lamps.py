"""Whatever calls and telephones do, the lamp ends at the truth and its versions only grow."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.effects import SetLine
from pbx.sip.message import Request
from pbx.sip.notify.line import LineDialog, LineState
from pbx.sip.responses import response_to
from tests.sip.notify.conftest import Site

STATES: tuple[LineState, ...] = ("trying", "early", "confirmed")
DIALOGS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(STATES), max_size=3)
STEPS = st.lists(
    st.one_of(
        DIALOGS,
        st.sampled_from(["answer", "fail", "lose answers", "take answers"]),
        st.floats(min_value=0.0, max_value=8.0),
    ),
    max_size=25,
)


class Lamp:
    """A telephone that believes what it is told."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.versions: list[int] = []
        self.waiting: list[Request] = []
        self.shown: dict[str, str] = {}
        self.answers = 200
        self.newest = 0
        site.answer = self.take

    def take(self, notify: Request) -> int | None:
        if notify.cseq.number <= self.newest:
            return self.answers or None  # a retransmission
        self.newest = notify.cseq.number
        text = notify.body.decode()
        found = re.search(r'version="(\d+)" state="full"', text)
        assert found is not None
        self.versions.append(int(found[1]))
        rows = re.findall(r'<dialog id="(\w)" direction="recipient"><state>(\w+)</state>', text)
        self.shown = {name: state for name, state in rows if state != "terminated"}
        if self.answers:
            return self.answers
        self.waiting.append(notify)
        return None

    def answer(self, status: int) -> None:
        waiting, self.waiting = self.waiting, []
        for notify in waiting:
            self.site.receive(response_to(notify, status, to_tag="x"))


@pytest.mark.requirement("REG-04")
@settings(max_examples=150)
@given(steps=STEPS)
def test_a_lamp_ends_at_the_truth(steps: list[dict[str, LineState] | str | float]) -> None:
    site = Site()
    lamp = Lamp(site)
    site.subscribe()
    truth: dict[str, LineState] = {}
    for step in steps:
        match step:
            case dict():
                truth = step
                dialogs = tuple(
                    LineDialog(id=name, state=state, direction="recipient") for name, state in step.items()
                )
                site.order(SetLine(tenant="acme", extension="1002", dialogs=dialogs))
            case float():
                site.pass_time(step)
            case "answer":
                lamp.answer(200)
            case "fail":
                lamp.answer(500)
            case _:
                lamp.answers = 0 if step == "lose answers" else 200
                lamp.answer(200)
    lamp.answers = 200
    lamp.answer(200)
    site.pass_time(60.0)
    if site.endpoint.n_subscriptions:
        assert lamp.shown == truth
    assert lamp.versions == list(range(len(lamp.versions)))
