"""`recording.vault`: who wraps the keys of the vault."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.config.vault import VaultSettings
from tests.config.conftest import Spoil

PLACE = "recording:\n"
KMS = "kms: {key: alias/pbx, region: eu-west-1%s}"
HSM = "pkcs11: {module: /usr/lib/softhsm/libsofthsm2.so, token: pbx, pin_file: secrets/pin}"


def vault(text: str) -> str:
    return f"recording:\n  vault: {{{text}}}\n"


def test_without_a_word_keys_are_files(folder: Path) -> None:
    assert load(folder).pbx.recording.vault.at(folder) == {"provider": "local"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("provider: kms", "provider: kms needs a section kms"),
        ("provider: vault", "expected 'local', 'kms' or 'pkcs11'"),
        (KMS % ", access_key_file: a", "go together"),
        (KMS % ", endpoint: 'http://kms.example'", "must begin with https://"),
        (KMS % ", secret_key: x", "unknown key secret_key"),
        (HSM.replace("/usr", "usr"), "module needs an absolute path"),
        (HSM.replace("token: pbx", "token: " + "x" * 33), "at most 32"),
    ],
)
def test_mistakes_are_named(spoil: Spoil, text: str, problem: str) -> None:
    lines = spoil("pbx.yaml", PLACE, vault(text))
    assert any(problem in line and line.startswith("config/pbx.yaml:1") for line in lines), lines


def test_a_secret_that_is_not_there_is_named_at_its_place(spoil: Spoil, folder: Path) -> None:
    (line,) = spoil("pbx.yaml", PLACE, vault(f"provider: pkcs11, {HSM}"))
    assert "recording.vault.pkcs11.pin_file: " in line
    assert line.endswith("secrets/pin: cannot be read: No such file or directory")


def test_both_sections_may_stand_while_keys_are_moved(spoil: Spoil, folder: Path) -> None:
    secrets = folder.parent / "secrets"
    secrets.mkdir()
    (secrets / "pin").write_text("1234\n")
    loopback = ", endpoint: 'http://127.0.0.1:4566'"
    assert spoil("pbx.yaml", PLACE, vault(f"provider: kms, {KMS % loopback}, {HSM}")) == []
    told = load(folder).pbx.recording.vault.at(folder.parent)
    assert told["pkcs11"]["pin_file"] == str(secrets / "pin")
    assert told["kms"] == {"key": "alias/pbx", "region": "eu-west-1", "endpoint": "http://127.0.0.1:4566"}


def test_labels_have_limits() -> None:
    written = {"module": Path("/m.so"), "token": "t" * 32, "key": "k" * 64, "pin_file": Path("p")}
    assert VaultSettings.model_validate({"pkcs11": written}).pkcs11 is not None
    for name, value in (("token", "t" * 33), ("key", "k" * 65), ("key", " k"), ("key", "")):
        with pytest.raises(ValueError, match=name):
            VaultSettings.model_validate({"pkcs11": written | {name: value}})
