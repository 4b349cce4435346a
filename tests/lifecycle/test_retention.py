"""How long a recording is kept, by purpose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.precedence import Block, rule
from pbx.lifecycle.retention import (
    Kept,
    RetentionPolicy,
    Span,
    Term,
    ends_at,
    live_purposes,
    purposes,
    standing,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEPT = Kept(recording="r1", call="c1", tenant="acme", kind="call", started_at=AT)
POLICY = RetentionPolicy(
    otherwise=Term(days=30),
    terms={"quality": Term(days=90), "evidence": Term(days=2000, minimum_days=365, obligation_days=1000)},
    purposes=("quality",),
)
BOTH = replace(KEPT, told=frozenset({"quality", "evidence"}))


def day(n: int) -> datetime:
    return AT + timedelta(days=n)


def test_what_a_recording_was_made_for() -> None:
    assert purposes(BOTH, POLICY) == ("evidence", "quality")
    assert purposes(KEPT, POLICY) == ("quality",)
    assert purposes(replace(BOTH, kind="voicemail"), POLICY) == ("voicemail",)
    assert ends_at(replace(BOTH, kind="voicemail"), POLICY) == day(30)
    assert POLICY.shortest_days == 30


@pytest.mark.requirement("D-07")
def test_the_longest_purpose_wins_to_the_second() -> None:
    assert ends_at(KEPT, POLICY) == day(90)
    assert ends_at(BOTH, POLICY) == day(2000)
    before = day(90) - timedelta(seconds=1)
    assert standing(KEPT, POLICY, before, ()).grounds == frozenset()
    assert standing(KEPT, POLICY, day(90), ()).grounds == {"retention"}
    assert standing(BOTH, POLICY, day(90), ()).grounds == frozenset()


@pytest.mark.requirement("D-08")
def test_each_purpose_ends_by_itself() -> None:
    assert live_purposes(BOTH, POLICY, day(89)) == ("evidence", "quality")
    assert live_purposes(BOTH, POLICY, day(91)) == ("evidence",)
    assert live_purposes(BOTH, POLICY, day(2000)) == ()


@pytest.mark.requirement("D-05")
@pytest.mark.parametrize(
    ("age", "blocks"),
    [(364, {"minimum", "obligation"}), (365, {"obligation"}), (999, {"obligation"}), (1000, set())],
)
def test_a_minimum_and_an_obligation_end_in_time(age: int, blocks: set[Block]) -> None:
    assert standing(BOTH, POLICY, day(age), ()).blocks == blocks
    assert standing(BOTH, POLICY, day(age), ("hold",)).blocks == blocks | {"hold"}
    assert standing(BOTH, POLICY, day(age), ("request",)).grounds == {"request"}


def test_a_call_without_any_purpose_is_kept_as_the_others() -> None:
    assert ends_at(KEPT, replace(POLICY, purposes=())) == day(30)


LAWFUL = replace(
    POLICY,
    law={
        "GB+fca": Span(least_days=1826, most_days=2557),
        "BR": Span(least_days=90),
        "XX": Span(most_days=60),
    },
)


@pytest.mark.requirement("D-07")
@pytest.mark.parametrize(
    ("rules", "told", "until", "obliged"),
    [
        ((), ("quality",), 90, 0),
        (("GB",), ("quality",), 90, 0),  # a rule that does not say how long
        (("GB+fca",), ("quality",), 1826, 1826),
        (("GB+fca",), ("quality", "evidence"), 2000, 1826),
        (("XX",), ("quality", "evidence"), 60, 1000),
        (("XX", "BR"), ("quality",), 90, 90),  # what one demands, the other does not cut short
        (("GB+fca", "XX", "BR"), ("evidence",), 1826, 1826),
    ],
)
def test_rule_and_tenant_together(
    rules: tuple[str, ...], told: tuple[str, ...], until: int, obliged: int
) -> None:
    kept = replace(KEPT, told=frozenset(told), rules=frozenset(rules))
    assert ends_at(kept, LAWFUL) == day(until)
    blocked = [n for n in range(2600) if "obligation" in standing(kept, LAWFUL, day(n), ()).blocks]
    assert len(blocked) == obliged
    assert "retention" in standing(kept, LAWFUL, day(until), ()).grounds
    assert LAWFUL.shortest_days == 30


def test_what_the_tenant_wants_as_proof_gives_way_to_the_law_that_ends_it() -> None:
    kept = replace(BOTH, rules=frozenset({"XX"}))
    assert "minimum" in standing(kept, LAWFUL, day(59), ()).blocks
    assert standing(kept, replace(LAWFUL, terms={}), day(60), ()).blocks == frozenset()
    assert live_purposes(kept, LAWFUL, day(59)) == ("evidence", "quality")
    assert live_purposes(kept, LAWFUL, day(60)) == ()


def test_a_message_is_not_what_the_rules_of_recording_are_about() -> None:
    kept = replace(KEPT, kind="voicemail", rules=frozenset({"GB+fca"}))
    assert ends_at(kept, LAWFUL) == day(30)


@pytest.mark.requirement("D-05")
def test_a_hold_is_above_the_end_that_the_law_sets() -> None:
    kept = replace(KEPT, rules=frozenset({"XX"}))
    assert rule(standing(kept, LAWFUL, day(61), ("hold",))).action == "restrict"
    assert rule(standing(kept, LAWFUL, day(61), ())).action == "erase"
