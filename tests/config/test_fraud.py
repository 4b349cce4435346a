"""`fraud.yaml`: what is written becomes the policy, what is not written is safe."""

from decimal import Decimal
from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.fraud.destinations import USUAL, Destination
from pbx.fraud.policy import EXTENSION, TENANT, TollPolicy
from tests.config.conftest import Spoil

WRITTEN = """
allow: [free, national]
limits: {spend_per_hour: 2.50}
groups:
  support: {allow: [national, international], limits: {concurrent: 9}}
extensions:
  1002: {forward: [], limits: {spend_per_hour: 0}}
classes: {"+252": high_risk}
countries: [IE]
rates: {increment: 1s, classes: {mobile: 0.07}, prefixes: {"+33": "0.011"}}
inbound: {calls_per_minute: 300}
"""


def policy_of(folder: Path) -> TollPolicy:
    return load(folder).tenants["acme"].tolls


@pytest.mark.requirement("CF-30")
@pytest.mark.requirement("FRD-01")
def test_without_a_file_the_defaults_hold_and_the_sample_says_the_same(folder: Path) -> None:
    sample = policy_of(folder)
    (folder / "acme/fraud.yaml").unlink()
    assert policy_of(folder) == sample
    assert sample.account("1001").allow == sample.account("1001").forward == USUAL
    assert (sample.account("1001").limits, sample.tenant) == (EXTENSION, TENANT)
    assert sample.holds_new_countries
    inbound = sample.inbound
    assert (inbound.per_number, inbound.per_caller) == (120, 20)
    assert (inbound.per_caller_range, inbound.per_number_range) == (60, 600)
    assert (inbound.short_calls, inbound.short_s, inbound.within_s) == (20, 6.0, 600.0)


def test_groups_go_over_the_tenant_and_extensions_over_groups(folder: Path) -> None:
    (folder / "acme/fraud.yaml").write_text(WRITTEN)
    policy = policy_of(folder)
    alice, bob, carol = (policy.account(one) for one in ("1001", "1002", "1003"))
    assert carol.allow == {Destination.FREE, Destination.NATIONAL}
    assert alice.allow == bob.allow == {Destination.NATIONAL, Destination.INTERNATIONAL}
    assert (alice.limits.concurrent, carol.limits.concurrent) == (9, 4)
    assert (alice.limits.spend_per_hour, bob.limits.spend_per_hour) == (Decimal("2.5"), Decimal(0))
    assert (alice.forward, bob.forward) == (USUAL, frozenset())
    assert policy.destination("+25261234567") == "high_risk"
    assert policy.rates.per_minute("+33123456789", Destination.INTERNATIONAL) == Decimal("0.011")
    assert policy.rates.per_minute("+447400123456", Destination.MOBILE) == Decimal("0.07")
    assert (policy.rates.increment_s, policy.inbound.per_number) == (1, 300)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("allow: [free,", "allow: [fre,", "fraud.yaml:3:9: "),
        ("spend_per_hour: 10\n", "spend_per_hour: -1\n", "expected an amount of money"),
        ("spend_per_hour: 10\n", "spend_per_hour: 1e3\n", "expected an amount of money"),
        ("begin: 07:00", "begin: seven", "expected a time of day"),
        ("days: [mon", "days: [monday", "fraud.yaml:"),
        ("attempts: 10", "attempts: 0", "attempts"),
        ("new_countries: hold", "new_countries: hodl", "did you mean hold?"),
    ],
)
def test_mistakes_are_told_with_their_place(spoil: Spoil, old: str, new: str, message: str) -> None:
    lines = spoil("acme/fraud.yaml", old, new)
    assert any(message in line for line in lines), lines
    assert all(line.startswith("config/acme/fraud.yaml:") for line in lines)
