"""Files with secrets: `pbx check` says what a start would stop at."""

from pathlib import Path

import pytest

from pbx.config.load import load
from tests.config.conftest import Spoil

ACCOUNT = "    trusted: true\n    account: {user: acme7, secret_file: secrets/blue}\n"
STIR = "language: en-GB\nstir: {certificate_url: https://certs.example/a.pem, key_file: secrets/key.pem}"


def test_a_secret_that_is_not_there_is_named_at_its_place(spoil: Spoil, folder: Path) -> None:
    (line,) = spoil("acme/trunks.yaml", "    trusted: true", ACCOUNT.rstrip())
    assert line.startswith("config/acme/trunks.yaml:6:41: trunks.carrier.account.secret_file: ")
    assert line.endswith("secrets/blue: cannot be read: No such file or directory")


def test_a_secret_that_is_there(spoil: Spoil, folder: Path) -> None:
    (folder.parent / "secrets").mkdir()
    (folder.parent / "secrets" / "blue").write_text("a secret\n")
    assert spoil("acme/trunks.yaml", "    trusted: true", ACCOUNT.rstrip()) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("pbx.yaml", "sip:", "stir: {trust_anchors: secrets/key.pem}\nsip:", "stir.trust_anchors"),
        ("acme/tenant.yaml", "language: en-GB", STIR, "stir.key_file"),
    ],
)
def test_a_file_that_is_something_else_is_not_quoted(
    spoil: Spoil, folder: Path, name: str, old: str, new: str, place: str
) -> None:
    (folder.parent / "secrets").mkdir()
    (folder.parent / "secrets" / "key.pem").write_text("not a secret for anybody")
    (line,) = spoil(name, old, new)
    assert f"{place}: " in line and "PEM" in line and "anybody" not in line


def test_the_password_for_a_recorder_of_others_is_looked_for_too(spoil: Spoil, folder: Path) -> None:
    account = "{host: 192.0.2.9, account: {user: acme7, secret_file: secrets/rec}}"
    (line,) = spoil("acme/recording.yaml", "rules: []", f"siprec: {{servers: [{account}]}}\nrules: []")
    assert "siprec.servers.0.account.secret_file: " in line and "cannot be read" in line


@pytest.mark.requirement("FRD-04")
def test_a_password_at_a_carrier_that_can_be_guessed_is_a_warning(folder: Path) -> None:
    (folder.parent / "secrets").mkdir()
    secret = folder.parent / "secrets" / "blue"
    secret.write_text("acme7acme7\n")
    trunks, pbx = folder / "acme" / "trunks.yaml", folder / "pbx.yaml"
    trunks.write_text(trunks.read_text().replace("    trusted: true", ACCOUNT.rstrip()))
    pbx.write_text(pbx.read_text().replace("host: 127.0.0.1", "host: 192.0.2.7"))
    (line,) = (one for one in load(folder).warnings if "guessed" in one)
    assert line.startswith("config/acme/trunks.yaml:6:41: trunks.carrier.account.secret_file: ")
    assert "acme7acme7" not in line
    secret.write_text("uG4vX0aQn1kJ8rTz5bYe7LwD\n")
    assert not any("guessed" in one for one in load(folder).warnings)
