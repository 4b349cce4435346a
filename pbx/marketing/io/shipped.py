"""The calling rules that come with the product."""

from pbx.config import rule_file
from pbx.marketing.rules import CallingRules


def shipped_rules() -> CallingRules:
    """Return `rules.yaml` of this package."""
    return rule_file.shipped_calling()
