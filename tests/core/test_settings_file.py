"""What a process is told at its start, and what it says of a file that makes no sense."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from pbx.core.errors import ConfigError
from pbx.core.io.settings_file import read_settings


class Told(BaseModel):
    """Something to be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    port: int


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "told.json").write_text('{"port": 5}')
    assert read_settings(Told, tmp_path / "told.json") == Told(port=5)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"port": "s3cret"}', '{"port": 5, "more": "s3cret"}'])
def test_what_makes_no_sense_is_told_without_what_it_says(text: str, tmp_path: Path) -> None:
    (tmp_path / "told.json").write_text(text)
    with pytest.raises(ConfigError, match=r"told\.json") as raised:
        read_settings(Told, tmp_path / "told.json")
    assert "s3cret" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json.*No such file"):
        read_settings(Told, tmp_path / "none.json")
