"""What the rules say of one call, from its beginning and whenever others talk."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, CallEffect
from pbx.call.ruling import Ruling, named
from pbx.core.ids import CallId, SeededIds
from pbx.recording.rules import CallFacts, Mode, RecordingRules, Rule
from tests.call.captures import CONTEXT

pytestmark = pytest.mark.requirement("REC-01")
IN = CallFacts(directions=frozenset({"in"}), trunks=frozenset({"carrier"}))
TALK = ("trunk/carrier", "extension/1001")


def ruling(*rules: Rule, otherwise: Mode = "flow", seed: str = "seed") -> Ruling:
    context = replace(CONTEXT, recording=RecordingRules(rules=rules, otherwise=otherwise))
    return Ruling(CallId("call-1"), context, SeededIds(seed), IN)


def told(effects: list[CallEffect]) -> list[dict[str, object]]:
    return [dict(one.fact.details) for one in effects if isinstance(one, Audit)]


def test_who_talks_decides_and_each_news_is_told_once() -> None:
    one = ruling(Rule(mode="always", extensions=frozenset({"1001"}), place="recording.yaml:2"))
    assert told(one.decide()) == [{"mode": "flow", "reason": "no rule fits, mode flow"}]
    assert not one.is_due
    told_now = told(one.decide(TALK))
    assert told_now == [{"mode": "always", "reason": "recording.yaml:2 extension 1001: always"}]
    assert one.is_due
    assert one.decide(TALK) == one.decide() == []
    one.decide(("trunk/carrier", "extension/1002"))
    assert one.decision.mode == "flow", "1001 has left"


def test_where_flows_alone_decide_there_is_nothing_to_tell() -> None:
    assert ruling().decide(TALK) == []
    assert told(ruling(otherwise="off").decide()) == [{"mode": "off", "reason": "no rule fits, mode off"}]


def test_the_group_that_a_flow_rings_counts_until_another_rings() -> None:
    one = ruling(Rule(mode="always", groups=frozenset({"support"})))
    one.rings("extension/1001")
    one.decide()
    assert not one.is_due
    one.rings("group/support")
    one.decide(TALK)
    assert one.is_due
    one.rings("group/sales")
    one.decide(TALK)
    assert not one.is_due


def test_a_call_is_of_all_groups_that_ring_together() -> None:
    one = ruling(Rule(mode="always", groups=frozenset({"support"})))
    one.rings("group/sales", "extension/1001", "group/support")
    one.decide(TALK)
    assert one.is_due


def test_the_lot_is_the_calls_own_and_the_same_to_its_end() -> None:
    rule = Rule(mode="always", share=0.5)
    decisions = {seed: ruling(rule, seed=seed).decision for seed in map(str, range(200))}
    assert decisions == {seed: ruling(rule, seed=seed).decision for seed in decisions}
    n_drawn = sum(one.mode == "always" for one in decisions.values())
    assert 70 < n_drawn < 130, "0.5 of 200, four standard deviations either way"
    one = ruling(rule)
    first = one.decision
    one.decide(TALK)
    assert one.decision == first


@pytest.mark.parametrize(
    ("mode", "wanted", "due"),
    [
        ("flow", True, False),
        ("off", False, False),
        ("always", True, True),
        ("on_demand", False, False),
        ("segment", False, False),
    ],
)
def test_what_a_mode_means(mode: Mode, wanted: bool, due: bool) -> None:
    one = ruling(Rule(mode=mode))
    assert (one.is_wanted, one.is_due) == (wanted, due)
    one.is_ordered = True
    by_order = mode in ("on_demand", "segment")
    assert (one.is_wanted, one.is_due) == (wanted or by_order, due or by_order)


def test_names_of_one_kind() -> None:
    assert named("extension", TALK) == {"1001"}
    assert named("trunk", TALK) == {"carrier"}


@pytest.mark.requirement("R-16")
def test_what_would_hold_is_asked_without_deciding() -> None:
    one = ruling(Rule(mode="always", extensions=frozenset({"1001"}), on_failure="refuse"))
    assert one.foresee(TALK) == "refuse"
    assert one.foresee(("trunk/carrier", "extension/1002")) is None
    assert (one.decision.mode, one.on_failure) == ("flow", "continue")
    one.decide(TALK)
    assert one.on_failure == "refuse"
    one.calls_for_help()
    assert one.foresee(TALK) is None


@pytest.mark.requirement("R-16")
def test_the_purposes_that_a_flow_has_told_count() -> None:
    context = replace(CONTEXT, purposes=("quality",), on_failure={"evidence": "refuse"})
    one = Ruling(CallId("call-1"), context, SeededIds("seed"), IN)
    found = [one.on_failure]
    one.purposes = ("evidence",)
    assert [*found, one.on_failure] == ["continue", "refuse"]
