"""The rules and texts that come with the product."""

from importlib import resources
from typing import Any

import yaml

from pbx.config import rule_file
from pbx.consent.beeps import BeepProfile, beep_profiles
from pbx.consent.rules import ConsentRules
from pbx.consent.texts import ConsentTexts


def shipped_rules() -> ConsentRules:
    """Return `rules.yaml` of this package."""
    return rule_file.shipped()


def shipped_texts() -> ConsentTexts:
    """Return `texts.yaml` of this package."""
    return rule_file.shipped_texts()


def shipped_beeps() -> dict[str, BeepProfile]:
    """Return `beeps.yaml` of this package."""
    return beep_profiles(_load("beeps.yaml"))


def _load(name: str) -> Any:
    return yaml.safe_load((resources.files("pbx.consent") / name).read_text(encoding="utf-8"))
