"""The rules that come with the product are read once."""

from pbx.config.rule_file import shipped
from pbx.consent.io.shipped import shipped_rules


def test_the_shipped_rules_are_one_value() -> None:
    assert shipped() is shipped() is shipped_rules()
    assert shipped().row("US-CA") is not None
