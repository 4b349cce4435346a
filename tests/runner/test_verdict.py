"""The file in which a reload leaves what came of it."""

from pathlib import Path

import pytest

from pbx.runner.verdict import ReloadVerdict, read_verdict, write_verdict


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file, verdict = tmp_path / "reloaded.json", ReloadVerdict(began_ns=7, errors=("a", "b"))
    write_verdict(file, verdict)
    assert read_verdict(file) == verdict
    assert [one.name for one in tmp_path.iterdir()] == ["reloaded.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "7", '{"began_ns": "x", "errors": []}', '{"began_ns": 1}'])
def test_what_makes_no_sense_is_no_verdict(tmp_path: Path, text: str) -> None:
    file = tmp_path / "reloaded.json"
    assert read_verdict(file) is None
    file.write_text(text)
    assert read_verdict(file) is None
