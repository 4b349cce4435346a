"""`privacy` of `tenant.yaml`: the text of a file, as it is."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pbx.config.privacy import WrittenPrivacy, read_policy
from pbx.lifecycle.policy_text import MAX_TEXT

WRITTEN = WrittenPrivacy(version="2026-11", file="privacy.md")


def test_the_text_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "privacy.md").write_bytes("We record.\r\nGrüße\n".encode())
    policy = read_policy(tmp_path, WRITTEN)
    assert (policy.version, policy.text) == ("2026-11", "We record.\r\nGrüße\n")


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b" \n", "is empty"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"x" * (MAX_TEXT + 1), "more than 262144 octets"),
    ],
)
def test_what_is_no_text(tmp_path: Path, octets: bytes, said: str) -> None:
    (tmp_path / "privacy.md").write_bytes(octets)
    with pytest.raises(ValueError, match=said):
        read_policy(tmp_path, WRITTEN)


def test_the_longest_one(tmp_path: Path) -> None:
    (tmp_path / "privacy.md").write_bytes(b"x" * MAX_TEXT)
    assert len(read_policy(tmp_path, WRITTEN).text) == MAX_TEXT


@pytest.mark.parametrize("file", ["../privacy.md", "/etc/passwd", "none.md"])
def test_a_file_outside_of_the_folder_is_not_there(tmp_path: Path, file: str) -> None:
    (tmp_path / "privacy.md").write_text("of somebody else")
    folder = tmp_path / "acme"
    folder.mkdir()
    with pytest.raises(ValueError, match="there is no file"):
        read_policy(folder, WrittenPrivacy(version="1", file=file))


@pytest.mark.parametrize("version", ["", " 1", "a b", "x" * 33, "-1"])
def test_what_is_no_version(version: str) -> None:
    with pytest.raises(ValidationError):
        WrittenPrivacy(version=version, file="privacy.md")
