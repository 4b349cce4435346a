"""Key files."""

from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.store.keys import StoreKeys


def test_created_once_private_and_different(tmp_path: Path) -> None:
    keys = StoreKeys.load_or_create(tmp_path / "keys")
    assert StoreKeys.load_or_create(tmp_path / "keys") == keys
    values = {one.reveal() for one in (keys.phone, keys.verify, keys.fields, keys.grant)}
    assert len(values) == 4
    assert {len(value) for value in values} == {32}
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["fields.key", "grant.key", "phone.key", "verify.key"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_never_shown(tmp_path: Path) -> None:
    assert repr(StoreKeys.load_or_create(tmp_path)).count("Secret(***)") == 4


def test_a_damaged_key_is_refused_not_replaced(tmp_path: Path) -> None:
    StoreKeys.load_or_create(tmp_path)
    (tmp_path / "phone.key").write_bytes(b"short")
    with pytest.raises(StorageError):
        StoreKeys.load_or_create(tmp_path)
    assert (tmp_path / "phone.key").read_bytes() == b"short"


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    StoreKeys.load_or_create(tmp_path)
    (tmp_path / "verify.key").chmod(0o640)
    with pytest.raises(StorageError):
        StoreKeys.load_or_create(tmp_path)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        StoreKeys.load_or_create(tmp_path / "file")
