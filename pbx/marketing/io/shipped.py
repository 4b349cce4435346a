"""The calling rules that come with the product."""

from importlib import resources

import yaml

from pbx.marketing.rules import CallingRules


def shipped_rules() -> CallingRules:
    """Return `rules.yaml` of this package."""
    text = (resources.files("pbx.marketing") / "rules.yaml").read_text(encoding="utf-8")
    return CallingRules(yaml.safe_load(text))
