"""The rules in force go forward only, and each change is a fact."""

import pytest

from pbx.assembly.law import LawInForce
from pbx.config.rule_file import parsed, shipped
from pbx.core.errors import ConfigError
from tests.config.test_rule_file import OWN, SHIPPED

pytestmark = pytest.mark.requirement("C-03")


def test_newer_rules_replace_older_ones_and_not_the_other_way() -> None:
    law, own = LawInForce(shipped()), parsed(OWN.encode(), "own.yaml")
    law.check(own)
    fact = law.replace(own)
    assert fact is not None and fact.kind == "consent.rules_changed"
    assert fact.details == {"version": "2026-12-24", "sha256": own.sha256, "before": shipped().version}
    with pytest.raises(ConfigError, match="older than those in force, of 2026-12-24"):
        law.check(shipped())
    law.check(own)


def test_the_same_rules_are_no_change() -> None:
    law = LawInForce(shipped())
    assert law.replace(parsed(SHIPPED.encode(), "rules.yaml")) is None
