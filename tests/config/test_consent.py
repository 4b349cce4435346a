"""`consent.yaml`: the key that withdraws, as written and as understood."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.assembly.calls import context_of
from pbx.config.load import load
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("REC-06")
FILE = "acme/consent.yaml"
OLD = "beep: region"


def spoilt(spoil: Spoil, folder: Path, lines: str) -> list[str]:
    (old,) = [one for one in (folder / FILE).read_text().splitlines() if one.startswith(OLD)]
    return spoil(FILE, old, f"{old}\n{lines}")


@pytest.mark.parametrize(
    ("lines", "key", "offered"),
    [
        ("", None, None),
        ('withdraw_key: "*9"', "*9", "*9"),
        ('withdraw_key: "*9"\nwithdrawal: honour', "*9", "*9"),
        ('withdraw_key: "*9"\nwithdrawal: refuse', "*9", None),
    ],
)
def test_the_key_is_the_tenants(
    folder: Path, spoil: Spoil, lines: str, key: str | None, offered: str | None
) -> None:
    assert spoilt(spoil, folder, lines) == []
    config = load(folder)
    context = context_of(config.tenants["acme"], (), None, accounts={}, peers=config.pbx.media_peers)
    assert (context.withdraw_key, context.offered_key) == (key, offered)


@pytest.mark.requirement("C-07")
@pytest.mark.parametrize(
    ("lines", "policy"),
    [("", "exclude_leg"), ("joiner: exclude_leg", "exclude_leg"), ("joiner: stop_all", "stop_all")],
)
def test_what_becomes_of_a_recording_whose_joiner_does_not_agree(
    folder: Path, spoil: Spoil, lines: str, policy: str
) -> None:
    assert spoilt(spoil, folder, lines) == []
    config = load(folder)
    context = context_of(config.tenants["acme"], (), None, accounts={}, peers=config.pbx.media_peers)
    assert context.joiner == policy


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('withdraw_key: "9"', "withdraw_key: expected a star and 1 to 4 digits"),
        ('withdraw_key: "*61"', "withdraw_key: *61 is the code of pause already"),
        ('withdraw_key: "*6"', "withdraw_key: *6 is the beginning of *61 (pause)"),
        ('withdraw_key: "*3"', "withdraw_key: *3 is the code of three-way calls already"),
        ('withdraw_key: "*63"', "withdraw_key: *63 is the code of withdraw already"),
        ("withdrawal: perhaps", "withdrawal"),
        ("joiner: keep", "joiner"),
    ],
)
def test_what_is_wrong_has_its_place(folder: Path, spoil: Spoil, lines: str, said: str) -> None:
    (problem,) = spoilt(spoil, folder, lines)
    assert f"{FILE}:" in problem and said in problem


APPROVAL = """default_unknown: notify
default_unknown_approval:
  reason: counsel's opinion of 3 May, our callers withhold their numbers
  requested_by: Ann
  approved_by: Bo
  expires_on: 2027-01-31
"""
LAX = "default_unknown: notify_optout        # callers whose region nobody knows"


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("default_unknown: notify", "laxer than notify_optout, which takes default_unknown_approval"),
        ("default_unknown: none", "laxer than notify_optout, which takes default_unknown_approval"),
        (APPROVAL.replace("Bo", " ann"), "who approves it is somebody else than who requested it"),
        (
            APPROVAL.replace("counsel's opinion of 3 May, our callers withhold their numbers", "please"),
            "reason",
        ),
        (APPROVAL.replace("  expires_on: 2027-01-31\n", ""), "expires_on"),
        (APPROVAL.replace("2027-01-31", "some day"), "expires_on"),
    ],
)
def test_a_rule_below_the_floor_takes_two_people_a_reason_and_an_end(
    spoil: Spoil, lines: str, said: str
) -> None:
    assert said in "\n".join(spoil(FILE, LAX, lines))


@pytest.mark.requirement("C-10")
def test_an_approval_counts_to_the_end_of_its_day(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, LAX, APPROVAL) == []
    last, next_day = datetime(2027, 1, 31, 23, 59, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    consent = load(folder).tenants["acme"].consent
    assert (consent.default_for(last), consent.default_for(next_day)) == ("notify", "notify_optout")


@pytest.mark.requirement("C-10")
def test_a_stricter_rule_needs_nobody(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, LAX, "default_unknown: optin_all") == []
    assert load(folder).tenants["acme"].consent.default_for(datetime(2027, 1, 1, tzinfo=UTC)) == "optin_all"
