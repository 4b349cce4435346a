"""Which calls are recorded: the first rule that fits, whatever comes after it."""

import pytest

from pbx.recording.rules import (
    EMERGENCY,
    CallFacts,
    Decision,
    Mode,
    RecordingRules,
    Rule,
    recording_rule,
    shadowed,
)

pytestmark = pytest.mark.requirement("REC-01")
MODES: tuple[Mode, ...] = ("flow", "off", "always", "on_demand", "segment")
DID, DIALLED = "+441632960101", "+441632960999"
CALLS = {
    "in": CallFacts(
        directions=frozenset({"in"}),
        numbers=frozenset({DID}),
        groups=frozenset({"support"}),
        extensions=frozenset({"1001"}),
        trunks=frozenset({"carrier"}),
    ),
    "out": CallFacts(
        directions=frozenset({"out"}),
        numbers=frozenset({DIALLED}),
        extensions=frozenset({"1001"}),
        trunks=frozenset({"carrier"}),
    ),
    "internal": CallFacts(directions=frozenset({"internal"}), extensions=frozenset({"1001", "1002"})),
}


def decide(*rules: Rule, facts: CallFacts, draw: float = 0.5, otherwise: Mode = "flow") -> Decision:
    return recording_rule(RecordingRules(rules=rules, otherwise=otherwise), facts, draw)


def one(key: str, *values: str, mode: Mode = "always", share: float | None = None) -> Rule:
    return Rule(mode=mode, share=share, **{key: frozenset(values)})  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", CALLS)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_in_every_direction(mode: Mode, direction: str) -> None:
    others = [one("directions", other, mode="off") for other in CALLS if other != direction]
    rule = Rule(mode=mode, directions=frozenset({direction}), place="recording.yaml:4")
    decision = decide(*others, rule, facts=CALLS[direction], otherwise="always")
    assert decision == Decision(mode=mode, reason=f"recording.yaml:4 direction {direction}: {mode}")


@pytest.mark.parametrize("direction", CALLS)
@pytest.mark.parametrize(
    ("draw", "mode", "lot"),
    [
        (0.0, "always", "drawn (0.0000)"),
        (0.0999, "always", "drawn (0.0999)"),
        (0.1, "off", "not drawn (0.1000)"),
    ],
)
def test_a_sample_is_decided_by_the_lot_of_the_call(
    direction: str, draw: float, mode: Mode, lot: str
) -> None:
    rule = Rule(mode="always", share=0.1, directions=frozenset({direction}))
    decision = decide(rule, facts=CALLS[direction], draw=draw)
    assert decision == Decision(mode=mode, reason=f"direction {direction}: sample 0.1, {lot}")


@pytest.mark.parametrize(
    ("rule", "fitting"),
    [
        (one("numbers", DID), {"in"}),
        (one("numbers", DID, DIALLED), {"in", "out"}),
        (one("groups", "support"), {"in"}),
        (one("extensions", "1002"), {"internal"}),
        (one("extensions", "1001"), {"in", "out", "internal"}),
        (one("trunks", "carrier"), {"in", "out"}),
        (one("trunks", "other"), set()),
        (Rule(mode="always"), {"in", "out", "internal"}),
        (Rule(mode="always", trunks=frozenset({"carrier"}), directions=frozenset({"out"})), {"out"}),
    ],
)
def test_all_conditions_have_to_fit_and_one_value_of_each(rule: Rule, fitting: set[str]) -> None:
    found = {
        name for name, facts in CALLS.items() if decide(rule, facts=facts, otherwise="off").mode != "off"
    }
    assert found == fitting


def test_the_first_that_fits_wins() -> None:
    never, ever = one("extensions", "1001", mode="off"), Rule(mode="always")
    assert decide(never, ever, facts=CALLS["out"]).mode == "off"
    assert decide(ever, never, facts=CALLS["out"]).mode == "always"


def test_without_a_rule_the_mode_of_the_tenant_holds() -> None:
    assert decide(facts=CALLS["in"]) == Decision(mode="flow", reason="no rule fits, mode flow")


def test_no_rule_records_a_call_for_help() -> None:
    facts = CallFacts(directions=frozenset({"out"}), numbers=frozenset({"999"}), is_emergency=True)
    assert decide(Rule(mode="always"), facts=facts) == Decision(mode="off", reason=EMERGENCY)


def test_a_private_line_stands_above_every_rule_but_not_above_a_call_for_help() -> None:
    rules = RecordingRules(rules=(Rule(mode="always"),), otherwise="always", private=frozenset({"1002"}))
    private = recording_rule(rules, CALLS["internal"], 0.0)
    assert private == Decision(mode="off", reason="1002 is a private line")
    assert recording_rule(rules, CALLS["in"], 0.0).mode == "always"
    room = CallFacts(conferences=frozenset({"board"}), extensions=frozenset({"1001", "1002"}))
    assert recording_rule(rules, room, 0.0) == private
    assert recording_rule(rules, CallFacts(is_emergency=True), 0.0).reason == EMERGENCY
    assert not RecordingRules(private=frozenset({"1002"})).is_plain


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ((Rule(mode="off"), one("groups", "x"), one("trunks", "y")), [(1, 0), (2, 0)]),
        ((one("extensions", "1", "2"), one("extensions", "2")), [(1, 0)]),
        ((one("extensions", "2"), one("extensions", "1", "2")), []),
        ((one("extensions", "2"), one("trunks", "y")), []),
        ((one("trunks", "y"), Rule(mode="off")), []),
        ((one("extensions", "1"), one("extensions", "1", mode="off")), [(1, 0)]),
    ],
)
def test_what_nothing_reaches_is_found(rules: tuple[Rule, ...], found: list[tuple[int, int]]) -> None:
    assert shadowed(rules) == found


@pytest.mark.parametrize(
    ("rules", "may"),
    [
        (RecordingRules(), True),
        (RecordingRules(otherwise="off"), False),
        (RecordingRules(otherwise="off", rules=(Rule(mode="off"),)), False),
        (RecordingRules(otherwise="off", rules=(Rule(mode="segment"),)), True),
    ],
)
def test_whether_anything_may_be_recorded_is_known(rules: RecordingRules, may: bool) -> None:
    assert rules.may_record is may


def test_a_conference_is_named_by_a_rule_and_has_neither_direction_nor_number() -> None:
    room = CallFacts(conferences=frozenset({"board"}), extensions=frozenset({"1001", "1002"}))
    named = one("conferences", "board", mode="on_demand")
    assert decide(named, facts=room).mode == "on_demand"
    assert decide(one("conferences", "team"), facts=room).mode == "flow"
    assert decide(one("directions", "internal", mode="off"), named, facts=room).mode == "on_demand"
    assert decide(one("extensions", "1002", mode="off"), named, facts=room).mode == "off"
    assert decide(named, facts=CALLS["internal"]).mode == "flow", "a call is no room"
    assert decide(named, facts=room).reason == "conference board: on_demand"
