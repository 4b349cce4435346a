"""A policy whose text is not there is a mistake at its place."""

from pathlib import Path

import pytest

from pbx.config.load import load
from tests.config.conftest import Spoil

WRITTEN = 'language: en-GB\nprivacy: {version: "1", file: privacy.md}'


@pytest.mark.requirement("D-17")
def test_its_text_and_its_absence(spoil: Spoil, folder: Path) -> None:
    (line,) = spoil("acme/tenant.yaml", "language: en-GB", WRITTEN)
    assert line.startswith("config/acme/tenant.yaml:") and "privacy.file: there is no file privacy.md" in line
    (folder / "acme" / "privacy.md").write_text("We record.\n")
    policy = load(folder).tenants["acme"].privacy
    assert policy is not None and (policy.version, policy.text) == ("1", "We record.\n")


def test_nobody_has_to_have_one(folder: Path) -> None:
    assert load(folder).tenants["acme"].privacy is None
