"""What the parties of a recorded call were told, and whose voice may be kept."""

from dataclasses import replace

import pytest

from pbx.call.agreements import Agreements
from pbx.consent.effects import ConsentState, Mode
from pbx.consent.rules import ConsentRules
from pbx.consent.stance import Lowered, Overrides
from pbx.core.ids import LegId
from tests.call.captures import AGENT, CALLER, CONTEXT, LEG, UNKNOWN_ROW, party, proof

MODES: tuple[Mode, ...] = ("none", "notify", "notify_optout", "optin_one", "optin_all", "never")


OBJECTIONABLE = {"mode": "notify", "optout_for": ["quality"]}


def under(mode: Mode, state: ConsentState) -> Agreements:
    """A caller who answered so before, and now talks with a stranger under this rule."""
    rows = [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": mode}]
    rules = ConsentRules.from_data({"version": "1", "rules": rows})
    agreements = Agreements(replace(CONTEXT, rules=rules, default_unknown="none"))
    agreements.settled(LEG, proof(state), record=state in ("informed", "granted"))
    agreements.joined(party(AGENT, "trunk/carrier", "+447700900999"), CALLER)
    return agreements


@pytest.mark.requirement("REC-04")
@pytest.mark.requirement("C-02")
@pytest.mark.parametrize(
    ("state", "modes"),
    [
        ("informed", {"none", "notify", "notify_optout"}),
        ("granted", {"none", "notify", "notify_optout", "optin_one", "optin_all"}),
        ("declined", set()),
        ("unknown", set()),
        ("withdrawn", set()),
    ],
)
def test_what_is_enough(state: ConsentState, modes: set[Mode]) -> None:
    assert {mode for mode in MODES if under(mode, state).permits(LEG)} == modes


@pytest.mark.parametrize("mode", MODES)
def test_a_stranger_whom_nobody_told_is_never_kept(mode: Mode) -> None:
    assert not under(mode, "granted").permits(AGENT)


def test_nobody_is_kept_before_anybody_was_asked() -> None:
    assert not Agreements(CONTEXT).permits(LEG)


def test_a_rule_that_asks_for_nothing_takes_the_caller_for_informed() -> None:
    agreements = Agreements(CONTEXT)
    agreements.settled(LEG, proof("unknown", "none"), record=True)
    assert agreements.permits(LEG)
    assert not agreements.permits(LegId("b"))


def test_our_own_telephones_are_where_the_tenant_is() -> None:
    rows = [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": "never"}]
    rules = ConsentRules.from_data({"version": "1", "rules": rows})
    agreements = Agreements(replace(CONTEXT, rules=rules))
    found = agreements.joined(party(AGENT, "extension/1001"), party(LEG, "trunk/carrier"))
    assert (found.decision.regions, found.decision.mode) == (("GB", "unknown"), "never")


WATCHER = party(LegId("watcher"), "extension/1003")


def watched(mode: Mode, state: ConsentState | None, acknowledged: frozenset[str]) -> str:
    """The objection to watching a colleague who talks with a caller from the network, who answered so."""
    rules = ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": mode}]}
    )
    context = replace(CONTEXT, rules=rules, default_unknown="none", staff_acknowledged=acknowledged)
    agreements = Agreements(context)
    if state is not None:
        agreements.settled(LEG, proof(state), record=state in ("informed", "granted"))
    talkers = (party(AGENT, "extension/1001"), party(LEG, "trunk/carrier", "+447700900999"))
    return agreements.objection(WATCHER, talkers)


STAFF = frozenset({"1001", "1003"})


@pytest.mark.requirement("R-27")
@pytest.mark.parametrize(
    ("state", "modes"),
    [
        ("informed", {"none", "notify", "notify_optout"}),
        ("granted", {"none", "notify", "notify_optout", "optin_one", "optin_all"}),
        ("declined", {"none"}),
        ("withdrawn", {"none"}),
        (None, {"none"}),
    ],
)
def test_who_may_be_watched(state: ConsentState | None, modes: set[Mode]) -> None:
    assert {mode for mode in MODES if not watched(mode, state, STAFF)} == modes


@pytest.mark.requirement("R-27")
@pytest.mark.requirement("C-16")
def test_an_objection_names_the_rule_and_the_party() -> None:
    assert watched("optin_all", "informed", STAFF) == "optin_all: not agreed with trunk/carrier"


@pytest.mark.requirement("R-27")
@pytest.mark.parametrize(("missing", "objects"), [("1001", "extension/1001"), ("1003", "extension/1003")])
def test_who_does_not_know_the_notice_neither_watches_nor_is_watched(missing: str, objects: str) -> None:
    assert watched("notify", "granted", STAFF - {missing}) == f"notify: not agreed with {objects}"


@pytest.mark.requirement("C-02")
def test_the_rule_follows_the_purposes_that_a_flow_names() -> None:
    rules = ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", **OBJECTIONABLE}]}
    )
    agreements = Agreements(replace(CONTEXT, rules=rules, purposes=("quality",)))
    briton = party(AGENT, "trunk/carrier", "+447700900999")
    assert agreements.joined(briton, CALLER).decision.mode == "notify_optout"
    _, decision = agreements.ask(CALLER, ("evidence",))
    assert decision.mode == "notify"
    assert agreements.joined(briton, CALLER).decision.mode == "notify"


@pytest.mark.requirement("C-10")
def test_a_call_keeps_what_was_lowered_when_it_began() -> None:
    rules = ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": "optin_all"}]}
    )
    overrides = Overrides()
    overrides.restore({"acme": (Lowered(region="GB", mode="notify", override="o1"),)})
    context = replace(CONTEXT, rules=rules, overrides=overrides)
    begun = Agreements(context)
    overrides.restore({})
    assert begun.ask(CALLER, ("evidence",))[1].mode == "notify"
    assert Agreements(context).ask(CALLER, ("evidence",))[1].mode == "optin_all"
