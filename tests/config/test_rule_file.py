"""Rule files: the product's, and an operator's own under his signature."""

from base64 import b64encode
from importlib import resources
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.config import marks
from pbx.config.law import LawSettings
from pbx.config.load import ConfigProblems, load
from pbx.config.rule_file import configured, is_older, parsed, shipped, shipped_calling
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rules import PartyFacts
from pbx.core.errors import ConfigError
from pbx.marketing.io.shipped import shipped_rules as calling_rules
from tests.config.test_law import configured as folder_with

pytestmark = pytest.mark.requirement("C-03")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = b64encode(KEY.public_key().public_bytes_raw()).decode()
SHIPPED = (resources.files("pbx.consent") / "rules.yaml").read_text(encoding="utf-8")
OWN = SHIPPED.replace('version: "2026-11-29.2"', 'version: "2026-12-24"').replace(
    "{region: GB, overlay: null, mode: notify,", "{region: GB, overlay: null, mode: optin_one,"
)
SETTINGS = LawSettings(rules_file="own.yaml", signed_by=PUBLIC)


def signed(folder: Path, text: str = OWN, key: Ed25519PrivateKey = KEY) -> Path:
    """Write a rule file and its signature, as `openssl pkeyutl -sign -rawin` makes one."""
    file = folder / "own.yaml"
    file.write_text(text, encoding="utf-8")
    file.with_name("own.yaml.sig").write_bytes(key.sign(file.read_bytes()))
    return file


def test_the_shipped_rules_are_one_value_and_read_alike_by_both_ways() -> None:
    assert shipped() is shipped() is shipped_rules() is configured(Path("nowhere"), LawSettings())
    assert shipped().row("US-CA") is not None
    assert parsed(SHIPPED.encode(), "rules.yaml").sha256 == shipped().sha256


def test_the_calling_rules_are_one_value() -> None:
    assert shipped_calling() is shipped_calling() is calling_rules()
    assert shipped_calling().rows


def test_an_operators_own_rules_decide(tmp_path: Path) -> None:
    signed(tmp_path)
    own = configured(tmp_path, SETTINGS)
    assert (own.version, own.resolve((PartyFacts(role="a", region="GB"),)).mode) == (
        "2026-12-24",
        "optin_one",
    )
    folder = folder_with(tmp_path, "", f'consent: {{rules_file: own.yaml, signed_by: "{PUBLIC}"}}')
    assert load(folder).rules.sha256 == own.sha256


@pytest.mark.parametrize("at", [0, 1000, len(OWN) - 2])
def test_a_file_that_was_changed_by_one_character_is_refused(tmp_path: Path, at: int) -> None:
    file = signed(tmp_path)
    octets = bytearray(file.read_bytes())
    octets[at] ^= 1
    file.write_bytes(octets)
    with pytest.raises(ConfigError, match="does not sign it"):
        configured(tmp_path, SETTINGS)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65), bytes(257)])
def test_a_signature_that_is_none_is_refused(tmp_path: Path, signature: bytes) -> None:
    signed(tmp_path).with_name("own.yaml.sig").write_bytes(signature)
    with pytest.raises(ConfigError, match="own.yaml.sig"):
        configured(tmp_path, SETTINGS)


def test_the_signature_of_another_key_or_file_is_refused(tmp_path: Path) -> None:
    signed(tmp_path, key=Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(ConfigError, match="does not sign it"):
        configured(tmp_path, SETTINGS)
    signed(tmp_path)
    (tmp_path / "own.yaml").write_text(SHIPPED, encoding="utf-8")
    with pytest.raises(ConfigError, match="does not sign it"):
        configured(tmp_path, SETTINGS)


@pytest.mark.parametrize("gone", ["own.yaml", "own.yaml.sig"])
def test_what_is_missing_is_named(tmp_path: Path, gone: str) -> None:
    signed(tmp_path)
    (tmp_path / gone).unlink()
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, SETTINGS)
    assert (caught.value.file, caught.value.message) == (gone, "cannot be read: No such file or directory")


def test_a_file_has_a_limit(tmp_path: Path) -> None:
    signed(tmp_path, OWN + "#" * marks.MAX_FILE)
    with pytest.raises(ConfigError, match="larger than"):
        configured(tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", "own.yaml"),
        (OWN.replace("2026-12-24", "christmas"), "such as 2026-11-29"),
        (OWN + 'version: "2026-12-25"\n', "version"),
        (OWN.replace("mode: notify,", "mode: whisper,", 1), "must be one of"),
        ("- a\n- list\n", "version, rules, members and areas only"),
    ],
)
def test_a_signed_file_is_still_checked(tmp_path: Path, text: str, named: str) -> None:
    signed(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, SETTINGS)
    assert named in str(caught.value) and caught.value.file == "own.yaml"


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        ("consent: {rules_file: own.yaml}", "belong together"),
        (f'consent: {{signed_by: "{PUBLIC}"}}', "belong together"),
        ("consent: {rules_file: own.yaml, signed_by: secret}", "32 octets of an Ed25519 public key"),
        (f'consent: {{rules_file: own.yaml, signed_by: "{PUBLIC}"}}', "own.yaml:1:1: cannot be read"),
    ],
)
def test_mistakes_of_the_configuration_are_named(tmp_path: Path, machine: str, named: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(folder_with(tmp_path, "", machine))
    (problem,) = caught.value.errors
    assert named in str(problem)


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("2026-11-29", "2026-11-29", False),
        ("2026-11-29", "2026-11-29.1", True),
        ("2026-11-29.10", "2026-11-29.9", False),
        ("2026-11-28.9", "2026-11-29", True),
        ("2027-01-01", "2026-12-31.4", False),
    ],
)
def test_versions_have_an_order(version: str, than: str, expected: bool) -> None:
    assert is_older(version, than) is expected
