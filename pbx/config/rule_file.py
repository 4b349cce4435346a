"""The rules of recording as they lie in a file: those that come with the product."""

from functools import cache
from importlib import resources

import yaml

from pbx.consent.rules import ConsentRules


@cache
def shipped() -> ConsentRules:
    """Return `rules.yaml` of the product."""
    text = (resources.files("pbx.consent") / "rules.yaml").read_text(encoding="utf-8")
    return ConsentRules.from_data(yaml.safe_load(text))
