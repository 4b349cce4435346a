"""Checked files become the tenant; unchecked ones do not."""

from pathlib import Path

import pytest

from pbx.config.sources import read_tenant
from pbx.config.tenant import build_tenant
from pbx.core.errors import MisuseError
from pbx.recording.rules import RecordingRules


def test_optional_files_have_defaults(folder: Path) -> None:
    for name in ("recording.yaml", "verification.yaml"):
        (folder / "acme" / name).unlink()
    source, errors = read_tenant(folder / "acme", "config/acme")
    assert errors == []
    tenant = build_tenant(source)
    assert tenant.recording_rules == RecordingRules(otherwise="flow")
    assert tenant.verification.attempts == 3


def test_caller_ids_of_the_rules_win_over_those_of_the_trunk(folder: Path) -> None:
    file = folder / "acme" / "dialplan.yaml"
    file.write_text(
        file.read_text().replace(
            "emergency: {trunk: carrier}", "emergency: {trunk: carrier, caller_id: 01632 960199}"
        )
    )
    rules = build_tenant(read_tenant(folder / "acme", "config/acme")[0]).rules
    assert rules.outbound is not None and rules.outbound.caller_id == "+441632960100"
    assert rules.emergency is not None and rules.emergency.caller_id == "+441632960199"


def test_a_tenant_is_not_built_from_broken_files(folder: Path) -> None:
    (folder / "acme" / "extensions.yaml").unlink()
    source, errors = read_tenant(folder / "acme", "config/acme")
    said = "config/acme/extensions.yaml:1:1: the file is missing (`pbx init` writes a first one)"
    assert [str(error) for error in errors] == [said]
    with pytest.raises(MisuseError):
        build_tenant(source)
