"""Device secrets: made once, private, kept, never shown."""

import stat
from pathlib import Path

import pytest
import yaml

from pbx.core.errors import ConfigError
from pbx.store.secrets import SECRET_BYTES, load_or_create, weak_ones

DEVICES = ("acme/1001", "acme/1002")


def test_every_device_gets_a_secret_of_its_own(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path / "secrets.yaml", DEVICES)
    assert set(secrets) == set(DEVICES)
    values = {secret.reveal() for secret in secrets.values()}
    assert len(values) == 2
    assert all(len(value) * 6 >= SECRET_BYTES * 8 for value in values)
    assert not any(value in repr(secrets) for value in values)


def test_the_file_is_private_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    load_or_create(path, DEVICES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.yaml"]


def test_secrets_stay_when_devices_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    first = load_or_create(path, DEVICES)
    more = load_or_create(path, (*DEVICES, "acme/1003"))
    assert {device: more[device] for device in DEVICES} == first
    assert load_or_create(path, ("acme/1003",)) == more  # a device that is gone may come back
    before = path.stat().st_mtime_ns
    assert load_or_create(path, DEVICES) == more
    assert path.stat().st_mtime_ns == before


def test_a_deleted_line_renews_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    first = load_or_create(path, DEVICES)
    kept = yaml.safe_load(path.read_text())
    del kept["acme/1001"]
    path.write_text(yaml.safe_dump(kept))
    second = load_or_create(path, DEVICES)
    assert second["acme/1001"] != first["acme/1001"]
    assert second["acme/1002"] == first["acme/1002"]


def test_a_secret_that_an_admin_wrote_is_used(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_text("acme/1001: chosen by hand\n")
    assert load_or_create(path, ("acme/1001",))["acme/1001"].reveal() == "chosen by hand"


@pytest.mark.parametrize(
    "text", ["", "- acme/1001", "acme/1001: 42", "acme/1001: [a]", "a: b: c", "just text"]
)
def test_rubbish_is_a_config_error_that_keeps_the_file_and_quotes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_or_create(path, DEVICES)
    assert caught.value.file == str(path)
    assert not text or text not in str(caught.value)
    assert path.read_text() == text


def test_a_crash_in_the_middle_of_a_write_does_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    path.with_suffix(".new").write_text("half")
    assert set(load_or_create(path, DEVICES)) == set(DEVICES)
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.yaml"]


@pytest.mark.requirement("FRD-04")
def test_what_an_admin_wrote_and_others_can_guess_is_named_by_line_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "secrets.yaml"
    load_or_create(path, DEVICES)
    assert weak_ones(path) == ()
    with path.open("a") as file:
        file.write('acme/1003: "Welcome2026!"\nacme/1004: acme1004\n')
    first, second = weak_ones(path)
    assert (first.line, first.path, second.path) == (4, "acme/1003", "acme/1004")
    assert "Welcome" not in str(first) and "delete the line" in str(first)


def test_no_file_has_no_weak_line(tmp_path: Path) -> None:
    assert weak_ones(tmp_path / "secrets.yaml") == ()
