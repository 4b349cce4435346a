"""`marketing.yaml`: what is written becomes policy and rule, what is not written is safe."""

from datetime import datetime
from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.config.models import Tenant
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import ToTrunk
from pbx.marketing.policy import OPT_OUT_KEY
from pbx.sip.events import DeviceOrigin
from tests.config.conftest import Spoil

WRITTEN = """
controller: acme-group
campaign: spring
extensions: [1001, 1002]
numbers: [020 7946 0000]
hours: {GB: {mon-fri: ["09:00-18:00"]}}
opt_out_key: "*77"
"""


def tenant_of(folder: Path) -> Tenant:
    return load(folder).tenants["acme"]


@pytest.mark.requirement("C-14")
def test_without_a_file_the_defaults_hold_and_the_sample_says_the_same(folder: Path) -> None:
    sample = tenant_of(folder)
    (folder / "acme/marketing.yaml").unlink()
    assert tenant_of(folder).marketing == sample.marketing
    assert (sample.marketing.controller, sample.marketing.opt_out_key) == ("acme", OPT_OUT_KEY)
    assert sample.marketing.numbers == {f"+44163296010{n}" for n in range(3)}
    assert sample.rules.marketing is None


@pytest.mark.requirement("C-14")
def test_what_is_written(folder: Path) -> None:
    (folder / "acme/marketing.yaml").write_text(WRITTEN)
    tenant = tenant_of(folder)
    policy = tenant.marketing
    assert (policy.controller, policy.campaign, policy.opt_out_key) == ("acme-group", "spring", "*77")
    assert "+442079460000" in policy.numbers
    assert policy.hours["GB"].is_open(datetime(2026, 11, 24, 9, 0))
    assert not policy.hours["GB"].is_open(datetime(2026, 11, 28, 9, 0))
    plan = DialPlan(tenant.rules)
    purposes = {}
    for extension in ("1001", "1003"):
        routing = plan.match("02079460000", DeviceOrigin(tenant="acme", extension=extension))
        assert isinstance(routing.route, ToTrunk)
        purposes[extension] = routing.route.purpose
        if extension == "1001":
            assert routing.trace[-1] == "config/acme/marketing.yaml:4: a marketing call, as all of 1001"
    assert purposes == {"1001": "marketing", "1003": ""}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("extensions: []", "extensions: [1]", "extensions.0: expected 2 to 7 digits"),
        ("extensions: []", "extensions: [1001, 1001]", "listed twice"),
        ("extensions: []", "extension: []", "extension"),
        ('opt_out_key: "*0"', 'opt_out_key: "9"', "a star and 1 to 4 digits"),
        ("extensions: []", "controller: Acme", "a name of lower-case letters"),
        ("extensions: []", "hours: {gb: {mon: []}}", "hours"),
        ("extensions: []", 'hours: {GB: {mon: ["9-18"]}}', "expected a span such as 09:00-17:30"),
        ("extensions: []", "hours: {GB: []}", "expected days with their hours"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(spoil: Spoil, old: str, new: str, message: str) -> None:
    lines = spoil("acme/marketing.yaml", old, new)
    assert lines
    assert all(line.startswith("config/acme/marketing.yaml:") for line in lines)
    assert message in lines[0]
