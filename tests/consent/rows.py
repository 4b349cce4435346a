"""Rows of a rule file, as one is written by hand."""

from typing import Any


def rule_row(**changed: Any) -> dict[str, Any]:
    """A row of Great Britain that asks for an announcement, but for what is changed."""
    row: dict[str, Any] = {
        "region": "GB",
        "overlay": None,
        "mode": "notify",
        "mandatory": False,
        "optout_for": [],
        "announcement_in_recording": False,
        "beep": "off",
        "purposes_allowed": [],
        "retention": {"min_days": 0, "max_days": None},
        "languages": [],
        "withdrawal": "stop_keep",
        "cite": [],
        "confidence": "H",
        "checked_on": "2026-11-23",
        "reviewer": "",
        "supersedes": "",
    }
    return {**row, **changed}
