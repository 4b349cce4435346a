"""A spare spool that is of no use is a warning at its line."""

from pathlib import Path

import pytest

from pbx.config.load import load
from tests.integration.small_disk import small_disk


def warned(folder: Path, spare: str) -> list[str]:
    """What is told of a spare spool that is written into the sample."""
    file = folder / "pbx.yaml"
    text = file.read_text()
    assert "recording:\n" in text
    file.write_text(text.replace("recording:\n", f"recording:\n  spare_spool: {spare}\n"))
    return [line for line in load(folder).warnings if "spare_spool" in line]


@pytest.mark.parametrize(
    ("spare", "reason"),
    [
        ("var/spool", "this is the spool itself"),
        ("config/../var/spool/", "this is the spool itself"),
        ("var2", "on the file system of the first one"),
        ("nowhere/spare", "nowhere is not there: is its disk mounted?"),
    ],
)
def test_a_spare_that_fails_with_the_first_is_told(folder: Path, spare: str, reason: str) -> None:
    (line,) = warned(folder, spare)
    n_line = (folder / "pbx.yaml").read_text().splitlines().index(f"  spare_spool: {spare}") + 1
    assert f"pbx.yaml:{n_line}:" in line
    assert reason in line


def test_a_spare_on_another_disk_is_fine(folder: Path) -> None:
    with small_disk(folder.parent / "disk", "64k"):
        assert warned(folder, "disk/spool") == []


def test_without_a_spare_nothing_is_told(folder: Path) -> None:
    assert not [line for line in load(folder).warnings if "spool" in line]
